"""A small stand-in for the edge, on loopback: serves the tag, the shop and pages of a test's own, and keeps what it is told.

What a test puts into `answers` comes instead of 200, once each: a status, a status with Retry-After, DROP (the connection is
cut) or HANG (it is cut later, when the edge closes). Only what was answered with 200 counts as taken.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

STATIC = Path(__file__).parents[3] / "src" / "headwater" / "edge" / "static"
TYPES = {
    ".js": "text/javascript",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
DROP, HANG = "drop", "hang"
Told = dict[str, Any]
Answer = str | int | tuple[int, dict[str, str]]
SECONDS = 10


class FakeEdge(ThreadingHTTPServer):
    """What it serves, what it answers, and what it was told."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, str] = {}
        self.answers: deque[Answer] = deque()
        self.decisions: dict[str, object] = {}
        self.decide_after = 0.0
        self.profile: Told = {"identifiers": {}, "traits": {}, "audiences": [], "events": []}
        self.batches: list[Told] = []  # each try, taken or not
        self.taken: list[Told] = []
        self.asked: list[Told] = []
        self.content_types: set[str] = set()
        self.changed, self.closing = threading.Condition(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def page(self, body: str = "", *, path: str = "/", head: str = "", attributes: str = "") -> str:
        """Serve a page that holds the tag; gives its address."""
        tag = f'<script src="/hw.js" data-key="demo" {attributes} async></script>'
        stub = "<script>window.hw = window.hw || [];</script>"
        self.pages[path] = f"<!doctype html><title>Tea</title>{head}{stub}{tag}<body>{body}</body>"
        return self.url + path

    def take(self, batch: Told, answer: Answer) -> None:
        with self.changed:
            self.batches.append(batch)
            if answer == 200:
                self.taken += batch["batch"]
            self.changed.notify_all()

    def wait(self, until: Callable[[], bool], seconds: float = SECONDS) -> None:
        """Wait until something has come; fails if it does not."""
        with self.changed:
            if not self.changed.wait_for(until, seconds):
                raise AssertionError(f"did not come; taken: {self.names()}, tries: {len(self.batches)}")

    def names(self) -> list[str]:
        """What was taken, by event name (or kind of call), as it came."""
        return [event.get("event") or event["type"] for event in self.taken]

    def ids(self, name: str) -> set[str]:
        """The ids of the events of this name: what a server that drops repeats would keep."""
        return {event["messageId"] for event in self.taken if name in (event.get("event"), event["type"])}

    def event(self, name: str) -> Told:
        """The one event of this name."""
        self.wait(lambda: name in self.names())
        (found,) = [event for event in self.taken if name in (event.get("event"), event["type"])]
        return found

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is none."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: FakeEdge
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path in self.server.pages:
            return self.reply(200, self.server.pages[path].encode(), TYPES[".html"])
        if path == "/shop/profile":
            return self.reply(200, json.dumps(self.server.profile).encode())
        file = STATIC / (path.lstrip("/") + ("index.html" if path.endswith("/") else ""))
        if file.is_file():
            return self.reply(200, file.read_bytes(), TYPES[file.suffix])
        return self.reply(404, b"")

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.content_types.add(self.headers["Content-Type"])
        if self.path == "/v1/decide":
            return self.decide(told)
        answer = self.server.answers.popleft() if self.server.answers else 200
        self.server.take(told, answer)
        if isinstance(answer, str):
            return self.cut(answer)
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        return self.reply(status, json.dumps({"success": status == 200}).encode(), **headers)

    def decide(self, told: Told) -> None:
        with self.server.changed:
            self.server.asked.append(told)
            self.server.changed.notify_all()
        time.sleep(self.server.decide_after)
        self.reply(200, json.dumps({"decisions": self.server.decisions}).encode())

    def cut(self, how: str) -> None:
        if how == HANG:
            self.server.closing.wait(60)
        self.close_connection = True

    def reply(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        sent = {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Access-Control-Allow-Origin": self.headers.get("Origin", "*"),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": "Retry-After",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@contextmanager
def fake_edge() -> Iterator[FakeEdge]:
    """One that runs."""
    edge = FakeEdge()
    thread = threading.Thread(target=edge.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield edge
    finally:
        edge.closing.set()
        edge.shutdown()
        thread.join()
        edge.server_close()


def consent_of(event: Told) -> Told:
    """The consent an event came with."""
    return cast("Told", event["context"]["consent"])
