"""Events that a condition counts or sums: of one name, whose properties pass tests, within a window.

purchase where (category equals "COFFEE" and revenue is at least 2.5) in the last 90 days
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain, groupby
from operator import itemgetter

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.columns.follow import Answer, Choice, Values
from headwater.audiences.columns.rows import Part
from headwater.audiences.comparison import Test, tests_data
from headwater.audiences.history import Happened, History
from headwater.audiences.needs import Needs
from headwater.audiences.properties import Read
from headwater.audiences.scope import Scope
from headwater.audiences.turning import LAST_YEAR, edges_of_test, edges_of_window
from headwater.audiences.values import show_name
from headwater.audiences.within import EVER, Within
from headwater.core.clock import Clock
from headwater.engine.query import column


@dataclass(frozen=True, order=True)
class Filter:
    """A test that a property of an event must pass."""

    name: str
    test: Test

    @cached_property  # asked for with every event
    def read(self) -> Read:
        """The property as the test's type."""
        return Read(self.name, self.test.type)


@dataclass(frozen=True)
class Happenings:
    """Events of one name that pass all filters (sorted by property and comparison), within a window."""

    event: str
    where: tuple[Filter, ...] = ()
    within: Within = EVER

    def needs(self, *others: Read) -> Needs:
        """The event with what its filters read, and these reads."""
        return Needs({self.event: frozenset([*(part.read for part in self.where), *others])})

    def rows(self, scope: Scope) -> exp.Select:
        """The rows, without a projection yet."""
        tests = [part.test.to_sql(column(part.read.column_name), scope.clock) for part in self.where]
        during = scope.during(self.within, column("occurred_at"))
        return exp.Select().from_(scope.events(self.event)).where(during, *tests)

    def choice(self, columns: Columns) -> Choice:
        """The same rows of coded columns."""
        return columns.choice(self.event, self._wanted, self.within.window(columns.clock))

    def filters(self) -> Iterator[tuple[str, Read, Test]]:
        """What is asked of properties: the event, the property and the test."""
        yield from ((self.event, read, test) for read, test in self._wanted)

    def counts(self, columns: Columns) -> npt.NDArray[np.int32]:
        """How many there are of each profile, shape (profiles,)."""
        return columns.counts(self.choice(columns), self)

    def answer(
        self, columns: Columns, question: Hashable, compute: Callable[[list[Part], int], Values | None]
    ) -> Answer | None:
        """What they come to for each profile; `question` says what `compute` makes of them."""
        return columns.answer_of(
            (question, self.within), [self.choice(columns)], lambda parts, n_bins: compute(parts[0], n_bins)
        )

    @property
    def _wanted(self) -> tuple[tuple[Read, Test], ...]:
        return tuple((part.read, part.test) for part in self.where)

    def of(self, history: History, clock: Clock) -> Iterator[Happened]:
        """Those of one profile."""
        window = self.within.window(clock)
        for event in history.events:
            if event.event == self.event and window.holds(event.occurred_at) and self._passes(event, clock):
                yield event

    def takes(self, event: Happened, clock: Clock) -> bool:
        """Whether an event is one of these at some time: of this name, and passing all filters now or later."""
        return event.event == self.event and all(
            self._meets(part, event, clock) or part.test.is_moving for part in self.where
        )

    def edges(self, history: History, clock: Clock) -> Iterator[datetime]:
        """The instants after now at which one profile's events can begin or cease to be among them."""
        for event in history.events:
            if event.event != self.event:
                continue
            moving = [list(edges_of_test(part.test, event.value(part.read), clock)) for part in self.where]
            if all(
                edges or self._meets(part, event, clock)
                for part, edges in zip(self.where, moving, strict=True)
            ):
                yield from edges_of_window(self.within, event.occurred_at, clock)
                yield from chain.from_iterable(moving)

    def turns(
        self, history: History, clock: Clock, holds: Callable[[Collection[Happened]], bool]
    ) -> Iterator[datetime]:
        """The instants after now at which an answer turns that hangs on which events are among them and on nothing else."""
        counted = {id(event): event for event in self.of(history, clock)}
        answer = holds(counted.values())
        changes = sorted(self._changes(history, clock), key=itemgetter(0))
        for at, group in groupby(changes, key=itemgetter(0)):
            for _, event, counts in group:
                if counts:
                    counted[id(event)] = event
                else:
                    del counted[id(event)]
            if holds(counted.values()) != answer:
                answer = not answer
                yield at

    def _changes(self, history: History, clock: Clock) -> Iterator[tuple[datetime, Happened, bool]]:
        """When an event begins or ceases to be among them, and which of both."""
        for event in history.events:
            alone = History((event,))
            counted = any(self.of(alone, clock))
            for at in sorted(set(self.edges(alone, clock))):
                if at.year <= LAST_YEAR and any(self.of(alone, Clock(clock.zone, at))) != counted:
                    counted = not counted
                    yield at, event, counted

    def is_open(self, clock: Clock) -> bool:
        """Whether what happens now is within the window."""
        return self.within.window(clock).holds(clock.now())

    def _meets(self, part: Filter, event: Happened, clock: Clock) -> bool:
        return part.test.holds(event.value(part.read), clock)

    def _passes(self, event: Happened, clock: Clock) -> bool:
        for part in self.where:  # noqa: SIM110 - a loop of its own costs half as much, and it is run with every event
            if not self._meets(part, event, clock):
                return False
        return True

    def to_data(self) -> dict[str, object]:
        """`where` and `within` as YAML says them, where they say something."""
        where = {
            name: tests_data(tuple(part.test for part in self.where if part.name == name))
            for name in dict.fromkeys(part.name for part in self.where)
        }
        within = self.within.to_data()
        return ({"where": where} if where else {}) | ({"within": within} if within else {})

    def describe(self) -> str:
        """The event and the filters, without the window."""
        tests = " and ".join(f"{part.name} {part.test.describe()}" for part in self.where)
        return show_name(self.event) + (f" where ({tests})" if tests else "")

    def describe_in_window(self) -> str:
        """The same with the window, where there is one."""
        return self.describe() + (f" {self.within.describe()}" if self.within != EVER else "")


def happenings_in(part: object) -> Iterator[Happenings]:
    """The happenings that a condition is made of, wherever it holds them."""
    if isinstance(part, Happenings):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from happenings_in(each)
    elif is_dataclass(part):
        for each in fields(part):
            yield from happenings_in(getattr(part, each.name))
