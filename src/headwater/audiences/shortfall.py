"""By how much a value fails tests, in words."""

from __future__ import annotations

from headwater.audiences.comparison import Test
from headwater.audiences.values import Value, show, typed
from headwater.core.clock import Clock


def short_of(tests: tuple[Test, ...], value: Value, clock: Clock) -> str:
    """What the value would have to be, where a test fails: "would have to be at least 100: 20 more"."""
    failing = [test for test in tests if not test.holds(typed(value, test.type), clock)]
    return "would have to be so: " + " and ".join(_needed(test, value) for test in failing)


def _needed(test: Test, value: Value) -> str:
    by = _distance(test, value)
    return test.describe() + (
        f" ({show(abs(round(by, 6)))} {'more' if by >= 0 else 'less'})" if by is not None else ""
    )


def _distance(test: Test, value: Value) -> float | None:
    """How much must be added to a number to come to the edge of what passes; None if there is no such edge."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    edges = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    numbers = [each for each in edges if isinstance(each, (int, float)) and not isinstance(each, bool)]
    if test.comparison not in ("at_least", "at_most", "between", "equals") or len(numbers) != len(edges):
        return None
    return min((edge - value for edge in numbers), key=abs)
