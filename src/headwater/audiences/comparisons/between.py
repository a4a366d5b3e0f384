"""A number or an instant from the first to the second, both included.

A date at the end means to the last moment of that day in the project's time zone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.values import Span, ValueType, first_moment, last_moment, show, type_of
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literal


class Fields(Declaration):
    """The operand."""

    between: Span = Field(
        description="The first and the last: two numbers, dates, date-times or moments like 30 days ago."
    )


class Between(Comparison[float | datetime, tuple[float, ...] | tuple[str, ...]]):
    """A closed stretch."""

    fields = Fields
    examples = (
        Example(
            {"trait": "age", "is": {"between": [18, 30]}},
            "trait age is between 18 and 30",
            person(age=30),
            True,
        ),
        Example(
            {"trait": "age", "is": {"between": [18, 30]}},
            "trait age is between 18 and 30",
            person(age=30.5),
            False,
        ),
        Example(
            {"trait": "signed_up", "is": {"between": ["2017-06-01", "2017-06-30"]}},
            'trait signed_up is between "2017-06-01" and "2017-06-30"',
            person(signed_up=datetime(2017, 6, 30, 23, tzinfo=UTC)),
            True,
        ),
        Example(
            {"trait": "signed_up", "is": {"between": ["2017-06-01", "2017-06-30"]}},
            'trait signed_up is between "2017-06-01" and "2017-06-30"',
            person(signed_up=datetime(2017, 7, 1, tzinfo=UTC)),
            False,
        ),
    )

    def reads(self, operand: tuple[float, ...] | tuple[str, ...]) -> ValueType:
        """The type of value that can pass."""
        return ValueType.INSTANT if type_of(operand) is ValueType.TEXT else ValueType.NUMBER

    def to_sql(self, value: exp.Expr, operand: tuple[float, ...] | tuple[str, ...], clock: Clock) -> exp.Expr:
        """In SQL."""
        first, last = _ends(operand, clock)
        return exp.and_(value.copy() >= literal(first), value.copy() <= literal(last))

    def holds(
        self, value: float | datetime, operand: tuple[float, ...] | tuple[str, ...], clock: Clock
    ) -> bool:
        """In Python."""
        first, last = _ends(operand, clock)
        return first <= value <= last  # type: ignore[operator]  # of one type: see reads

    def describe(self, operand: tuple[float, ...] | tuple[str, ...]) -> str:
        """In words."""
        return f"is between {show(operand[0])} and {show(operand[1])}"


def _ends(
    operand: tuple[float, ...] | tuple[str, ...], clock: Clock
) -> tuple[float | datetime, float | datetime]:
    """The two ends as values."""
    first, last = operand
    if isinstance(first, str) and isinstance(last, str):
        return first_moment(first, clock), last_moment(last, clock)
    return float(first), float(last)


COMPARISON = Between()
