"""A number that is at most this one."""

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

    at_most: Number = Field(description="What the number is at most.")


class AtMost(Comparison[float, float]):
    """Numbers that are at most the operand."""

    fields = Fields
    examples = (
        Example({"trait": "age", "is": {"at_most": 18}}, "trait age is at most 18", person(age=18), True),
        Example({"trait": "age", "is": {"at_most": 18}}, "trait age is at most 18", person(age=18.01), False),
    )

    def reads(self, operand: float) -> ValueType:
        """The type of value that can pass."""
        return ValueType.NUMBER

    def to_sql(self, value: exp.Expr, operand: float, clock: Clock) -> exp.Expr:
        """In SQL."""
        return value <= literal(operand)

    def holds(self, value: float, operand: float, clock: Clock) -> bool:
        """In Python."""
        return value <= operand

    def describe(self, operand: float) -> str:
        """In words."""
        return f"is at most {show(operand)}"


COMPARISON = AtMost()
