"""Counts over time: events, the people who did them, or what a property sums up to, period by period; each value by itself.

Reads what `audiences.columns` reads; counts only what people did who may be used. Writes nothing.

People of several periods or values are counted in each, so they do not add up to the total. A sum is of the numbers that the
property has; to whom small counts may not be shown, none is told: one person may be most of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from headwater.audiences.columns.coding import Coded, Column
from headwater.audiences.columns.rows import Part, micros
from headwater.audiences.evaluate import Named
from headwater.audiences.properties import Read
from headwater.audiences.values import ValueType
from headwater.core.errors import UserError
from headwater.engine.bitmaps import Bits
from headwater.engine.ids import Bins
from headwater.explore.people import Look, look, people_of
from headwater.explore.periods import period_starts
from headwater.explore.question import Trend
from headwater.explore.splits import Group, groups
from headwater.explore.values import Value
from headwater.privacy.anonymity.counts import Counting, Exact
from headwater.tables.workspace import Workspace

MOST_HIDDEN = 300
"""So many counts may be asked for at once by whoever may not see small ones: of a day's answers, which are limited."""
_EPOCH, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_Count = Callable[[Sequence[slice], int | None], float | None]
SPARSE = 500  # fewer events than one in so many people are told apart by sorting, more by marking


@dataclass(frozen=True)
class Series:
    """Counts or sums by period, and in all; None: too few people to be told.

    `value`: that it is told apart by; None where there is none. `kind`: all, value, others or missing.
    """

    kind: str
    value: Value | None
    counts: tuple[float | None, ...]
    total: float | None


@dataclass(frozen=True)
class Trended:
    """An answer with its question. `starts`: when each period begins, UTC; `ends`: when the last one does."""

    question: Trend
    starts: tuple[datetime, ...]
    ends: datetime
    n_people: int | None
    series: tuple[Series, ...]


def trend(
    question: Trend, workspace: Workspace, known: Mapping[str, Named], counting: Counting | None = None
) -> Trended:
    """The answer to a question; `known`: the project's audiences; `counting`: what counts of people are shown by.

    Raises:
        NotFoundError: there is no such audience.
        UserError: too many periods; or, for who may not see small counts, too many of them, or a sum.
        Refusal: whoever asks has had too many different answers today.
    """
    found = look(workspace, (question.happenings,))
    inside = people_of(question.audience, question.rule, found, workspace, known)
    chosen = _events(question, found, inside)
    starts = _starts(question, chosen, workspace)
    asked = _Asked(question, found, counting or Exact(), [micros(each) for each in starts])
    told = [*groups(question, chosen, found)]
    asked.check(len(told))
    series = tuple(asked.series(each) for each in told)
    n_inside = asked.counting.crowd(found.ids(inside))
    return Trended(question, starts[:-1], starts[-1], n_inside, series)


def _events(question: Trend, found: Look, inside: Bits) -> list[Part]:
    """The events that are meant, of these people."""
    choice = question.happenings.choice(found.columns)
    parts = [part.during(*choice.edges) for part in choice.parts.values()]
    of_bin = np.concatenate([[False], inside])
    masks = [of_bin[part.who] for part in parts]
    chosen = [part if mask.all() else part.only(mask) for part, mask in zip(parts, masks, strict=True)]
    return [part for part in chosen if part.size]


def _starts(question: Trend, chosen: list[Part], workspace: Workspace) -> tuple[datetime, ...]:
    """The periods from the window's start, or the first event, to now, or the window's end."""
    window = question.happenings.within.window(workspace.clock)
    now = workspace.clock.now()
    last = min(window.end or now, now)
    first = window.start
    if first is None:
        first = min((_EPOCH + int(each.at[0]) * _TICK for each in chosen), default=last)
    else:
        first += _TICK  # a window is open at its start
    starts = period_starts(min(first, last), last, question.period, workspace.clock.zone)
    # One that begins with the last moment is empty, unless something happened in that very moment.
    is_over = len(starts) > 2 and starts[-2] == last
    return starts[:-1] if is_over and all(each.at[-1] < micros(last) for each in chosen) else starts


