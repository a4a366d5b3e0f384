"""The contract of comparisons, and `Test`: a comparison with what it compares to, as rules hold it.

A new comparison is a new file in `comparisons/`: a class with its field, and the instance `COMPARISON`. A missing
value passes no test (`not_equals` neither); only `exists` sees it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar, cast

from sqlglot import exp

from headwater.audiences.example import Example
from headwater.audiences.values import Operand, Value, ValueType, is_relative, plain
from headwater.core.clock import Clock
from headwater.core.documents import Declaration
from headwater.core.plugins import discover

V = TypeVar("V", bound=Value)
O = TypeVar("O", bound=Operand)  # noqa: E741 - what is compared to


class Comparison(ABC, Generic[V, O]):
    """One way to compare a value V with an operand O.

    Attributes:
        fields: a declaration with one field, named like the file, that reads the operand.
        examples: rules with this comparison, and what they say of a person; the contract kit runs them.
    """

    fields: ClassVar[type[Declaration]]
    examples: ClassVar[tuple[Example, ...]]

    @abstractmethod
    def reads(self, operand: O) -> ValueType:
        """The type of value that can pass; any other counts as missing."""

    @abstractmethod
    def to_sql(self, value: exp.Expr, operand: O, clock: Clock) -> exp.Expr:
        """Whether a value passes, in SQL; NULL counts as no."""

    @abstractmethod
    def holds(self, value: V, operand: O, clock: Clock) -> bool:
        """Whether a value passes; None is handed in only when `reads` gives ANY."""

    @abstractmethod
    def describe(self, operand: O) -> str:
        """In words, to stand behind the name of what is compared."""


def comparisons() -> Mapping[str, Comparison[Any, Any]]:
    """Every comparison by name."""
    return cast(
        "Mapping[str, Comparison[Any, Any]]", discover("headwater.audiences.comparisons", "COMPARISON")
    )


@dataclass(frozen=True, order=True)
class Test:
    """A comparison with its operand. `type` is the type of value it reads, which tells 1 from true."""

    __test__ = False  # for pytest: no test case

    comparison: str
    type: ValueType
    operand: Operand

    @cached_property
    def is_moving(self) -> bool:
        """Whether the same value may pass at one time and not at another: it is compared with a moment like `30 days ago`."""
        operands = self.operand if isinstance(self.operand, tuple) else (self.operand,)
        return any(isinstance(each, str) and is_relative(each) for each in operands)

    def to_sql(self, value: exp.Expr, clock: Clock) -> exp.Expr:
        """Whether a value passes, in SQL."""
        return comparisons()[self.comparison].to_sql(value.copy(), self.operand, clock)

    def holds(self, value: Value, clock: Clock) -> bool:
        """Whether a value passes; a missing one only where the comparison asks for missing ones."""
        if value is None and self.type is not ValueType.ANY:
            return False
        return self._comparison.holds(value, self.operand, clock)

    @cached_property  # asked for with every event
    def _comparison(self) -> Comparison[Any, Any]:
        return comparisons()[self.comparison]

    def describe(self) -> str:
        """In words."""
        return comparisons()[self.comparison].describe(self.operand)


def tests_data(tests: tuple[Test, ...]) -> dict[str, object]:
    """Tests as YAML says them."""
    return {test.comparison: plain(test.operand) for test in tests}
