"""A number that is greater than this one."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.values import Number, ValueType, show
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literal


class Fields(Declaration):
    """The operand."""

    greater_than: Number = Field(description="What the number is greater than.")


class GreaterThan(Comparison[float, float]):
    """Numbers that are greater than the operand."""

    fields = Fields
    examples = (
        Example(
            {"trait": "age", "is": {"greater_than": 18}},
            "trait age is greater than 18",
            person(age=18.01),
            True,
        ),
        Example(
            {"trait": "age", "is": {"greater_than": 18}},
            "trait age is greater than 18",
            person(age=18),
            False,
        ),
    )

    def reads(self, operand: float) -> ValueType:
        """The type of value that can pass."""
        return ValueType.NUMBER

    def to_sql(self, value: exp.Expr, operand: float, clock: Clock) -> exp.Expr:
        """In SQL."""
        return value > literal(operand)

    def holds(self, value: float, operand: float, clock: Clock) -> bool:
        """In Python."""
        return value > operand

    def describe(self, operand: float) -> str:
        """In words."""
        return f"is greater than {show(operand)}"


COMPARISON = GreaterThan()
