"""By how much a value fails tests, or a number of times is too small or too great, in words."""

from __future__ import annotations

from collections.abc import Callable

from headwater.audiences.comparison import Test
from headwater.audiences.counting import Times
from headwater.audiences.values import Value, show, typed
from headwater.core.clock import Clock


def short_of(tests: tuple[Test, ...], value: Value, clock: Clock) -> str:
    """What the value would have to be, where a test fails: "would have to be at least 100: 20 more"."""
    failing = [test for test in tests if not test.holds(typed(value, test.type), clock)]
    return "would have to be so: " + " and ".join(_needed(test, value) for test in failing)


def too_few_or_many(
    times: Times, n: int, more: Callable[[int], str], *, wait: str, before: str = "", is_open: bool = True
) -> str:
    """What would turn the answer of a count.

    Args:
        times: how often it must be.
        n: how often it is.
        more: so many more of what is counted, in words.
        wait: when the answer turns by itself; empty: never, or not known.
        before: when the first of what is there will not count any more; empty: never.
        is_open: whether what happens now counts.
    """
    missing = times.number - n
    if times.holds(n):
        ends = f"{more(missing + 1)} would end it" if times.bound != "at_least" and is_open else ""
        return "; ".join(part for part in (ends, f"until {wait}" if wait else "") if part)
    if wait and (missing < 0 or not is_open):
        return f"not before {wait}"
    if missing < 0:
        return f"{-missing} too many"
    needed = more(missing) + (f" before {before}" if before else "")
    needed += "" if is_open else " (what happens now does not count)"
    return needed + (f", or wait: not before {wait}" if wait else "")


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
