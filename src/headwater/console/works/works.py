"""What takes its time: an export, an erasure. It goes on while other pages are looked at, and whoever began it finds it again.

One thing at a time, in a thread of its own, so that pages are answered meanwhile. What came of it stays in memory, for the
session that began it alone, for a while.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from headwater.access.sessions import Session
from headwater.console.desk.desk import Desk
from headwater.console.desk.question import Question
from headwater.console.drawn.page import View

T = TypeVar("T")
KEPT_SECONDS = 900.0
MOST_KEPT = 8  # of one session


@dataclass(eq=False)
class Work(Generic[T]):
    """Something that was begun.

    Attributes:
        title: what it is, in words: without anybody's identifier.
        shows: draws what came of it.
        future: its answer, or what went wrong.
        begun_at, ended_at: seconds of a clock that only goes on.
    """

    title: str
    shows: Callable[[View, T], None]
    future: asyncio.Future[T]
    begun_at: float = field(default_factory=time.monotonic)
    ended_at: float | None = None

    @property
    def seconds(self) -> int:
        """How long it takes, or took."""
        return int((self.ended_at or time.monotonic()) - self.begun_at)

    @property
    def error(self) -> BaseException | None:
        """What went wrong; None: nothing, or it is under way."""
        return self.future.exception() if self.future.done() and not self.future.cancelled() else None


class Works:
    """What was begun from the pages of one console."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._thread = ThreadPoolExecutor(1, "works")
        self._begun: dict[str, list[Work[Any]]] = {}

    def begin(
        self,
        session: Session,
        title: str,
        shows: Callable[[View, T], None],
        question: Question[T],
        *given: Hashable,
    ) -> Work[T]:
        """Begin something; what it asks is asked as by a page: rights, and the audit log."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._thread, self._desk.answer, question, session, given)
        work = Work(title, shows, future)
        future.add_done_callback(lambda _: self._end(work))
        self._begun[session.hash] = [*self.of(session), work][-MOST_KEPT:]
        return work

    async def ask(self, session: Session, question: Question[T], *given: Hashable) -> T:
        """Ask something that may take seconds, and wait for it; nothing of it is kept.

        Raises:
            SignedOutError: the session has ended. RefusedError: the role may not ask that. HeadwaterError: it has no answer.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._desk.answer, question, session, given)

    def of(self, session: Session) -> list[Work[Any]]:
        """What a session began, oldest first: all that is under way, and what ended lately."""
        self._forget()
        return list(self._begun.get(session.hash, ()))

    def drop(self, session: Session, work: Work[Any]) -> None:
        """Let go of what came of something."""
        self._begun[session.hash] = [each for each in self.of(session) if each is not work]

    def _end(self, work: Work[Any]) -> None:
        work.ended_at = time.monotonic()
        _ = work.error  # it was looked at: whoever began it may never come back
        self._desk.changed()

    def _forget(self) -> None:
        since = time.monotonic() - KEPT_SECONDS
        for session, begun in list(self._begun.items()):
            kept = [each for each in begun if each.ended_at is None or each.ended_at > since]
            if kept:
                self._begun[session] = kept
            else:
                del self._begun[session]


_OF: WeakKeyDictionary[Desk, Works] = WeakKeyDictionary()


def works_of(desk: Desk) -> Works:
    """What was begun at a desk."""
    if desk not in _OF:
        _OF[desk] = Works(desk)
    return _OF[desk]
