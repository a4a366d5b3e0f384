"""What takes longer than somebody waits: done one after the other in a thread, on whatever page who asked for it is meanwhile.

Kept in memory, as the pages are; what is left of it is what it did. The thread ends with the process, whatever it is at: what a
delivery had begun goes on with the next run, as after a kill. Whether it may be done is asked by the desk, as of
everything, and recorded there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from headwater.access.sessions import Session
from headwater.console.desk.desk import Desk
from headwater.console.desk.question import Question

_WAITING: SimpleQueue[tuple[Work, Desk, Session, Question[Any], tuple[Hashable, ...]]] = SimpleQueue()
_THREADS: list[threading.Thread] = []
_LOCK = threading.Lock()
_WORKS: dict[Hashable, Work] = {}


@dataclass(eq=False)
class Step:
    """One part of it. `rows`: done so far."""

    title: str
    rows: int = 0
    said: str = ""
    is_over: bool = False

    def expect(self, rows: int) -> None:
        """Say how many rows there are in all."""

    def advance(self, rows: int) -> None:
        """Say that this many more are done."""
        self.rows += rows

    def note(self, text: str) -> None:
        """Say what came of it."""
        self.said = text


@dataclass(eq=False)
class Work:
    """Something under way, or over; a `Progress` that stages report to. `error`: why it did not come to its end."""

    begun_at: float = field(default_factory=time.monotonic)
    steps: list[Step] = field(default_factory=list)
    is_over: bool = False
    value: Any = None
    error: Exception | None = None

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Step]:
        """Begin a part of it."""
        made = Step(title)
        self.steps.append(made)
        try:
            yield made
        finally:
            made.is_over = True


def begin(key: Hashable, desk: Desk, session: Session, question: Question[Any], *given: Hashable) -> Work:
    """Begin to ask something that takes long; the question is handed the work after all else, to report to.

    What is under way by this key already is not begun again.
    """
    with _LOCK:
        found = _WORKS.get(key)
        if found is not None and not found.is_over:
            return found
        work = _WORKS[key] = Work()
        if not _THREADS:
            _THREADS.append(threading.Thread(target=_do_all, name="works", daemon=True))
            _THREADS[0].start()
    _WAITING.put((work, desk, session, question, given))
    return work


def under_way(key: Hashable) -> Work | None:
    """What was begun by this key last; None: nothing."""
    return _WORKS.get(key)


def _do_all() -> None:
    while True:
        _do(*_WAITING.get())


def _do(
    work: Work, desk: Desk, session: Session, question: Question[Any], given: tuple[Hashable, ...]
) -> None:
    try:
        work.value = desk.answer(question, session, (*given, work))
    except Exception as error:  # noqa: BLE001 - whoever looks at the work is told
        work.error = error
    finally:
        work.is_over = True
        desk.changed()
