"""A value that is true (or, with `false`, is false): a missing one is neither."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.values import Boolean, ValueType
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literal


class Fields(Declaration):
    """The operand."""

    is_true: Boolean = Field(description="true or false.")


class IsTrue(Comparison[bool, bool]):
    """Truth values."""

    fields = Fields
    examples = (
        Example(
            {"trait": "is_member", "is": {"is_true": True}},
            "trait is_member is true",
            person(is_member=True),
            True,
        ),
        Example(
            {"trait": "is_member", "is": {"is_true": True}},
            "trait is_member is true",
            person(is_member=False),
            False,
        ),
        Example(
            {"trait": "is_member", "is": {"is_true": False}},
            "trait is_member is false",
            person(is_member=False),
            True,
        ),
        Example(
            {"trait": "is_member", "is": {"is_true": False}}, "trait is_member is false", person(), False
        ),
    )

    def reads(self, operand: bool) -> ValueType:
        """The type of value that can pass."""
        return ValueType.BOOLEAN

    def to_sql(self, value: exp.Expr, operand: bool, clock: Clock) -> exp.Expr:
        """In SQL."""
        return value.eq(literal(operand))

    def holds(self, value: bool, operand: bool, clock: Clock) -> bool:
        """In Python."""
        return value is operand

    def describe(self, operand: bool) -> str:
        """In words."""
        return "is true" if operand else "is false"


COMPARISON = IsTrue()
