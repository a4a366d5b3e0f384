"""A list that holds every one of these texts, case sensitively: `interests`, `contains_all: [coffee, tea]`."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.values import Texts, ValueType, show
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literals

_RULE: dict[str, object] = {"trait": "interests", "is": {"contains_all": ["coffee", "tea"]}}
_TEXT = 'trait interests contains all of ("coffee", "tea")'


class Fields(Declaration):
    """The operand."""

    contains_all: Texts = Field(description="The texts that the list must hold; at most 10,000.")


class ContainsAll(Comparison[tuple[str, ...], tuple[str, ...]]):
    """Lists that hold the whole operand, and whatever else."""

    fields = Fields
    examples = (
        Example(_RULE, _TEXT, person(interests=("books", "coffee", "tea")), True),
        Example(_RULE, _TEXT, person(interests=("books", "tea")), False),
        Example(_RULE, _TEXT, person(interests=("Coffee", "tea")), False),
        Example(_RULE, _TEXT, person(), False),
    )

    def reads(self, operand: tuple[str, ...]) -> ValueType:
        """The type of value that can pass."""
        return ValueType.TEXTS

    def to_sql(self, value: exp.Expr, operand: tuple[str, ...], clock: Clock) -> exp.Expr:
        """In SQL."""
        return exp.ArrayContainsAll(this=value, expression=literals(operand))

    def holds(self, value: tuple[str, ...], operand: tuple[str, ...], clock: Clock) -> bool:
        """In Python."""
        return set(operand).issubset(value)

    def describe(self, operand: tuple[str, ...]) -> str:
        """In words."""
        return f"contains all of ({show(operand)})"


COMPARISON = ContainsAll()
