"""Endpoints that do what persons ask for of their data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from headwater.api.bodies.persons import Asking, Identified, Persons, PersonsRequest
from headwater.api.endpoints.endpoint import PRIVACY, Asked, Endpoint
from headwater.flow.answering.export import Exported
from headwater.privacy.receipt import Answer, Left, Receipt
from headwater.privacy.shown import Harmless


class Correction(Asking):
    """What is right of what is stated about somebody."""

    person: Identified = Field(description="Whom it is about.")
    values: dict[str, str | None] = Field(
        min_length=1,
        max_length=100,
        description="Values by attribute, as they are written; null: its correction is withdrawn.",
    )


@dataclass(frozen=True)
class Holding:
    """What is held about persons: of which table, log or file how many rows name them."""

    n_profiles: int
    n_identifiers: int
    rows: Mapping[Harmless, int]


@dataclass(frozen=True)
class Leftovers:
    """Where anything of persons is left; nowhere, if it is empty."""

    left: tuple[Left, ...]


def _foresee(asked: Asked, body: Persons) -> Holding:
    """What is held about persons, and so would be erased; nothing is changed."""
    foreseen = asked.privacy.foresee(body.texts)
    return Holding(foreseen.n_profiles, len(foreseen.identifiers), foreseen.rows)


def _erase(asked: Asked, body: PersonsRequest) -> Receipt:
    """Erase persons from everything, keep them out from now on, and prove it."""
    return asked.privacy.erase(body.texts, law=body.law, received_at=body.received_at)


def _export(asked: Asked, body: PersonsRequest) -> Exported:
    """Everything that is held of persons, for them to have; noted as a request, and answered."""
    return asked.privacy.export(body.texts, law=body.law, received_at=body.received_at)


def _restrict(asked: Asked, body: PersonsRequest) -> Answer:
    """Keep everything of persons, and use nothing of it, for no purpose."""
    return asked.privacy.restrict(body.texts, law=body.law, received_at=body.received_at)


def _unrestrict(asked: Asked, body: PersonsRequest) -> Answer:
    """Let persons be used again of whom nothing might be."""
    return asked.privacy.unrestrict(body.texts, law=body.law, received_at=body.received_at)


def _correct(asked: Asked, body: Correction) -> Answer:
    """Correct what is stated of somebody: it wins over what sources say, until it is withdrawn."""
    return asked.privacy.correct(body.person.text, body.values, law=body.law, received_at=body.received_at)


def _opt_out(asked: Asked, body: PersonsRequest) -> Answer:
    """Deny all purposes that are sale or sharing."""
    return asked.privacy.opt_out(body.texts, law=body.law, received_at=body.received_at)


def _look_for(asked: Asked, body: Persons) -> Leftovers:
    """Look for persons everywhere: tables, logs, live profiles, what was sent, files."""
    return Leftovers(tuple(asked.privacy.verify(body.texts)))


def _erased(receipt: Receipt) -> dict[str, int]:
    return {"erased": receipt.n_profiles}


def _answered(answer: Answer) -> dict[str, int]:
    return {"changed": answer.n_profiles}


def _held(found: Holding | Exported) -> dict[str, int]:
    return {"seen": found.n_profiles}


ENDPOINTS = (
    Endpoint("POST", "/v1/privacy/foresee", PRIVACY, Persons, Holding, _foresee, _held),
    Endpoint("POST", "/v1/privacy/erase", PRIVACY, PersonsRequest, Receipt, _erase, _erased),
    Endpoint("POST", "/v1/privacy/export", PRIVACY, PersonsRequest, Exported, _export, _held),
    Endpoint("POST", "/v1/privacy/restrict", PRIVACY, PersonsRequest, Answer, _restrict, _answered),
    Endpoint("POST", "/v1/privacy/unrestrict", PRIVACY, PersonsRequest, Answer, _unrestrict, _answered),
    Endpoint("POST", "/v1/privacy/correct", PRIVACY, Correction, Answer, _correct, _answered),
    Endpoint("POST", "/v1/privacy/opt-out", PRIVACY, PersonsRequest, Answer, _opt_out, _answered),
    Endpoint("POST", "/v1/privacy/verify", PRIVACY, Persons, Leftovers, _look_for),
)  # fmt: skip
