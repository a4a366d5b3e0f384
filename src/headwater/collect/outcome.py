"""What became of what was collected: the stream's second log, which the lake is filled from and people watch.

In the order of the first log: an accepted event as it goes into the tables, a refused one with its reason and what came, and
between them who entered and left which audience because of it. What was erased of a record is passed over by who reads it.
"""

from __future__ import annotations

import msgspec

from headwater.privacy.signals.incoming import Signal
from headwater.privacy.wishes import RefusedSignal, Wish
from headwater.tables.rejection import Reason

BROWSER = "anonymous_id"  # the kind of identifier that a browser or an app has of itself
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
        wishes: what consent signals say of our purposes, and `refused_signals` those that are none.
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
    wishes: list[Wish] = []
    refused_signals: list[RefusedSignal] = []

    @property
    def theirs(self) -> list[Node]:
        """The identifiers that are of whom the event is about."""
        return [(kind, value) for kind, value in self.identifiers.items() if kind not in self.aside]

    def said_of(self, wish: Wish) -> list[str]:
        """The kinds of those identifiers a wish is said of: the strongest; by Global Privacy Control the browser's, too."""
        strongest = next(iter(self.identifiers))
        is_of_browser = (
            wish.signal == Signal.GPC and BROWSER in self.identifiers and BROWSER not in self.aside
        )
        return [strongest, BROWSER] if is_of_browser and strongest != BROWSER else [strongest]


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


class Erased(msgspec.Struct, array_like=True, frozen=True, tag="erased"):
    """In place of outcomes that were erased: what keeps their record as long as it was."""

    gap: int = 0
    filling: bytes = b""


Outcome = Accepted | Refused | Moved

_GAPS = (0, 1 << 7, 1 << 8)  # as long as one, two and three bytes
_HEAD_GROWTH = 5  # bytes that a longer filling may take besides, at the most
_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[list[Outcome | Erased]] = msgspec.msgpack.Decoder(list[Outcome | Erased])
NOT_KEPT = frozenset((Reason.DUPLICATE.value, Reason.ALREADY_LOADED.value, Reason.SUPPRESSED.value))
"""Reasons of which only the number is kept: of repeats, and of whom nothing may be."""


def packed(outcomes: list[Outcome]) -> bytes:
    """Outcomes as one record of the log."""
    return _ENCODER.encode(outcomes)


def unpacked(payload: bytes) -> list[Outcome]:
    """The outcomes of a record; what was erased is none."""
    return [each for each in _DECODER.decode(payload) if not isinstance(each, Erased)]


def fitted(outcomes: list[Outcome], length: int) -> bytes | None:
    """Outcomes as a record of so many bytes; None: they are longer, or so little shorter that nothing fills it up."""
    payload = packed(outcomes)
    if len(payload) == length:
        return payload
    for gap in _GAPS:
        missing = length - len(_ENCODER.encode([*outcomes, Erased(gap)]))
        for more in range(missing, max(missing - _HEAD_GROWTH, -1), -1):
            payload = _ENCODER.encode([*outcomes, Erased(gap, bytes(more))])
            if len(payload) == length:
                return payload
    return None
