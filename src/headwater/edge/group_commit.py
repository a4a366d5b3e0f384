"""Many requests, one wait for the disk: what came while the last group was written is written next, together.

Records are handed over from an event loop; a thread of its own writes them to the log. Whoever comes when nothing was written
just before is written at once; after a small group the next waits a moment, so that it is not small, too: handing over,
writing and waking up cost as much for one record as for many.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

FEW, SHORT = 16, 32 * 1024  # records, bytes: a group of as many, or as long, is worth what it costs
MOST_WAITING = 10_000  # records
PATIENCE = 0.003  # seconds from the end of a small group to the begin of the next, at the least
Waiting = tuple[bytes, "asyncio.Future[None]"]


class Appends(Protocol):
    """A log as far as this is concerned."""

    def append(self, payloads: list[bytes]) -> object:
        """Write records; they are on the disk when it returns.

        Raises:
            OSError: none of them was written.
        """


class GroupCommit:
    """Writes to a log for one event loop."""

    def __init__(self, log: Appends, loop: asyncio.AbstractEventLoop) -> None:
        self._log = log
        self._loop = loop
        self._waiting: list[Waiting] = []
        self._has_work = threading.Condition()
        self._is_open = True
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def keep(self, payload: bytes) -> asyncio.Future[None]:
        """Hand a record over; what is given is done when it is on the disk, or raises OSError if it could not be written.

        Raises:
            OSError: the log is closed, or so much waits for the disk already that waiting for it, too, makes no sense.
        """
        future: asyncio.Future[None] = self._loop.create_future()
        with self._has_work:
            if not self._is_open:
                raise OSError("the log is closed")
            if len(self._waiting) >= MOST_WAITING:
                raise OSError("the disk is too slow for what comes")
            self._waiting.append((payload, future))
            self._has_work.notify()
        return future

    def close(self) -> None:
        """Write what is waiting, then end."""
        with self._has_work:
            self._is_open = False
            self._has_work.notify()
        self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            error: Exception | None = None
            payloads = [payload for payload, _ in group]
            try:
                self._log.append(payloads)
            except Exception as caught:  # noqa: BLE001 - whatever it is, those who wait must hear of it
                error = caught
            self._tell(_settle, group, error)
            if self._is_open and _is_small(payloads):
                time.sleep(PATIENCE)

    def _next_group(self) -> list[Waiting]:
        with self._has_work:
            while not self._waiting and self._is_open:
                self._has_work.wait()
            group, self._waiting = self._waiting, []
            return group

    def _tell(self, callback: Callable[..., None], *args: object) -> None:
        with suppress(RuntimeError):  # the loop has ended: nobody is waiting any more
            self._loop.call_soon_threadsafe(callback, *args)


def _is_small(payloads: list[bytes]) -> bool:
    return len(payloads) < FEW and sum(map(len, payloads)) < SHORT


def _settle(group: list[Waiting], error: Exception | None) -> None:
    for _, future in group:
        if future.done():  # the client went away
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
