"""The body of a request, as far as it may go: not larger than allowed, and not slower."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Protocol, cast

MOST_BYTES = 2_000_000  # as it comes; inflated it may have as many as a format allows
MOST_SECONDS = 15.0


class TooLargeError(Exception):
    """The body has more bytes than any request may."""


class Carrier(Protocol):
    """What a request's body is read from: RSGI's protocol."""

    async def __call__(self) -> bytes:
        """All of it."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Chunk by chunk."""


class Bodies:
    """Reads bodies. One timer ends those that come too slowly: one for each would cost as much as reading most of them."""

    def __init__(self) -> None:
        self._due: dict[asyncio.Task[object], float] = {}
        self._is_watching = False

    async def read(self, said_length: str | None, carrier: Carrier) -> bytes:
        """All bytes of a body.

        Raises:
            TooLargeError: there are more than MOST_BYTES.
            TimeoutError: they do not come within MOST_SECONDS, or a little more.
        """
        if said_length is None or not said_length.isdecimal():
            return await self._in_time(_chunks(carrier))
        if int(said_length) > MOST_BYTES:
            raise TooLargeError
        return await self._in_time(carrier()) if int(said_length) else b""

    async def _in_time(self, reading: Awaitable[bytes]) -> bytes:
        task, loop = cast("asyncio.Task[object]", asyncio.current_task()), asyncio.get_running_loop()
        self._due[task] = loop.time() + MOST_SECONDS
        if not self._is_watching:
            self._watch(loop)
        try:
            return await reading
        except asyncio.CancelledError:
            if task in self._due:
                raise
            task.uncancel()
            raise TimeoutError from None
        finally:
            self._due.pop(task, None)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what is late, now and then, as long as anything is being read."""
        for task in [task for task, due in self._due.items() if due <= loop.time()]:
            del self._due[task]
            task.cancel()
        self._is_watching = bool(self._due)
        if self._is_watching:
            loop.call_later(MOST_SECONDS / 10, self._watch, loop)


async def _chunks(carrier: Carrier) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in carrier:
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeError
        parts.append(part)
    return b"".join(parts)
