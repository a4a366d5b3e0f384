"""Progress a person can follow: bars in a terminal, plain lines elsewhere, nothing when asked.

A stage reports to a `Progress`; it never knows which kind it is talking to.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress as RichProgress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class Step(Protocol):
    """One piece of work under way."""

    def expect(self, rows: int) -> None:
        """Say how many rows there are in all, once that is known."""

    def advance(self, rows: int) -> None:
        """Say that this many more rows are done."""

    def note(self, text: str) -> None:
        """Say what came of it, in a few words; shown when the step ends."""


class Progress(Protocol):
    """Where stages report to."""

    def step(self, title: str, total: int | None = None) -> AbstractContextManager[Step]:
        """Begin a piece of work; `total` rows if known."""


class Silent:
    """Progress that nobody watches."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Step]:
        """Begin a piece of work."""
        yield _Count()


class Plain:
    """One line as each step ends: for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Step]:
        """Begin a piece of work."""
        count, begun = _Count(), time.monotonic()
        yield count
        seconds = time.monotonic() - begun
        self._console.print(f"{title}: {_told(count, seconds)}", highlight=False, markup=False)


class Bars:
    """A live bar for each step: rows, rate, time left."""

    def __init__(self, console: Console) -> None:
        self._bars = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description:<28}"),
            BarColumn(bar_width=24),
            _Rows(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}"),
            console=console,
        )

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Step]:
        """Begin a piece of work."""
        bar = _Bar(self._bars, title, total)
        yield bar
        bar.finish()


class _Count:
    """Counts rows and keeps the last note."""

    def __init__(self) -> None:
        self.rows = 0
        self.expected: int | None = None
        self.text = ""

    def expect(self, rows: int) -> None:
        self.expected = rows

    def advance(self, rows: int) -> None:
        self.rows += rows

    def note(self, text: str) -> None:
        self.text = text


class _Bar(_Count):
    def __init__(self, bars: RichProgress, title: str, total: int | None) -> None:
        super().__init__()
        self._bars = bars
        self._task = bars.add_task(title, total=total, note="")

    def expect(self, rows: int) -> None:
        super().expect(rows)
        self._bars.update(self._task, total=rows)

    def advance(self, rows: int) -> None:
        super().advance(rows)
        self._bars.advance(self._task, rows)

    def note(self, text: str) -> None:
        super().note(text)
        self._bars.update(self._task, note=text)

    def finish(self) -> None:
        done = self.rows if self.expected is None else self.expected
        self._bars.update(self._task, total=done, completed=done)


class _Rows(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{int(task.completed):>11,}" if task.completed > 1 else " " * 11)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:>11,.0f}/s" if speed and task.completed > 1 else " " * 13, style="dim")


def _told(count: _Count, seconds: float) -> str:
    done = count.rows if count.expected is None else count.expected
    rate = f", {done / seconds:,.0f}/s" if done and seconds > 0.05 else ""
    rows = f"{done:,} rows{rate}, " if done else ""
    note = f" ({count.text})" if count.text else ""
    return f"{rows}{seconds:.1f} s{note}"
