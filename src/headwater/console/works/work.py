"""Something that takes its time, from its beginning to what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from headwater.console.drawn.page import View

T = TypeVar("T")


@dataclass(eq=False)
class Step:
    """One part of a work. `rows`: done so far; `said`: what came of it."""

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
class Work(Generic[T]):
    """Something that was begun; a `Progress`, to which stages report.

    Attributes:
        title: what it is, in words: without anybody's identifier.
        shows: draws what came of it.
        steps: its parts, as far as it came.
        begun_at, ended_at: seconds of a clock that only goes on.
        answer: what it gives, or what went wrong.
    """

    title: str
    shows: Callable[[View, T], None]
    steps: list[Step] = field(default_factory=list)
    begun_at: float = field(default_factory=time.monotonic)
    ended_at: float | None = None
    answer: Future[T] = field(default_factory=Future)

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Step]:
        """Begin a part of it."""
        made = Step(title)
        self.steps.append(made)
        try:
            yield made
        finally:
            made.is_over = True

    @property
    def is_over(self) -> bool:
        """Whether it came to an end, good or bad."""
        return self.ended_at is not None

    @property
    def seconds(self) -> int:
        """How long it takes, or took."""
        return int((self.ended_at or time.monotonic()) - self.begun_at)

    @property
    def error(self) -> BaseException | None:
        """What went wrong; None: nothing, or it is under way."""
        return self.answer.exception() if self.answer.done() else None
