"""What the log keeps of a request: all that the stream needs to read it again, now or in a year, and no key.

Credentials (the headers `Authorization` and `Cookie`) are left out: whose request it was is written instead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from headwater.collect.request import Request
from headwater.core.documents import Declaration

_LEFT_OUT = frozenset(
    ("authorization", "cookie", "connection", "host", "content-length", "accept", "accept-encoding")
)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """One request as the log holds it.

    Attributes:
        format: the wire format.
        source: the collector whose key it came with.
        received_at: microseconds since 1970.
        fault: why the client was told that it cannot be taken, in words; empty: it was taken.
        only: of a request that is played again, the places of the events that are; empty: it is none.
        position: of that request, where it stood first.
    """

    format: str
    source: str
    received_at: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    ip: str
    fault: str = ""
    only: list[int] = []
    position: int = -1

    @property
    def moment(self) -> datetime:
        """When it came, UTC."""
        return _BEGINNING + timedelta(microseconds=self.received_at)

    def request(self, settings: Declaration | None = None) -> Request:
        """The request again; `settings`: what the collector's file says of the format now."""
        return Request(
            method=self.method,
            path=self.path,
            query=self.query,
            headers=self.headers,
            body=self.body,
            ip=self.ip,
            received_at=self.moment,
            source=self.source,
            settings=settings,
            is_replay=True,
        )

    def again(self, only: list[int], position: int) -> bytes:
        """The bytes for playing some events of it again."""
        first = self.position if self.only else position
        return _ENCODER.encode(msgspec.structs.replace(self, only=only, position=first, fault=""))


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Kept)


def keep(request: Request, format_: str, fault: str = "") -> bytes:
    """A request as bytes for the log."""
    headers = {name: value for name, value in request.headers.items() if name not in _LEFT_OUT}
    return _ENCODER.encode(
        Kept(
            format_,
            request.source,
            microseconds(request.received_at),
            request.method,
            request.path,
            request.query,
            headers,
            request.body,
            request.ip,
            fault,
        )
    )


def read_kept(payload: bytes) -> Kept:
    """The bytes again.

    Raises:
        msgspec.MsgspecError: they are none of ours.
    """
    return _DECODER.decode(payload)


def microseconds(moment: datetime) -> int:
    """A moment as microseconds since 1970."""
    return (moment - _BEGINNING) // timedelta(microseconds=1)
