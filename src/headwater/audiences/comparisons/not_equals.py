"""There is a value, and it is another: a missing value does not pass. Text is compared case sensitively."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.values import Scalar, Value, ValueType, show, type_of
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literal


class Fields(Declaration):
    """The operand."""

    not_equals: Scalar = Field(description="The value it must not be.")


class NotEquals(Comparison[Value, str | float | bool]):
    """Different values of one type."""

    fields = Fields
    examples = (
        Example(
            {"trait": "age", "is": {"not_equals": 30}}, "trait age does not equal 30", person(age=31), True
        ),
        Example(
            {"trait": "age", "is": {"not_equals": 30}}, "trait age does not equal 30", person(age=30), False
        ),
        Example(
            {"trait": "age", "is": {"not_equals": 30}}, "trait age does not equal 30", person(age=29.5), True
        ),
        Example({"trait": "age", "is": {"not_equals": 30}}, "trait age does not equal 30", person(), False),
    )

    def reads(self, operand: str | float | bool) -> ValueType:
        """The type of value that can pass."""
        return type_of(operand)

    def to_sql(self, value: exp.Expr, operand: str | float | bool, clock: Clock) -> exp.Expr:
        """In SQL."""
        return value.neq(literal(operand))

    def holds(self, value: Value, operand: str | float | bool, clock: Clock) -> bool:
        """In Python."""
        return value != operand

    def describe(self, operand: str | float | bool) -> str:
        """In words."""
        return f"does not equal {show(operand)}"


COMPARISON = NotEquals()
