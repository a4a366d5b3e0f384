"""Endpoints about what proves that requests were answered, and about who is kept out afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field, JsonValue

from headwater.api.bodies.body import Body, Nothing
from headwater.api.bodies.persons import Identified
from headwater.api.endpoints.endpoint import COUNTS, PRIVACY, Asked, Endpoint
from headwater.privacy.noted import Noted
from headwater.privacy.shown import Harmless

MOST_OF_A_RECEIPT = 4 << 20  # one of a deletion list names everybody whom it is about


class WrittenReceipt(Body):
    """A receipt as it was given out."""

    receipt: dict[str, JsonValue] = Field(description="All of it, as it was given out.")
    public_key: str | None = Field(
        None, max_length=100, description="Whose it is to be; this project's, if left out."
    )


class Page(Body):
    """Which of many, oldest first."""

    skip: int = Field(0, ge=0, le=2**31, description="So many are left out.")
    most: int = Field(1000, ge=1, le=10_000, description="At most so many.")


@dataclass(frozen=True)
class PublicKey:
    """The key by which receipts are checked: base64url of its 32 bytes."""

    public_key: Harmless


@dataclass(frozen=True)
class Genuine:
    """Whether a receipt stands as it was signed."""

    is_genuine: bool


@dataclass(frozen=True)
class Suppressed:
    """Identifiers that are kept out, as blind indexes, oldest first."""

    suppressed: tuple[Noted, ...]


@dataclass(frozen=True)
class Lifted:
    """How many identifiers are let in again."""

    n_identifiers: int


def _key(asked: Asked, _body: Nothing) -> PublicKey:
    """The public key by which this project's receipts are checked."""
    return PublicKey(asked.privacy.public_key())


def _check(asked: Asked, body: WrittenReceipt) -> Genuine:
    """Whether a receipt stands as it was signed."""
    return Genuine(asked.privacy.is_genuine(body.receipt, body.public_key))


def _suppressed(asked: Asked, body: Page) -> Suppressed:
    """Who is kept out: kinds of identifier and blind indexes, since nothing else is kept of them."""
    return Suppressed(tuple(asked.privacy.suppressed()[body.skip :][: body.most]))


def _lift(asked: Asked, body: Identified) -> Lifted:
    """Let somebody in again who was erased: because they came back, and want to be known."""
    return Lifted(asked.privacy.lift(body.text))


def _lifted(found: Lifted) -> dict[str, int]:
    return {"changed": found.n_identifiers}


ENDPOINTS = (
    Endpoint("GET", "/v1/privacy/key", COUNTS, Nothing, PublicKey, _key),
    Endpoint("POST", "/v1/privacy/check-receipt", COUNTS, WrittenReceipt, Genuine, _check, most_bytes=MOST_OF_A_RECEIPT),
    Endpoint("GET", "/v1/privacy/suppressed", PRIVACY, Page, Suppressed, _suppressed),
    Endpoint("POST", "/v1/privacy/lift", PRIVACY, Identified, Lifted, _lift, _lifted),
)  # fmt: skip
