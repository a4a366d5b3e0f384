"""What the edge itself tells of: decisions it made, as events beside those of clients. Nobody else can speak it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from headwater.collect.event import Event
from headwater.collect.format import Decoded, Fault, Route, UnreadableError
from headwater.collect.request import Answer, Request
from headwater.collect.spans import Span, items_at
from headwater.core.documents import Declaration


class Fields(Declaration):
    """Nothing is to be said of it."""


class Decided(msgspec.Struct, frozen=True):
    """The decisions of one answer: about whom, and the properties of each event."""

    event: str
    identifiers: dict[str, str]
    decisions: list[dict[str, object]]


_DECODER = msgspec.json.Decoder(Decided)


def body_of(event: str, identifiers: Mapping[str, str], decisions: list[dict[str, object]]) -> bytes:
    """Decisions as the body of a request that the log can hold."""
    return msgspec.json.encode(Decided(event, dict(identifiers), decisions))


class Decisions:
    """The wire format."""

    meaning = "The edge itself, of the decisions it makes."
    fields = Fields
    routes: tuple[Route, ...] = ()
    names: Mapping[str, str] = {}
    packed = ()

    def key(self, request: Request) -> str:
        """None: the edge needs no key."""
        return ""

    def glance(self, request: Request) -> int | None:
        """It takes a closer look."""
        return None

    def decode(self, request: Request) -> Decoded:
        """The decisions."""
        try:
            decided = _DECODER.decode(request.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnreadableError("no decisions of this version") from error
        return Decoded(decided.decisions, range(len(decided.decisions)), decided)

    def events(self, decoded: Decoded, request: Request) -> list[Event]:
        """An event of each."""
        assert isinstance(decoded.shared, Decided)  # noqa: S101 - `decode` puts it there
        decided = decoded.shared
        return [_event(decided, each, request.received_at) for each in decided.decisions]

    def spans(self, request: Request) -> Sequence[Span]:
        """Those of the decisions."""
        return items_at(request.body, ["decisions"])

    def answer(self, request: Request, decoded: Decoded) -> Answer:
        """Nobody is waiting for one."""
        return Answer(200)

    def refuse(self, request: Request, fault: Fault, detail: str) -> Answer:
        """Nobody is waiting for one."""
        return Answer(400)

    def greet(self, request: Request) -> Answer | None:
        """It does tell."""
        return None


def _event(decided: Decided, properties: dict[str, object], at: datetime) -> Event:
    return Event(
        "track",
        decided.event,
        str(properties.get("decision_id", "")),
        at,
        at,
        identifiers=dict(decided.identifiers),
        properties=dict(properties),
    )


FORMAT = Decisions()
