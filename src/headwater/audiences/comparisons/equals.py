"""The value is this one. Text is compared case sensitively; `25` and `"25"` differ, as a number and text do."""

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

    equals: Scalar = Field(description="The value it must be.")


class Equals(Comparison[Value, str | float | bool]):
    """Equal values of one type."""

    fields = Fields
    examples = (
        Example(
            {"trait": "first_name", "is": {"equals": "Ada"}},
            'trait first_name equals "Ada"',
            person(first_name="Ada"),
            True,
        ),
        Example(
            {"trait": "first_name", "is": {"equals": "Ada"}},
            'trait first_name equals "Ada"',
            person(first_name="ada"),
            False,
        ),
    )

    def reads(self, operand: str | float | bool) -> ValueType:
        """The type of value that can pass."""
        return type_of(operand)

    def to_sql(self, value: exp.Expr, operand: str | float | bool, clock: Clock) -> exp.Expr:
        """In SQL."""
        return value.eq(literal(operand))

    def holds(self, value: Value, operand: str | float | bool, clock: Clock) -> bool:
        """In Python."""
        return value == operand

    def describe(self, operand: str | float | bool) -> str:
        """In words."""
        return f"equals {show(operand)}"


COMPARISON = Equals()
