"""One request in: who sent it, what is in it, what the client is told, and what must be on the disk before it is.

Reads the collectors of the project. Writes nothing: whoever carries the bytes appends `payload` to the log, waits for the disk,
and only then gives the answer; if that fails, it gives `sorry` instead.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import partial

import msgspec
from msgspec.structs import replace

from headwater.collect.declare import Collector
from headwater.collect.format import MOST_BYTES, Decoded, Fault, Format, UnreadableError, formats
from headwater.collect.kept import keep
from headwater.collect.pace import Paces
from headwater.collect.request import Answer, Request

_GZIP = b"\x1f\x8b"
MOST_KEPT = 65_536  # bytes of a request that could not be read: enough to see what it was


class Received(msgspec.Struct, frozen=True):
    """What comes of a request.

    Attributes:
        answer: what the client is told once `payload` is durable.
        payload: for the log; None: there is nothing to be kept, and the answer may go at once.
        sorry: what the client is told if it could not be made durable.
        source: the collector; empty: none.
        n_events: usable ones.
        n_rejected: events that are kept with a reason instead.
        fault: why the request as a whole was not taken.
    """

    answer: Answer
    payload: bytes | None = None
    sorry: Callable[[], Answer] | None = None
    source: str = ""
    n_events: int = 0
    n_rejected: int = 0
    fault: Fault | None = None


class Receiver:
    """Takes the requests for a project's collectors."""

    def __init__(self, collectors: Mapping[str, Collector]) -> None:
        self._of_key = {key: each for each in collectors.values() for key in each.keys}
        self._paces = Paces({name: each.said.most_events_a_second for name, each in collectors.items()})
        known = formats()
        routes = [(route, name, known[name]) for name in known for route in known[name].routes]
        self._exact = {
            (route.method, route.path): (name, format_)
            for route, name, format_ in routes
            if not route.path.endswith("/*")
        }
        self._below = [
            (route.method, route.path[:-1], name, format_)
            for route, name, format_ in routes
            if route.path.endswith("/*")
        ]

    def format_of(self, method: str, path: str) -> tuple[str, Format] | None:
        """The wire format spoken at a path, with its name; None: none."""
        found = self._exact.get((method, path))
        if found is not None:
            return found
        for spoken, below, name, format_ in self._below:
            if spoken == method and path.startswith(below):
                return name, format_
        return None

    def receive(self, request: Request, name: str, format_: Format) -> Received:
        """Take a request in; it never raises, whatever the request holds."""
        try:
            request = inflated(request)
        except UnreadableError as error:
            return _refused(request, format_, error.fault, error.detail)
        greeting = format_.greet(request)
        if greeting is not None:
            return Received(greeting)
        collector = self._of_key.get(format_.key(request))
        settings = collector.settings.get(name) if collector else None
        if collector is None or settings is None:
            return _refused(request, format_, Fault.UNAUTHORISED, "no key that this format may be used with")
        request = replace(request, source=collector.name, settings=settings)
        return self._read(request, name, format_)

    def _read(self, request: Request, name: str, format_: Format) -> Received:
        n_usable = format_.glance(request)
        try:
            decoded = (
                format_.decode(request) if n_usable is None else Decoded(range(n_usable), range(n_usable))
            )
        except UnreadableError as error:
            return _unreadable(request, name, format_, error)
        if not self._paces.allow(request.source, len(decoded.parts)):
            return _refused(request, format_, Fault.BUSY, "more events than this source may send")
        if not decoded.parts and not decoded.rejected:
            return Received(format_.answer(request, decoded), source=request.source)
        return Received(
            format_.answer(request, decoded),
            keep(request, name),
            partial(format_.refuse, request, Fault.UNAVAILABLE, "it cannot be kept now"),
            request.source,
            len(decoded.parts),
            len(decoded.rejected),
        )


def inflated(request: Request) -> Request:
    """The request with its body unpacked, whatever its headers say of it.

    Raises:
        UnreadableError: it is damaged, or larger than a request may be.
    """
    body = request.body
    if body[:2] == _GZIP:
        unpacking = zlib.decompressobj(wbits=31)
        try:
            body = unpacking.decompress(body, MOST_BYTES + 1)
        except zlib.error:
            raise UnreadableError("the body is damaged gzip") from None
        if len(body) <= MOST_BYTES and not unpacking.eof:
            raise UnreadableError("the body is gzip that ends too early")
        request = replace(request, body=body)
    if len(body) > MOST_BYTES:
        raise UnreadableError(f"the body has more than {MOST_BYTES} bytes", Fault.TOO_LARGE)
    return request


def _unreadable(request: Request, name: str, format_: Format, error: UnreadableError) -> Received:
    """A request of somebody known that is none: its beginning is kept with the reason, for repair."""
    if error.fault is Fault.UNAUTHORISED:
        return _refused(request, format_, error.fault, error.detail)
    cut = replace(request, body=request.body[:MOST_KEPT])
    return Received(
        format_.refuse(request, error.fault, error.detail),
        keep(cut, name, error.detail),
        partial(format_.refuse, request, Fault.UNAVAILABLE, "it cannot be kept now"),
        request.source,
        n_rejected=1,
        fault=error.fault,
    )


def _refused(request: Request, format_: Format, fault: Fault, detail: str) -> Received:
    return Received(format_.refuse(request, fault, detail), source=request.source, fault=fault)
