"""What became of what was collected: the stream's second log, which the lake is filled from and people watch.

In the order of the first log: an accepted event as it goes into the tables, a refused one with its reason and what came, and
between them who entered and left which audience because of it.
"""

from __future__ import annotations

import msgspec

from headwater.tables.rejection import Reason

Node = tuple[str, str]  # an identifier: its kind and normalised value


class Accepted(msgspec.Struct, array_like=True, frozen=True, tag="accepted"):
    """An event, clean.

    Attributes:
        position: its place in the log: that of its request times 4,096, plus its place in the request.
        kind: of call: track, page, identify, ….
        event: its name; empty: it only states something of a person.
        occurred_at: microseconds since 1970, and so is `received_at`.
        identifiers: kind to normalised value, the strongest first: to it the event belongs.
        properties: columns of the table `events` under their names and with their types, and all else.
        against_plan: what the tracking plan says otherwise of it, in words.
        aside: the kinds of those identifiers that are somebody else's or nobody's, as far as was known when it came.
    """

    position: int
    source: str
    kind: str
    event: str
    event_id: str
    occurred_at: int
    received_at: int
    identifiers: dict[str, str]
    properties: dict[str, object]
    traits: dict[str, object] = {}
    consents: dict[str, bool] = {}
    against_plan: list[str] = []
    aside: list[str] = []

    @property
    def theirs(self) -> list[Node]:
        """The identifiers that are of whom the event is about."""
        return [(kind, value) for kind, value in self.identifiers.items() if kind not in self.aside]


class Refused(msgspec.Struct, array_like=True, frozen=True, tag="refused"):
    """An event, or a request, that could not be used."""

    position: int
    source: str
    format: str
    reason: str
    detail: str
    received_at: int
    message_id: str = ""
    event: str = ""
    raw: str = ""


class Moved(msgspec.Struct, array_like=True, frozen=True, tag="moved"):
    """Somebody entered or left an audience; `at` in microseconds since 1970."""

    audience: str
    entered: bool
    at: int
    reason: str
    identifiers: list[Node]


Outcome = Accepted | Refused | Moved

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[list[Outcome]] = msgspec.msgpack.Decoder(list[Outcome])
NOT_KEPT = frozenset((Reason.DUPLICATE.value, Reason.ALREADY_LOADED.value, Reason.SUPPRESSED.value))
"""Reasons of which only the number is kept: of repeats, and of whom nothing may be."""


def packed(outcomes: list[Outcome]) -> bytes:
    """Outcomes as one record of the log."""
    return _ENCODER.encode(outcomes)


def unpacked(payload: bytes) -> list[Outcome]:
    """The outcomes of a record."""
    return _DECODER.decode(payload)
