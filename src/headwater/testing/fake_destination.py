"""A destination on this machine that can be told how to behave: an HTTP server on the loopback.

    with FakeDestination([Throttle(1), Accept()]) as fake:
        ...send to fake.url...
        assert fake.keys == [...]

It keeps every request, and under each idempotency key (`webhook-id`) the first body it took, as honest receivers do.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Accept:
    """Take the request; name these members, by place, as refused."""

    rejected: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Throttle:
    """Ask to wait, with a status of 429 (or 503) and Retry-After in seconds, or as a date."""

    seconds: int = 1
    as_date: bool = False
    status: int = 429


@dataclass(frozen=True)
class Answer:
    """Answer with this status and do not take the request."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Say nothing until the server is closed, having taken the request or not."""

    takes: bool = False


@dataclass(frozen=True)
class Drop:
    """Close the connection without an answer, having taken the request or not."""

    takes: bool = False


Behaviour = Accept | Throttle | Answer | Hang | Drop


@dataclass(frozen=True)
class Received:
    """One request as it came; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """Its idempotency key."""
        return self.headers.get("webhook-id", "")


class FakeDestination:
    """The server; listens on a free port of 127.0.0.1 while its `with` block lasts."""

    def __init__(self, behaviours: Iterable[Behaviour] = ()) -> None:
        """Behave like this, one request after the other; then accept all."""
        self.received: list[Received] = []
        self.taken: dict[str, bytes] = {}
        self._script = list(behaviours)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> FakeDestination:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/in"

    @property
    def keys(self) -> list[str]:
        """The idempotency key of every request, in order."""
        return [one.key for one in self.received]

    def behave(self, *behaviours: Behaviour) -> None:
        """Behave like this next, and then accept all."""
        with self._lock:
            self._script = list(behaviours)

    def members(self, change: str = "added") -> list[Mapping[str, list[str]]]:
        """The identifiers of everyone in requests it took, each key counted once."""
        said: list[dict[str, Any]] = [json.loads(body) for body in self.taken.values()]
        return [one["identifiers"] for each in said if each["change"] == change for one in each["members"]]

    def meet(self, received: Received) -> Behaviour:
        """Note a request and say how to answer it."""
        with self._lock:
            self.received.append(received)
            behaviour = self._script.pop(0) if self._script else Accept()
            if isinstance(behaviour, Accept) or (isinstance(behaviour, Hang | Drop) and behaviour.takes):
                self.taken.setdefault(received.key, received.body)
        if isinstance(behaviour, Hang):
            self._closing.wait(30)
        return behaviour


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: FakeDestination) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # who sends died over it
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        behaviour = self.server.owner.meet(Received(self.path, headers, body))
        match behaviour:
            case Accept(rejected):
                said = [{"index": index, "reason": reason} for index, reason in rejected.items()]
                self._answer(200, {}, json.dumps({"rejected": said} if said else {}).encode())
            case Throttle(seconds, as_date, status):
                until = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
                self._answer(status, {"Retry-After": until if as_date else str(seconds)}, b"")
            case Answer():
                self._answer(behaviour.status, behaviour.headers, b"")
            case _:
                self.close_connection = True

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""