@dataclass(frozen=True, eq=False)
class _Asked:
    """One question under way. `edges`: of the periods, in microseconds."""

    question: Trend
    found: Look
    counting: Counting
    edges: list[int]

    def check(self, n_series: int) -> None:
        """Whether that may be asked for by whoever may not see small counts."""
        if isinstance(self.counting, Exact):
            return
        if self.question.counted == "sum":
            raise UserError(
                "a sum is told to whom small counts are: one person may be most of it",
                next_step="count events or people",
            )
        n_counts = n_series * len(self.edges)
        if n_counts > MOST_HIDDEN:
            raise UserError(
                f"that is {n_counts:,} counts, and whoever may not see small ones gets {MOST_HIDDEN} at once",
                next_step="take longer periods, less time, or fewer values",
            )

    def series(self, group: Group) -> Series:
        """What one group comes to in each period, and in all."""
        ends = [np.searchsorted(each.at, self.edges, "left") for each in group.parts]
        count = self._sums(group) if self.question.counted == "sum" else self._counts(group)
        counts = [
            count([slice(end[period], end[period + 1]) for end in ends], self.edges[period])
            for period in range(len(self.edges) - 1)
        ]
        return Series(group.kind, group.value, tuple(counts), count([slice(None)] * len(ends), None))

    def _counts(self, group: Group) -> _Count:
        """Counts events, or people, of some of a group's."""

        def count(some: Sequence[slice], edge: int | None) -> int | None:
            which = f"{group.kind} {group.value}" + ("" if edge is None else f" {edge}")
            return self._count([part.who[each] for part, each in zip(group.parts, some, strict=True)], which)

        return count

    def _sums(self, group: Group) -> _Count:
        """Sums the property of some of a group's events."""
        read = Read(self.question.of, ValueType.NUMBER)
        amounts = [_numbers(self.found.columns.values(part, read)) for part in group.parts]

        def add(some: Sequence[slice], _: int | None) -> float:
            return float(sum(held[each].sum() for held, each in zip(amounts, some, strict=True)))

        return add

    def _count(self, who: list[Bins], which: str) -> int | None:
        """Events or people. To whom small counts may not be shown, events of too few people are not told either."""
        n_bins, n_events = self.found.columns.n_bins, sum(map(len, who))
        if isinstance(self.counting, Exact):
            return n_events if self.question.counted == "events" else n_people(who, n_bins)
        people = self.counting.crowd(self.found.ids(marked(who, n_bins)))
        if self.question.counted == "people" or people is None:
            return people
        return self.counting.number(n_events, f"{self._place} {which}")

    @cached_property
    def _place(self) -> str:
        return f"events {self.question.happenings.describe()}"


def _numbers(held: Column) -> npt.NDArray[np.float64]:
    """The numbers of a property; what is missing or not finite counts for nothing."""
    values = np.asarray(held.values.cast(pa.float64()).to_numpy(zero_copy_only=False))
    numbers = np.where(np.isfinite(values), values, 0.0)
    found: npt.NDArray[np.float64] = numbers[held.codes] if isinstance(held, Coded) else numbers
    return found


def n_people(who: Sequence[Bins], n_bins: int) -> int:
    """How many people events are of."""
    if sum(map(len, who)) * SPARSE < n_bins:
        held = np.sort(np.concatenate([np.empty(0, dtype=np.int32), *who]))
        return int(np.count_nonzero(np.diff(held, prepend=-1)))
    return int(np.count_nonzero(marked(who, n_bins)))


def marked(who: Sequence[Bins], n_bins: int) -> Bits:
    """The people of events by ordinal, shape (n_bins - 1,)."""
    bits = np.zeros(n_bins, dtype=np.bool_)
    for each in who:
        bits[each] = True
    return bits[1:]
