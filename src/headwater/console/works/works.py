"""What takes its time: an export, an erasure, a delivery. It goes on while other pages are looked at, and is found again.

One thing at a time, in a thread of its own, so that pages are answered meanwhile. Whether it may be done is asked by the desk, as
of everything, and recorded there. What came of it stays in memory, for the session that began it alone, for a while; what is left
of it is what it did: a delivery that the process did not live to end goes on with the next run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from headwater.access.sessions import Session
from headwater.console.desk.desk import Desk
from headwater.console.desk.question import Question
from headwater.console.drawn.page import View
from headwater.console.works.work import Work

T = TypeVar("T")
KEPT_SECONDS = 900.0
MOST_KEPT = 8  # of one session


class Works:
    """What was begun from the pages of one console."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._does = ThreadPoolExecutor(1, "works")
        self._asks = ThreadPoolExecutor(1, "asked")
        self._begun: dict[str, list[Work[Any]]] = {}
        self._at: dict[Hashable, Work[Any]] = {}

    def begin(
        self,
        session: Session,
        title: str,
        shows: Callable[[View, T], None],
        question: Question[T],
        *given: Hashable,
    ) -> Work[T]:
        """Begin something; what it asks is asked as by a page: rights, and the audit log."""
        work = Work(title, shows)
        self._begin(work, session, question, given)
        self._begun[session.hash] = [*self.of(session), work][-MOST_KEPT:]
        return work

    def begin_at(
        self,
        place: Hashable,
        session: Session,
        title: str,
        shows: Callable[[View, T], None],
        question: Question[T],
        *given: Hashable,
    ) -> Work[T]:
        """Begin something that one place shows to everybody, as a delivery to a destination, if nothing is under way there.

        The question is handed the work after all else, to report to.
        """
        found = self._at.get(place)
        if found is not None and not found.is_over:
            return found
        work = self._at[place] = Work(title, shows)
        self._begin(work, session, question, (*given, work))
        return work

    async def ask(self, session: Session, question: Question[T], *given: Hashable) -> T:
        """Ask something that may take seconds, and wait for it; nothing of it is kept.

        Raises:
            SignedOutError: the session has ended. RefusedError: the role may not ask that. HeadwaterError: it has no answer.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._asks, self._desk.answer, question, session, given)

    def of(self, session: Session) -> list[Work[Any]]:
        """What a session began, oldest first: all that is under way, and what ended lately."""
        self._forget()
        return list(self._begun.get(session.hash, ()))

    def at(self, place: Hashable) -> Work[Any] | None:
        """What was begun at a place last."""
        return self._at.get(place)

    def drop(self, session: Session, work: Work[Any]) -> None:
        """Let go of what came of something."""
        self._begun[session.hash] = [each for each in self.of(session) if each is not work]

    def _begin(
        self, work: Work[T], session: Session, question: Question[T], given: tuple[Hashable, ...]
    ) -> None:
        work.answer = self._does.submit(self._desk.answer, question, session, given)
        work.answer.add_done_callback(lambda _: self._end(work))

    def _end(self, work: Work[Any]) -> None:
        work.ended_at = time.monotonic()
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
