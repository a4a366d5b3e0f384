"""There is a value (true), or there is none (false). NaN and JSON null are no values; the empty text is one."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.values import Boolean, Value, ValueType
from headwater.core.clock import Clock
from headwater.core.documents import Declaration


class Fields(Declaration):
    """The operand."""

    exists: Boolean = Field(description="true: there is a value; false: there is none.")


class Exists(Comparison[Value, bool]):
    """The one comparison that sees missing values."""

    fields = Fields
    examples = (
        Example({"trait": "age", "is": {"exists": True}}, "trait age exists", person(age=""), True),
        Example({"trait": "age", "is": {"exists": True}}, "trait age exists", person(), False),
        Example({"trait": "age", "is": {"exists": False}}, "trait age does not exist", person(), True),
        Example({"trait": "age", "is": {"exists": False}}, "trait age does not exist", person(age=30), False),
    )

    def reads(self, operand: bool) -> ValueType:
        """The type of value that can pass."""
        return ValueType.ANY

    def to_sql(self, value: exp.Expr, operand: bool, clock: Clock) -> exp.Expr:
        """In SQL."""
        is_missing = value.is_(exp.Null())
        return exp.not_(is_missing) if operand else is_missing

    def holds(self, value: Value, operand: bool, clock: Clock) -> bool:
        """In Python."""
        return (value is not None) is operand

    def describe(self, operand: bool) -> str:
        """In words."""
        return "exists" if operand else "does not exist"


COMPARISON = Exists()
