"""What a wire format must do: find the key, read a request, and answer as its clients expect.

A format's module in `collect/formats/` holds its one part under the name FORMAT. The edge asks `key`, `decode` and `answer`:
that must be quick. What came is kept as it came, and the stream asks `decode` and `events` of it later; so a format that has
learnt more reads old requests anew (`headwater replay`). `decode` and `events` depend on the request alone, and on what the
collector's file says under the format's name (`request.settings`).

Where somebody is erased from the log, `spans`, `names` and `packed` say where in a request they may stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeVar, cast

from headwater.collect.event import Event, Rejected
from headwater.collect.request import Answer, Request
from headwater.collect.spans import Span
from headwater.core.documents import Declaration
from headwater.core.plugins import discover

PACKAGE, ATTRIBUTE = "headwater.collect.formats", "FORMAT"
MOST_BYTES = 1_000_000
"""Of one request, inflated, unless its format says less."""
MOST_EVENT_BYTES = 32_768
"""Of one event, as JSON."""
MOST_LEVELS = 32
"""Of objects and arrays within each other."""

Part = TypeVar("Part")


class Fault(Enum):
    """Why a request as a whole is not taken."""

    UNREADABLE = "unreadable"  # the body is not what the format says
    TOO_LARGE = "too_large"  # too many bytes or events
    UNAUTHORISED = "unauthorised"  # no key, or one that is not known
    BUSY = "busy"  # too many requests of this key: come back later
    UNAVAILABLE = "unavailable"  # it could not be made durable: come back later


class UnreadableError(Exception):
    """The request as a whole cannot be read.

    Raised by `decode`; `detail` says where and what would be right, and never quotes a value.
    """

    def __init__(self, detail: str, fault: Fault = Fault.UNREADABLE) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fault = fault


@dataclass(frozen=True)
class Decoded:
    """A request, read: the usable parts by their places in it, what they share, and the parts that are none.

    received = usable + rejected: every place of the request is in one of both.
    """

    parts: Sequence[object]
    places: Sequence[int]
    shared: object = None
    rejected: Sequence[Rejected] = field(default=())


@dataclass(frozen=True)
class Route:
    """A method and a path; a path that ends in `/*` stands for all below it."""

    method: str
    path: str


class Format(Protocol):
    """A wire format."""

    @property
    def meaning(self) -> str:
        """Who speaks it, for people."""

    @property
    def fields(self) -> type[Declaration]:
        """What a collector's file may say of it."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """Where it is spoken."""

    @property
    def names(self) -> Mapping[str, str]:
        """Under which names identifiers stand in a request, with their kinds; the kinds' own names need not be told."""

    @property
    def packed(self) -> tuple[str, ...]:
        """What stands in requests, as they came, that hold something in base64 which is read: a name, a part of the path."""

    def key(self, request: Request) -> str:
        """The write key that a request carries; empty: none."""

    def decode(self, request: Request) -> Decoded:
        """The events of a request, each judged by its shape alone.

        Raises:
            UnreadableError: there are none to be found in it, or too many.
        """

    def glance(self, request: Request) -> int | None:
        """How many events there are, if a glance at the bytes tells that all are usable; None: `decode` tells."""

    def events(self, decoded: Decoded, request: Request) -> list[Event]:
        """An event of each usable part, in their order; never fails."""

    def spans(self, request: Request) -> Sequence[Span]:
        """Where each part stands in the body, by its place, of a request that `decode` reads; none: the request is one part.

        Where one of them is cut out (`spans.CUT` in its place), `decode` finds the others unchanged at their places.
        """

    def answer(self, request: Request, decoded: Decoded) -> Answer:
        """What its clients take for: it is yours now."""

    def refuse(self, request: Request, fault: Fault, detail: str) -> Answer:
        """What its clients understand: give it up, or come back later (`Retry-After` is added to BUSY and UNAVAILABLE)."""

    def greet(self, request: Request) -> Answer | None:
        """The answer to a request that tells of nothing (a client fetching its settings); None: it does tell."""


def formats() -> Mapping[str, Format]:
    """Every wire format by id."""
    return cast("Mapping[str, Format]", discover(PACKAGE, ATTRIBUTE))
