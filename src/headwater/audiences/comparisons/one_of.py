"""The value is one of these, all of one type. Text is compared case sensitively."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.values import Scalars, Value, ValueType, show, type_of
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literal


class Fields(Declaration):
    """The operand."""

    one_of: Scalars = Field(
        description="The values it may be: text, numbers or true/false, of one type; at most 10,000."
    )


class OneOf(Comparison[Value, tuple[str | float | bool, ...]]):
    """Membership of a list."""

    fields = Fields
    examples = (
        Example(
            {"trait": "age", "is": {"one_of": ["25-34", "35-44"]}},
            'trait age is one of ("25-34", "35-44")',
            person(age="35-44"),
            True,
        ),
        Example(
            {"trait": "age", "is": {"one_of": ["25-34", "35-44"]}},
            'trait age is one of ("25-34", "35-44")',
            person(age="45-54"),
            False,
        ),
    )

    def reads(self, operand: tuple[str | float | bool, ...]) -> ValueType:
        """The type of value that can pass."""
        return type_of(operand)

    def to_sql(self, value: exp.Expr, operand: tuple[str | float | bool, ...], clock: Clock) -> exp.Expr:
        """In SQL."""
        return value.isin(*(literal(each) for each in operand))

    def holds(self, value: Value, operand: tuple[str | float | bool, ...], clock: Clock) -> bool:
        """In Python."""
        return value in operand

    def describe(self, operand: tuple[str | float | bool, ...]) -> str:
        """In words."""
        return f"is one of ({show(operand)})"


COMPARISON = OneOf()
