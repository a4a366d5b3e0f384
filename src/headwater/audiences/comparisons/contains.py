"""Text that holds this text anywhere, case sensitively."""

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

    contains: Text = Field(description="What the text holds.")


class Contains(Comparison[str, str]):
    """A part."""

    fields = Fields
    examples = (
        Example(
            {"trait": "motto", "is": {"contains": "100%"}},
            'trait motto contains "100%"',
            person(motto="at 100% now"),
            True,
        ),
        Example(
            {"trait": "motto", "is": {"contains": "100%"}},
            'trait motto contains "100%"',
            person(motto="at 1000 now"),
            False,
        ),
    )

    def reads(self, operand: str) -> ValueType:
        """The type of value that can pass."""
        return ValueType.TEXT

    def to_sql(self, value: exp.Expr, operand: str, clock: Clock) -> exp.Expr:
        """In SQL."""
        return exp.Contains(this=value, expression=literal(operand))

    def holds(self, value: str, operand: str, clock: Clock) -> bool:
        """In Python."""
        return operand in value

    def describe(self, operand: str) -> str:
        """In words."""
        return f"contains {show(operand)}"


COMPARISON = Contains()
