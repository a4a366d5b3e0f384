"""Counts over time: events, or the people who did them, period by period, and each value of a property by itself.

Reads what `audiences.columns` reads; counts only what people did who may be used. Writes nothing.

A value is told by itself if it is one of the most frequent in the whole stretch of time (by events; of equally frequent ones
the first in order); all else are *others*, and events without the property are *missing*. People of several periods or values
are counted in each, so they do not add up to the total.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.rows import Part, micros
from headwater.audiences.evaluate import Named
from headwater.core.errors import UserError
from headwater.engine.bitmaps import Bits
from headwater.engine.ids import Bins
from headwater.explore.people import Look, look, people_of
from headwater.explore.periods import period_starts
from headwater.explore.question import Trend
from headwater.explore.values import Value, Valued, valued
from headwater.privacy.anonymity.counts import Counting, Exact
from headwater.tables.workspace import Workspace

OTHERS, MISSING = "others", "missing"
MOST_HIDDEN = 300
"""So many counts may be asked for at once by whoever may not see small ones: of a day's answers, which are limited."""
_EPOCH, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
SPARSE = 500  # fewer events than one in so many people are told apart by sorting, more by marking


@dataclass(frozen=True)
class Series:
    """Counts by period, and in all; None: too few people to be told.

    `value`: of the property; None where there is none. `kind`: all, value, others or missing.
    """

    kind: str
    value: Value | None
    counts: tuple[int | None, ...]
    total: int | None


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
        UserError: too many periods, or too many counts for who may not see small ones.
        Refusal: whoever asks has had too many different answers today.
    """
    found = look(workspace, (question.happenings,))
    inside = people_of(question.audience, question.rule, found, workspace, known)
    chosen = _events(question, found, inside)
    starts = _starts(question, chosen, workspace)
    asked = _Asked(question, found, counting or Exact(), [micros(each) for each in starts])
    groups = [("all", None, chosen)] if not question.split else [*_groups(question, chosen, found)]
    asked.check(len(groups))
    series = tuple(asked.series(*group) for group in groups)
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
    return period_starts(min(first, last), last, question.period, workspace.clock.zone)


def _groups(
    question: Trend, chosen: list[Part], found: Look
) -> Iterator[tuple[str, Value | None, list[Part]]]:
    """The events of each of the most frequent values, then of all others, then those without one."""
    held = valued(found.columns, chosen, question.split)
    counts = sum((np.bincount(each, minlength=len(held.values) + 1) for each in held.codes), np.zeros(1, int))
    top = _top(held, np.asarray(counts), question.top)
    for code in top:
        yield "value", held.values[code - 1], _having(chosen, held, [code])
    rest = np.ones(len(held.values) + 1, dtype=np.bool_)
    rest[[0, *top]] = False
    if rest.any():
        yield OTHERS, None, _having(chosen, held, np.flatnonzero(rest).tolist())
    if counts[0]:
        yield MISSING, None, _having(chosen, held, [0])


def _top(held: Valued, counts: npt.NDArray[np.int64], most: int) -> list[int]:
    """The codes of the most frequent values; of equally frequent ones the first in order."""
    wanted = np.flatnonzero(counts[1:]) + 1
    if len(wanted) > most:
        least = np.sort(counts[wanted])[-most]
        wanted = wanted[counts[wanted] >= least]

    def place(code: int) -> tuple[int, str]:
        return -int(counts[code]), str(held.values[code - 1])

    return sorted(wanted.tolist(), key=place)[:most]


def _having(chosen: list[Part], held: Valued, codes: list[int]) -> list[Part]:
    lut = np.zeros(len(held.values) + 1, dtype=np.bool_)
    lut[codes] = True
    return [each.only(lut[own]) for each, own in zip(chosen, held.codes, strict=True)]


@dataclass(frozen=True, eq=False)
class _Asked:
    """One question under way. `edges`: of the periods, in microseconds."""

    question: Trend
    found: Look
    counting: Counting
    edges: list[int]

    def check(self, n_series: int) -> None:
        """Whether so many counts may be asked for at once."""
        n_counts = n_series * len(self.edges)
        if not isinstance(self.counting, Exact) and n_counts > MOST_HIDDEN:
            raise UserError(
                f"that is {n_counts:,} counts, and whoever may not see small ones gets {MOST_HIDDEN} at once",
                next_step="take longer periods, less time, or fewer values",
            )

    def series(self, kind: str, value: Value | None, chosen: list[Part]) -> Series:
        ends = [np.searchsorted(each.at, self.edges, "left") for each in chosen]
        counts = []
        for period in range(len(self.edges) - 1):
            who = [each.who[end[period] : end[period + 1]] for each, end in zip(chosen, ends, strict=True)]
            counts.append(self._count(who, f"{kind} {value} {self.edges[period]}"))
        return Series(
            kind, value, tuple(counts), self._count([each.who for each in chosen], f"{kind} {value}")
        )

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
