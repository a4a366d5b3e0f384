"""Conditions on the first or the last of events: the last purchase was before June, the days since it are 30 or more.

`Timing` is what is made of the instants of events, in SQL, in Python and over columns: the operators `first_time`,
`last_time` and `days_since_last` are one each. Who has no such event has no first and no last, and meets no test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.columns.rows import Part
from headwater.audiences.columns.segment import Instants
from headwater.audiences.comparison import Test, tests_data
from headwater.audiences.happenings import Happenings
from headwater.audiences.history import History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import Is, Where, Within
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.shortfall import short_of
from headwater.audiences.turning import edges_of_test
from headwater.audiences.values import Value, ValueType, show
from headwater.audiences.waiting import when
from headwater.core.clock import Clock, Window
from headwater.core.documents import Declaration, Place
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column


def _edges_of_tests(moment: datetime, tests: tuple[Test, ...], clock: Clock) -> Iterator[datetime]:
    return chain.from_iterable(edges_of_test(test, moment, clock) for test in tests)


@dataclass(frozen=True)
class Timing:
    """What is asked about the instants of events.

    Attributes:
        name: the operator.
        words: what stands before the event in a description.
        is_last: whether the last instant is meant, not the first.
        type: of the value that tests are given.
        sql: that value, of the instant and the window it lies in; by itself the instant.
        of: the same in Python.
        over: the same of many instants in microseconds since 1970 UTC.
        edges: when an event's value can begin or cease to pass tests as time goes by.
    """

    name: str
    words: str
    is_last: bool
    type: ValueType = ValueType.INSTANT
    sql: Callable[[exp.Expr, Clock, Window], exp.Expr] = lambda moment, clock, window: moment
    of: Callable[[datetime, Clock], Value] = lambda moment, clock: moment
    over: Callable[[Instants, Clock], pa.Array] = lambda at, clock: pa.array(at).cast(pa.timestamp("us"))
    edges: Callable[[datetime, tuple[Test, ...], Clock], Iterator[datetime]] = _edges_of_tests


class TimedFields(Declaration):
    """What every timing says beside its event."""

    where: Where = Field(None, description="Only events whose properties are so.")
    within: Within = Field(None, description="Only events in this stretch of time.")
    is_: Is = Field(alias="is", description="When it must have been, or how many days ago.")


@dataclass(frozen=True)
class Timed(Condition):
    """The timing of happenings passes all tests."""

    timing: Timing
    happenings: Happenings
    tests: tuple[Test, ...]

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        head = {self.timing.name: self.happenings.event}
        return head | self.happenings.to_data() | {"is": tests_data(self.tests)}

    def describe(self) -> str:
        """In words."""
        tests = " and ".join(test.describe() for test in self.tests)
        return f"{self.timing.words} {self.happenings.describe()} {self.happenings.within.describe()} {tests}"

    def needs(self) -> Needs:
        """The events with what filters read."""
        return self.happenings.needs()

    def to_sql(self, scope: Scope) -> exp.Select:
        """Who meets it."""
        edge = exp.Max if self.timing.is_last else exp.Min
        moments = (
            self.happenings.rows(scope)
            .select(
                column("profile_id"), exp.alias_(edge(this=column("occurred_at")), "occurred_at", quoted=True)
            )
            .group_by(column("profile_id"))
        )
        window = self.happenings.within.window(scope.clock)
        value = self.timing.sql(column("occurred_at"), scope.clock, window)
        tests = [test.to_sql(value, scope.clock) for test in self.tests]
        return exp.select(column("profile_id")).from_(moments.subquery("moments")).where(*tests)

    def to_bits(self, columns: Columns) -> Bits | None:
        """Who meets it."""
        is_last = self.timing.is_last
        question = "last" if is_last else "first"
        found = self.happenings.answer(
            columns, question, lambda parts, n_bins: edges_of(n_bins, parts, is_last=is_last)
        )
        if found is None:
            return None
        at, has = found.values

        def judge() -> Bits:
            return columns.passing_of(has, self.timing.over(at[has], columns.clock), self.tests)

        return columns.judged(found, (self.timing.name, self.tests), judge)

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile meets it."""
        return self._passes(self._value(history, clock), clock)

    def seen(self, history: History, clock: Clock) -> str:
        """The value."""
        value = self._value(history, clock)
        return "never" if value is None else show(value)

    def lacks(self, history: History, clock: Clock) -> str:
        """Whether one more would turn the answer, and when it turns by itself."""
        what = self.happenings.describe_in_window()
        wait = when(self.turns_at(history, clock), [self.happenings], history, clock)
        after = self._after_one_more(history, clock)
        if self.matches(history, clock):
            ends = "" if self._passes(after, clock) else f"1 more {what} would end it"
            return "; ".join(part for part in (ends, f"until {wait}" if wait else "") if part)
        value = self._value(history, clock)
        needed = f"{self.timing.words} {what} {short_of(self.tests, value, clock)}"
        if self._passes(after, clock):
            needed = f"1 more {what}"
        return needed + (f", or wait: not before {wait}" if wait else "")

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """When an event comes into the window or goes out of it, and when its moment may begin or cease to pass the tests."""
        for event in history.events:
            if event.event == self.happenings.event:
                yield from self.timing.edges(event.occurred_at, self.tests, clock)
        yield from self.happenings.edges(history, clock)

    def _after_one_more(self, history: History, clock: Clock) -> Value:
        """The value if it were done now."""
        value = self._value(history, clock)
        counts = self.happenings.is_open(clock) and (self.timing.is_last or value is None)
        return self.timing.of(clock.now(), clock) if counts else value

    def _passes(self, value: Value, clock: Clock) -> bool:
        return all(test.holds(value, clock) for test in self.tests)

    def _value(self, history: History, clock: Clock) -> Value:
        moments = [event.occurred_at for event in self.happenings.of(history, clock)]
        if not moments:
            return None
        return self.timing.of(max(moments) if self.timing.is_last else min(moments), clock)


_NOTHING = np.iinfo(np.int64).min


def edges_of(n_bins: int, parts: Sequence[Part], *, is_last: bool) -> tuple[Instants, Bits]:
    """The first or last instant of each profile, in microseconds since 1970 UTC, and who has one."""
    found = np.full(n_bins, _NOTHING)
    for part in parts:
        edge = np.full(n_bins, _NOTHING)
        # A part is in order of time, and of values for one place the last one stays.
        turned = slice(None) if is_last else slice(None, None, -1)
        edge[part.who[turned]] = part.at[turned]
        if is_last:
            np.maximum(found, edge, out=found)
        else:
            found = np.where((found == _NOTHING) | ((edge != _NOTHING) & (edge < found)), edge, found)
    return found[1:], found[1:] != _NOTHING


def read_timed(timing: Timing, given: TimedFields, place: Place, reader: Reader) -> Condition | None:
    """A timing's fields as a condition."""
    before = len(reader.problems)
    event = str(getattr(given, timing.name))
    happenings = reader.happenings(event, given.where, given.within, place, timing.name)
    tests = reader.tests(given.is_, (*place, "is"), timing.type, may_be_missing=False)
    if len(reader.problems) > before or happenings is None:
        return None
    return Timed(timing, happenings, tests)


def reader_of(timing: Timing) -> Callable[[TimedFields, Place, Reader], Condition | None]:
    """What an operator's `read` is, for a timing."""
    return partial(read_timed, timing)
