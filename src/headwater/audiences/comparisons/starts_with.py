"""Text that begins with this text, case sensitively."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.values import Text, ValueType, show
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literal


class Fields(Declaration):
    """The operand."""

    starts_with: Text = Field(description="How the text begins.")


class StartsWith(Comparison[str, str]):
    """A prefix."""

    fields = Fields
    examples = (
        Example(
            {"trait": "postcode", "is": {"starts_with": "10"}},
            'trait postcode starts with "10"',
            person(postcode="1010"),
            True,
        ),
        Example(
            {"trait": "postcode", "is": {"starts_with": "10"}},
            'trait postcode starts with "10"',
            person(postcode="2010"),
            False,
        ),
    )

    def reads(self, operand: str) -> ValueType:
        """The type of value that can pass."""
        return ValueType.TEXT

    def to_sql(self, value: exp.Expr, operand: str, clock: Clock) -> exp.Expr:
        """In SQL."""
        return exp.StartsWith(this=value, expression=literal(operand))

    def holds(self, value: str, operand: str, clock: Clock) -> bool:
        """In Python."""
        return value.startswith(operand)

    def describe(self, operand: str) -> str:
        """In words."""
        return f"starts with {show(operand)}"


COMPARISON = StartsWith()
