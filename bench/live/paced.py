"""HTTP requests at a steady pace over connections that stay open, and how long each answer took.

A request that is due while the one before is not answered yet waits, and its time counts from when it was due: a server that
stalls is not spared.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class Answers:
    """What came of requests: seconds each took, and how many were no 200."""

    seconds: list[float] = field(default_factory=list)
    n_failed: int = 0


class Connection(asyncio.Protocol):
    """One connection that asks every so many seconds, until a moment."""

    def __init__(self, make: Callable[[], bytes], every: float, until: float, answers: Answers) -> None:
        self._make, self._every, self._until, self._answers = make, every, until, answers
        self._held = b""
        self._due = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport
        self._due = time.perf_counter()
        self._send()

    def data_received(self, data: bytes) -> None:
        """Note an answer, once it is whole, and ask again when that is due."""
        self._held += data
        head, found, body = self._held.partition(b"\r\n\r\n")
        if not found:
            return
        length = _LENGTH.search(head)
        if length is not None and len(body) < int(length.group(1)):
            return
        self._held = b""
        self._answers.seconds.append(time.perf_counter() - self._due)
        self._answers.n_failed += b" 200 " not in head[:16]
        self._due += self._every
        asyncio.get_running_loop().call_later(max(0.0, self._due - time.perf_counter()), self._send)

    def connection_lost(self, _: Exception | None) -> None:
        """That was it."""
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        if time.perf_counter() >= self._until:
            self._transport.close()
        else:
            self._transport.write(self._make())  # type: ignore[attr-defined]


async def pace(
    port: int, make: Callable[[], bytes], rate: float, seconds: float, connections: int
) -> Answers:
    """Ask at a rate a second, for so many seconds."""
    answers = Answers()
    until = time.perf_counter() + seconds
    every = connections / rate
    asked = []
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        _, protocol = await loop.create_connection(
            lambda: Connection(make, every, until, answers), "127.0.0.1", port
        )
        asked.append(protocol.done)
        await asyncio.sleep(every / connections)
    await asyncio.gather(*asked)
    return answers


def post(path: str, body: bytes, key: str) -> bytes:
    """A request as bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {key}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
