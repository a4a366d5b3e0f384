"""What persons said of purposes to whoever answers for their data, beside what clients tell. Nobody else can speak it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, cast

import msgspec

from headwater.collect.event import Event
from headwater.collect.format import Decoded, Fault, Route, UnreadableError
from headwater.collect.request import Answer, Request
from headwater.collect.spans import Span, items_at
from headwater.core.documents import Declaration


class Fields(Declaration):
    """Nothing is to be said of it."""


class Statement(msgspec.Struct, frozen=True):
    """What one person said; where it was cut out of the log, nothing.

    Attributes:
        message_id: unique.
        identifiers: who it is: kind of identifier to value.
        consents: purpose to whether they agree.
        stated_at: when, UTC; None: when it came.
    """

    message_id: str = ""
    identifiers: dict[str, str] = {}
    consents: dict[str, bool] = {}
    stated_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Body(msgspec.Struct, frozen=True):
    statements: list[Statement]


_DECODER = msgspec.json.Decoder(_Body)


def body_of(statements: Iterable[Statement]) -> bytes:
    """Statements as the body of a request that the log can hold."""
    return msgspec.json.encode(_Body(list(statements)))


class Statements:
    """The wire format."""

    meaning = "`headwater privacy object`, of what persons said to whoever answers for their data."
    fields = Fields
    routes: tuple[Route, ...] = ()
    names: Mapping[str, str] = {}
    packed = ()

    def key(self, request: Request) -> str:
        """None: nobody sends it."""
        return ""

    def glance(self, request: Request) -> int | None:
        """It takes a closer look."""
        return None

    def decode(self, request: Request) -> Decoded:
        """The statements."""
        try:
            said = _DECODER.decode(request.body).statements
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnreadableError("no statements of this version") from error
        return Decoded(said, range(len(said)))

    def events(self, decoded: Decoded, request: Request) -> list[Event]:
        """An event of each, of the kind that states something and is nothing that happened."""
        said = cast("Sequence[Statement]", decoded.parts)
        return [_event(each, request.received_at) for each in said]

    def spans(self, request: Request) -> Sequence[Span]:
        """Those of the statements."""
        return items_at(request.body, ["statements"])

    def answer(self, request: Request, decoded: Decoded) -> Answer:
        """Nobody is waiting for one."""
        return Answer(200)

    def refuse(self, request: Request, fault: Fault, detail: str) -> Answer:
        """Nobody is waiting for one."""
        return Answer(400)

    def greet(self, request: Request) -> Answer | None:
        """It does tell."""
        return None


def _event(said: Statement, at: datetime) -> Event:
    return Event(
        "identify",
        "",
        said.message_id,
        said.stated_at or at,
        at,
        identifiers=dict(said.identifiers),
        consents=dict(said.consents),
    )


FORMAT = Statements()
