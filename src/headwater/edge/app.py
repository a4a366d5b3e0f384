"""The edge as a web application (RSGI): one request in, one answer out.

Reads the project's collectors and, for decisions, the live store. Writes the durable log. Nothing is answered 2xx before it is
on the disk.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined] # re-exported, though not in so many words

from headwater.collect.format import Fault, Format
from headwater.collect.receive import Received, Receiver
from headwater.collect.request import Answer, Request
from headwater.core.errors import HeadwaterError
from headwater.edge import counts
from headwater.edge.body import Bodies, Carrier, TooLargeError
from headwater.edge.cors import Headers, cors, preflight
from headwater.edge.decisions import Decider, Deciding
from headwater.edge.group_commit import Appends, GroupCommit
from headwater.edge.pages import Pages
from headwater.live.reader import LiveReader

RETRY_SECONDS = 2
_log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0  # between two looks whether the project's files have changed
_LATER = (Fault.BUSY, Fault.UNAVAILABLE)


class Scope(Protocol):
    """A request's head, as RSGI gives it."""

    proto: str
    method: str
    path: str
    query_string: str
    client: str

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""


class Exchange(Carrier, Protocol):
    """What an answer is written to, as RSGI gives it."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """The whole answer."""

    def response_empty(self, status: int, headers: Headers) -> None:
        """An answer without a body."""


class Files(Protocol):
    """What the edge works by: the project's files, read."""

    receiver: Receiver
    deciding: Deciding
    n_proxies: int

    def look(self) -> None:
        """Take up new files, if there are any."""


class Edge:
    """One process of the edge."""

    def __init__(self, files: Files, log: Appends, reader: LiveReader, pages: Pages) -> None:
        self._files = files
        self._log = log
        self._pages = pages
        self._bodies = Bodies()
        self._decider = Decider(lambda: files.deciding, reader, self._keep)
        pages.add("POST", "/v1/decide", self._decider.answer)
        self._commit: GroupCommit | None = None
        self._looking: asyncio.Task[None] | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop is there: begin."""
        self._commit = GroupCommit(self._log, loop)
        self._looking = loop.create_task(self._look())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop ends: what is waiting is written."""
        if self._looking is not None:
            self._looking.cancel()
        if self._commit is not None:
            self._commit.close()
        counts.hand_on()

    async def __rsgi__(self, scope: Scope, protocol: Exchange) -> None:
        """Answer one request."""
        if scope.proto != "http":
            return
        headers = _first_of_each(scope.headers)
        if scope.method == "OPTIONS":
            protocol.response_empty(204, preflight(headers))
            return
        try:
            answer = await self._answered(scope, headers, protocol)
        except ProtocolClosed:
            return  # the client went away before it had sent all
        written = [("content-type", answer.content_type), *answer.headers, *cors(headers)]
        protocol.response_bytes(answer.status, written, answer.body)

    async def _look(self) -> None:
        """Take up the project's files whenever the core has found new ones sound."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await loop.run_in_executor(None, self._files.look)  # reading them takes a while
                self._decider.refresh()
            except (HeadwaterError, OSError):
                _log.exception("what has changed cannot be taken up; what was before stays")
            counts.hand_on()

    def _keep(self, payload: bytes) -> asyncio.Future[None]:
        """Hand a record over to the log; see `GroupCommit.keep`."""
        assert self._commit is not None  # noqa: S101 - RSGI calls __rsgi_init__ first
        return self._commit.keep(payload)

    async def _answered(self, scope: Scope, headers: Mapping[str, str], carrier: Carrier) -> Answer:
        method = "GET" if scope.method == "HEAD" else scope.method
        spoken = self._files.receiver.format_of(scope.method, scope.path)
        page = None if spoken else self._pages.at(method, scope.path)
        if spoken is None and page is None:
            return Answer(404, b'{"error":"there is nothing here"}')
        try:
            length = headers.get("content-length")
            body = await self._bodies.read(length, carrier) if scope.method == "POST" else b""
        except TimeoutError:
            return Answer(408, b'{"error":"the body came too slowly"}')
        except TooLargeError:
            body = None
        request = Request(
            method=scope.method,
            path=scope.path,
            query=scope.query_string,
            headers=headers,
            body=body or b"",
            ip=client_address(scope.client, headers, self._files.n_proxies),
            received_at=datetime.now(UTC),
        )
        if spoken is None:
            assert page is not None  # noqa: S101 - one of both
            return Answer(413) if body is None else await page(request)
        name, format_ = spoken
        if body is None:
            counts.fault(Fault.TOO_LARGE.value)
            return format_.refuse(request, Fault.TOO_LARGE, "the body is too large")
        return await self._collected(request, name, format_)

    async def _collected(self, request: Request, name: str, format_: Format) -> Answer:
        began = time.perf_counter()
        received = self._files.receiver.receive(request, name, format_)
        answer = received.answer
        fault = received.fault
        if received.payload is not None:
            try:
                await self._keep(received.payload)
                counts.committed(time.perf_counter() - began)
            except OSError:
                assert received.sorry is not None  # noqa: S101 - beside every payload
                answer, fault = received.sorry(), Fault.UNAVAILABLE
        _count(received, name, answer, fault)
        return _later(answer) if fault in _LATER else answer


def _first_of_each(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by name; of repeats the first."""
    return dict(reversed(list(headers.items())))


def _later(answer: Answer) -> Answer:
    return Answer(
        answer.status,
        answer.body,
        answer.content_type,
        (*answer.headers, ("retry-after", str(RETRY_SECONDS))),
    )


def _count(received: Received, name: str, answer: Answer, fault: Fault | None) -> None:
    counts.request(name, answer.status)
    if fault is not None:
        counts.fault(fault.value)
    if received.source and fault not in _LATER:
        counts.events(received.source, received.n_events, received.n_rejected)


def client_address(peer: str, headers: Mapping[str, str], n_proxies: int) -> str:
    """The address of whoever asked.

    Args:
        peer: the other end of the connection, as `address:port`.
        headers: of the request; what stands in `X-Forwarded-For` further ahead than the proxies wrote, anybody may have written.
        n_proxies: how many stand between.

    >>> client_address("10.0.0.9:4711", {"x-forwarded-for": "1.1.1.1, 203.0.113.7, 10.0.0.8"}, 2)
    '203.0.113.7'
    """
    if n_proxies:
        told = [each.strip() for each in headers.get("x-forwarded-for", "").split(",")]
        if len(told) >= n_proxies:
            return told[-n_proxies]
    return peer.rpartition(":")[0].strip("[]")
