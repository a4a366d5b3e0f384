"""The body of a request, as far as it may go: not larger than allowed, and not slower."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

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


async def read_body(said_length: str | None, carrier: Carrier) -> bytes:
    """All bytes of a body.

    Raises:
        TooLargeError: there are more than MOST_BYTES.
        TimeoutError: they do not come within MOST_SECONDS.
    """
    if said_length is not None and said_length.isdecimal():
        if int(said_length) > MOST_BYTES:
            raise TooLargeError
        if int(said_length) == 0:
            return b""
        async with asyncio.timeout(MOST_SECONDS):
            return await carrier()
    async with asyncio.timeout(MOST_SECONDS):
        return await _chunks(carrier)


async def _chunks(carrier: Carrier) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in carrier:
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeError
        parts.append(part)
    return b"".join(parts)
