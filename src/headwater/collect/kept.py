"""What the log keeps of a request: all that the stream needs to read it again, now or in a year, and no key.

Credentials (the headers `Authorization` and `Cookie`) are left out: whose request it was is written instead.

What is erased of a request leaves it as long as it was: its body is filled up with white space, which means nothing in JSON. Of
one that is erased whole nothing is left but when it came and where from: time passes by it as before.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from headwater.collect.request import Request
from headwater.core.documents import Declaration
from headwater.core.errors import Bug

_LEFT_OUT = frozenset(
    ("authorization", "cookie", "connection", "host", "content-length", "accept", "accept-encoding")
)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_FILL = -1  # among places: of none
_MOST_FILL = 4  # of them there can be use, since a body that is one byte longer may take three more
_HEAD_GROWTH = 5  # bytes that a longer body may take besides, at the most


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """One request as the log holds it.

    Attributes:
        format: the wire format; empty: the request was erased.
        source: the collector whose key it came with.
        received_at: microseconds since 1970.
        fault: why the client was told that it cannot be taken, in words; empty: it was taken.
        only: of a request that is played again, the places of the events that are; empty: it is none.
        position: of that request, where it stood first.
        erased: the places of those of its parts that were erased, in whose place something without meaning stands.
        repairs: what is done to its events as they are read, each as `repairing.steps_text` has it.
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
    erased: list[int] = []
    repairs: list[str] = []

    @property
    def is_erased(self) -> bool:
        """Whether all of it was erased."""
        return not self.format

    def holds(self, place: int) -> bool:
        """Whether the part at a place is to be taken in: it was not erased, and where it is played again it is meant."""
        return place not in self.erased and (not self.only or place in self.only)

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

    def again(self, only: list[int], position: int, repair: str = "") -> bytes:
        """The bytes for playing some events of it again, with a repair done to them."""
        first = self.position if self.only else position
        repairs = [*self.repairs, repair] if repair else self.repairs
        return _ENCODER.encode(
            msgspec.structs.replace(self, only=only, position=first, fault="", repairs=repairs)
        )


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


def tombstone(kept: Kept | None, length: int) -> bytes:
    """What stands in place of a request that was erased, so many bytes long; None: of one that could not be read.

    It has room in the place of any request: what it leaves out is longer than what it needs.
    """
    source, received_at = (kept.source, kept.received_at) if kept else ("", 0)
    for named in (source, ""):
        empty = Kept("", named, received_at, "", "", "", {}, b"", "")
        filled = fitted(empty, length)
        if filled is not None:
            return filled
    raise Bug(f"a record of {length} bytes has no room for a request that was erased")


def fitted(kept: Kept, length: int) -> bytes | None:
    """A request as so many bytes, filled up; None: it is longer."""
    for n_fill in range(_MOST_FILL):
        erased = [*kept.erased, *[_FILL] * n_fill]
        missing = length - len(_ENCODER.encode(msgspec.structs.replace(kept, erased=erased)))
        for more in range(missing, max(missing - _HEAD_GROWTH, -1), -1):
            body = kept.body + b" " * more
            payload = _ENCODER.encode(msgspec.structs.replace(kept, erased=erased, body=body))
            if len(payload) == length:
                return payload
    return None


def read_kept(payload: bytes) -> Kept:
    """The bytes again.

    Raises:
        msgspec.MsgspecError: they are none of ours.
    """
    return _DECODER.decode(payload)


def microseconds(moment: datetime) -> int:
    """A moment as microseconds since 1970."""
    return (moment - _BEGINNING) // timedelta(microseconds=1)
