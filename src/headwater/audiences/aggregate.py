"""Conditions that sum up a property over events: the total of revenue of purchases is at least 100.

`Aggregate` is the condition; a `Measure` is how values become one number, in SQL and in Python: the operators
`total`, `average`, `minimum`, `maximum` and `distinct` are one measure each. Who has no such event with a value has
no number and meets no test: not `at_most` either (`did` with `exactly: 0` asks for nothing done).

Totals and averages are those of `engine/exact.py`: the same in whatever order the rows come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from headwater.audiences.columns.columns import Columns, OverColumns
from headwater.audiences.comparison import Test, tests_data
from headwater.audiences.happenings import Happenings
from headwater.audiences.history import Happened, History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import EventName, Is, Where, Within
from headwater.audiences.properties import Read
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.shortfall import short_of
from headwater.audiences.values import Value, ValueType, show
from headwater.audiences.waiting import when
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Place
from headwater.engine import exact
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column, parse


@dataclass(frozen=True)
class Measure:
    """How the values of a property become one number.

    Attributes:
        name: the operator.
        sql: an aggregate over a column; NULL where there is no value.
        of: the same of the values that are there, at least one; None if none of them counts.
        over: the same over columns, for all profiles.
        reads: the type of values; None: the property's own, text where that is unknown.
    """

    name: str
    sql: Callable[[exp.Expr], exp.Expr]
    of: Callable[[Sequence[Value]], float | None]
    over: OverColumns
    reads: ValueType | None = ValueType.NUMBER


class MeasuredFields(Declaration):
    """What every measure says beside its property."""

    of: EventName = Field(description="The event whose property it is.")
    where: Where = Field(None, description="Only events whose properties are so.")
    within: Within = Field(None, description="Only events in this stretch of time.")
    is_: Is = Field(alias="is", description="What the number must be.")


@dataclass(frozen=True)
class Aggregate(Condition):
    """The measure of a property over happenings passes all tests."""

    measure: Measure
    read: Read
    happenings: Happenings
    tests: tuple[Test, ...]

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        head = {self.measure.name: self.read.name, "of": self.happenings.event}
        return head | self.happenings.to_data() | {"is": tests_data(self.tests)}

    def describe(self) -> str:
        """In words."""
        tests = " and ".join(test.describe() for test in self.tests)
        events = f"{self.happenings.describe()} {self.happenings.within.describe()}"
        return f"the {self.measure.name} of {self.read.name} over {events} {tests}"

    def needs(self) -> Needs:
        """The events with the property and what filters read."""
        return self.happenings.needs(self.read)

    def to_sql(self, scope: Scope) -> exp.Select:
        """Who meets it."""
        value = self.measure.sql(column(self.read.column_name))
        tests = [test.to_sql(value, scope.clock) for test in self.tests]
        return (
            self.happenings.rows(scope)
            .select(column("profile_id"))
            .group_by(column("profile_id"))
            .having(*tests)
        )

    def to_bits(self, columns: Columns) -> Bits | None:
        """Who meets it."""
        question = (self.measure.name, self.read)
        found = self.happenings.answer(
            columns, question, lambda parts, n_bins: self.measure.over(columns, parts, self.read, n_bins)
        )
        if found is None:
            return None
        numbers, has = found.values
        return columns.judged(
            found, self.tests, lambda: columns.passing_of(has, pa.array(numbers[has]), self.tests)
        )

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile meets it."""
        return self._holds(self.happenings.of(history, clock), clock)

    def _holds(self, counted: Iterable[Happened], clock: Clock) -> bool:
        value = self._of(counted)
        return all(test.holds(value, clock) for test in self.tests)

    def seen(self, history: History, clock: Clock) -> str:
        """The number."""
        value = self._value(history, clock)
        return "no value" if value is None else f"{self.measure.name} {show(value)}"

    def lacks(self, history: History, clock: Clock) -> str:
        """By how much the number fails its tests, or until when it passes them."""
        wait = when(self.turns_at(history, clock), [self.happenings], history, clock)
        if self.matches(history, clock):
            return f"until {wait}" if wait else ""
        needed = f"the {self.measure.name} {short_of(self.tests, self._value(history, clock), clock)}"
        return needed + (f", or wait: not before {wait}" if wait else "")

    def turned_by(self) -> tuple[Happenings, ...]:
        """Its events."""
        return (self.happenings,)

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """When events come into the window or go out of it, so that the number passes the tests or does not."""
        return self.happenings.turns(history, clock, lambda counted: self._holds(counted, clock))

    def _value(self, history: History, clock: Clock) -> float | None:
        return self._of(self.happenings.of(history, clock))

    def _of(self, counted: Iterable[Happened]) -> float | None:
        values = [event.value(self.read) for event in counted]
        there = [value for value in values if value is not None]
        return self.measure.of(there) if there else None


def read_aggregate(measure: Measure, given: MeasuredFields, place: Place, reader: Reader) -> Condition | None:
    """A measure's fields as a condition."""
    before = len(reader.problems)
    name = str(getattr(given, measure.name))
    kind = reader.property_type(name, (*place, measure.name))
    wanted = measure.reads or kind or ValueType.TEXT
    if kind is ValueType.TEXTS:
        reader.problem((*place, measure.name), f"'{name}' is a list, which has no {measure.name}")
    elif kind and kind is not wanted:
        reader.problem((*place, measure.name), f"'{name}' is {kind}: only numbers have a {measure.name}")
    happenings = reader.happenings(given.of, given.where, given.within, place, "of")
    tests = reader.tests(given.is_, (*place, "is"), ValueType.NUMBER, may_be_missing=False)
    if len(reader.problems) > before or happenings is None:
        return None
    return Aggregate(measure, Read(name, wanted), happenings, tests)


def reader_of(measure: Measure) -> Callable[[MeasuredFields, Place, Reader], Condition | None]:
    """What an operator's `read` is, for a measure."""
    return partial(read_aggregate, measure)


def numbers(values: Sequence[Value]) -> list[float]:
    """The values as numbers; a measure reads nothing else."""
    return [float(value) for value in values if isinstance(value, (int, float))]


def total_sql(value: exp.Expr) -> exp.Expr:
    """The exact sum, as a number; NULL without values."""
    return exp.replace_placeholders(parse(exact.total_sql(":value")), value=value)


def count_sql(value: exp.Expr) -> exp.Expr:
    """How many values `total_sql` adds up."""
    return exp.replace_placeholders(parse(exact.count_sql(":value")), value=value)
