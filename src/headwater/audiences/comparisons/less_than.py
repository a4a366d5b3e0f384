"""A number that is less than this one."""

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

    less_than: Number = Field(description="What the number is less than.")


class LessThan(Comparison[float, float]):
    """Numbers that are less than the operand."""

    fields = Fields
    examples = (
        Example(
            {"trait": "age", "is": {"less_than": 18}}, "trait age is less than 18", person(age=17.99), True
        ),
        Example(
            {"trait": "age", "is": {"less_than": 18}}, "trait age is less than 18", person(age=18), False
        ),
    )

    def reads(self, operand: float) -> ValueType:
        """The type of value that can pass."""
        return ValueType.NUMBER

    def to_sql(self, value: exp.Expr, operand: float, clock: Clock) -> exp.Expr:
        """In SQL."""
        return value < literal(operand)

    def holds(self, value: float, operand: float, clock: Clock) -> bool:
        """In Python."""
        return value < operand

    def describe(self, operand: float) -> str:
        """In words."""
        return f"is less than {show(operand)}"


COMPARISON = LessThan()
