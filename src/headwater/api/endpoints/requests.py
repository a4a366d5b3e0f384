"""Endpoints about privacy requests themselves, and about how long data is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from headwater.api.bodies.body import Body, Nothing
from headwater.api.bodies.persons import PersonsRequest
from headwater.api.endpoints.endpoint import PRIVACY, Asked, Endpoint
from headwater.privacy.receipt import Answer, Receipt, read as read_receipt
from headwater.privacy.requests import Asks, Law, PrivacyRequest
from headwater.privacy.shown import Harmless, Written


class RequestAsked(Body):
    """One privacy request."""

    request_id: str = Field(max_length=64, description="The request's id.")

    @property
    def about(self) -> list[str]:
        """The request."""
        return [self.request_id]


class RequestsAsked(Body):
    """Which privacy requests."""

    overdue: bool = Field(False, description="Only those that are overdue.")


class Extension(RequestAsked):
    """More time for a privacy request."""

    reason: str = Field(min_length=1, max_length=1000, description="Why, as whoever asked is told.")


class NewRequest(PersonsRequest):
    """A privacy request that was received elsewhere, and is answered later."""

    asks: Asks = Field(description="What is asked for; not to erase, which is done as soon as it is noted.")


@dataclass(frozen=True)
class Requested:
    """A privacy request: what was asked when, until when it must be answered, and, once it was, the signed receipt."""

    request_id: Harmless
    asks: Asks
    law: Law
    received_at: datetime
    due_at: datetime
    ended_at: datetime | None
    receipt: Receipt | Answer | None
    extended_for: Written = ""
    is_overdue: bool = False


@dataclass(frozen=True)
class Requests:
    """Every privacy request there was: overdue ones first, then those that wait, then those answered."""

    requests: tuple[Requested, ...]


@dataclass(frozen=True)
class Receipts:
    """The receipts of the requests that were carried out."""

    receipts: tuple[Receipt, ...]


@dataclass(frozen=True)
class Retained:
    """Of which table how many rows are kept too long, or were."""

    rows: Mapping[Harmless, int]


def _requests(asked: Asked, body: RequestsAsked) -> Requests:
    """Which requests there were, and what came of them."""
    found = map(requested, asked.privacy.requests())
    return Requests(tuple(each for each in found if each.is_overdue or not body.overdue))


def _request(asked: Asked, body: RequestAsked) -> Requested:
    """One privacy request, with its signed receipt once it was answered."""
    return requested(asked.privacy.request(body.request_id))


def _note(asked: Asked, body: NewRequest) -> Requested:
    """Note a privacy request that is answered later: the same about the same identifiers then answers it."""
    return requested(asked.privacy.note(body.asks, body.texts, law=body.law, received_at=body.received_at))


def _resume(asked: Asked, _body: Nothing) -> Receipts:
    """Carry out requests that are noted and were not, or not to their end."""
    return Receipts(tuple(asked.privacy.resume()))


def _extend(asked: Asked, body: Extension) -> Requested:
    """Take more time for a privacy request, as the law gives it once."""
    return requested(asked.privacy.extend(body.request_id, body.reason))


def requested(request: PrivacyRequest) -> Requested:
    """A request as it is answered."""
    return Requested(
        request.request_id,
        request.asks,
        request.law,
        request.received_at,
        request.due_at,
        request.ended_at,
        read_receipt(request.receipt) if request.receipt else None,
        request.extended_for,
        request.is_overdue(),
    )


def _foresee_retention(asked: Asked, _body: Nothing) -> Retained:
    """How many rows of which table are kept longer than the project says; nothing is changed."""
    return Retained(asked.privacy.foresee_retention())


def _retain(asked: Asked, _body: Nothing) -> Retained:
    """Let go of what is kept longer than the project says."""
    return Retained(asked.privacy.retain())


def _erased(found: Receipts) -> dict[str, int]:
    return {"erased": sum(each.n_profiles for each in found.receipts)}


def _gone(retained: Retained) -> dict[str, int]:
    return {"removed": sum(retained.rows.values())}


ENDPOINTS = (
    Endpoint("GET", "/v1/privacy/requests", PRIVACY, RequestsAsked, Requests, _requests),
    Endpoint("GET", "/v1/privacy/receipt", PRIVACY, RequestAsked, Requested, _request),
    Endpoint("POST", "/v1/privacy/note", PRIVACY, NewRequest, Requested, _note),
    Endpoint("POST", "/v1/privacy/resume", PRIVACY, Nothing, Receipts, _resume, _erased),
    Endpoint("POST", "/v1/privacy/extend", PRIVACY, Extension, Requested, _extend),
    Endpoint("GET", "/v1/privacy/retention", PRIVACY, Nothing, Retained, _foresee_retention),
    Endpoint("POST", "/v1/privacy/retain", PRIVACY, Nothing, Retained, _retain, _gone),
)  # fmt: skip
