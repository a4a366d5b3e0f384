"""Text in which an RE2 pattern is found anywhere, case sensitively unless the pattern begins with `(?i)`.

`^` and `$` are the beginning and the end of the text, `.` is any character but a line break. RE2 reads a text once, in time
proportional to its length; so there are no back references and no look-around.
"""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.comparison import Comparison
from headwater.audiences.example import Example, person
from headwater.audiences.patterns import PATTERN_FUNCTION, Pattern, compiled
from headwater.audiences.values import ValueType, show
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.engine.query import literal


class Fields(Declaration):
    """The operand."""

    matches: Pattern = Field(
        description="A regular expression in RE2 syntax, searched anywhere in the text; (?i) ignores case."
    )


class Matches(Comparison[str, str]):
    """A pattern."""

    fields = Fields
    examples = (
        Example(
            {"trait": "phone", "is": {"matches": "^49[0-9]+$"}},
            'trait phone matches "^49[0-9]+$"',
            person(phone="4930123"),
            True,
        ),
        Example(
            {"trait": "phone", "is": {"matches": "^49[0-9]+$"}},
            'trait phone matches "^49[0-9]+$"',
            person(phone="4930123\n"),
            False,
        ),
        Example(
            {"trait": "motto", "is": {"matches": "sal[et]"}},
            'trait motto matches "sal[et]"',
            person(motto="SALE"),
            False,
        ),
        Example(
            {"trait": "motto", "is": {"matches": "(?i)sal[et]"}},
            'trait motto matches "(?i)sal[et]"',
            person(motto="the SALE"),
            True,
        ),
    )

    def reads(self, operand: str) -> ValueType:
        """The type of value that can pass."""
        return ValueType.TEXT

    def to_sql(self, value: exp.Expr, operand: str, clock: Clock) -> exp.Expr:
        """In SQL."""
        return exp.Anonymous(this=PATTERN_FUNCTION, expressions=[value, literal(operand)])

    def holds(self, value: str, operand: str, clock: Clock) -> bool:
        """In Python."""
        return compiled(operand).search(value) is not None

    def describe(self, operand: str) -> str:
        """In words."""
        return f"matches {show(operand)}"


COMPARISON = Matches()
