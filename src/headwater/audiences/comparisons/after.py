"""An instant after this one, itself not included. A date is its first moment in the project's time zone; a moment like
`30 days ago` or `in 7 days` is counted from now.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import CLOCK, Example, person
from headwater.audiences.values import Moment, ValueType, first_moment
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literal


class Fields(Declaration):
    """The operand."""

    after: Moment = Field(
        description="A date or date-time (without an offset in the project's zone), or like 30 days ago or in 7 days."
    )


class After(Comparison[datetime, str]):
    """Instants after the operand."""

    fields = Fields
    examples = (
        Example(
            {"trait": "signed_up", "is": {"after": "2017-06-01"}},
            "trait signed_up is after 2017-06-01",
            person(signed_up=datetime(2017, 6, 1, 0, 0, 1, tzinfo=UTC)),
            True,
        ),
        Example(
            {"trait": "signed_up", "is": {"after": "2017-06-01"}},
            "trait signed_up is after 2017-06-01",
            person(signed_up=datetime(2017, 6, 1, tzinfo=UTC)),
            False,
        ),
        Example(
            {"trait": "signed_up", "is": {"after": "30 days ago"}},
            "trait signed_up is after 30 days ago",
            person(signed_up=CLOCK.now() - timedelta(days=29)),
            True,
        ),
        Example(
            {"trait": "signed_up", "is": {"after": "30 days ago"}},
            "trait signed_up is after 30 days ago",
            person(signed_up=CLOCK.now() - timedelta(days=30)),
            False,
        ),
    )

    def reads(self, operand: str) -> ValueType:
        """The type of value that can pass."""
        return ValueType.INSTANT

    def to_sql(self, value: exp.Expr, operand: str, clock: Clock) -> exp.Expr:
        """In SQL."""
        return value > literal(first_moment(operand, clock))

    def holds(self, value: datetime, operand: str, clock: Clock) -> bool:
        """In Python."""
        return value > first_moment(operand, clock)

    def describe(self, operand: str) -> str:
        """In words."""
        return f"is after {operand}"


COMPARISON = After()
