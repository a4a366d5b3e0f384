"""A list that holds at least one of these texts, case sensitively: `interests`, `contains_any: [coffee, tea]`."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.values import Texts, ValueType, show
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literals

_RULE: dict[str, object] = {"trait": "interests", "is": {"contains_any": ["coffee", "tea"]}}
_TEXT = 'trait interests contains any of ("coffee", "tea")'


class Fields(Declaration):
    """The operand."""

    contains_any: Texts = Field(
        description="The texts of which the list must hold at least one; at most 10,000."
    )


class ContainsAny(Comparison[tuple[str, ...], tuple[str, ...]]):
    """Lists that share a text with the operand."""

    fields = Fields
    examples = (
        Example(_RULE, _TEXT, person(interests=("books", "tea")), True),
        Example(_RULE, _TEXT, person(interests=("Tea", "books")), False),
        Example(_RULE, _TEXT, person(interests=()), False),
        Example(_RULE, _TEXT, person(), False),
    )

    def reads(self, operand: tuple[str, ...]) -> ValueType:
        """The type of value that can pass."""
        return ValueType.TEXTS

    def to_sql(self, value: exp.Expr, operand: tuple[str, ...], clock: Clock) -> exp.Expr:
        """In SQL."""
        return exp.ArrayOverlaps(this=value, expression=literals(operand))

    def holds(self, value: tuple[str, ...], operand: tuple[str, ...], clock: Clock) -> bool:
        """In Python."""
        return not set(operand).isdisjoint(value)

    def describe(self, operand: tuple[str, ...]) -> str:
        """In words."""
        return f"contains any of ({show(operand)})"


COMPARISON = ContainsAny()
