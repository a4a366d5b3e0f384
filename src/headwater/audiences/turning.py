"""When answers about one profile can turn though nothing more happens: the instants that conditions name, tried in order.

What only time changes: whether a window holds an event, and how a moment like `30 days ago` compares with a value. Each
condition names all instants after now at which it may turn, perhaps more than those; `first_turn` asks it at each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from headwater.audiences.comparison import Test
from headwater.audiences.crossing import crossings, period_starts
from headwater.audiences.history import History
from headwater.audiences.values import Value, ValueType, is_relative, relative_amount
from headwater.audiences.within import Within
from headwater.core.clock import Clock

MOST_LOOKED_AT = 500_000
"""Events that are looked at, again at each instant: of more, it is not known when the answer turns."""
LAST_YEAR = 9000  # moments counted from later ones may lie outside the calendar
_TICK = timedelta(microseconds=1)


def first_turn(
    holds: Callable[[History, Clock], bool], edges: Iterable[datetime], history: History, clock: Clock
) -> datetime | None:
    """The first of these instants at which the answer is another one than now; None if it is at none of them.

    Args:
        holds: the answer for a history at a clock's present.
        edges: all instants after now at which it may turn, in any order.
        history: without events after now.
        clock: what now is.
    """
    answer = holds(history, clock)
    most = MOST_LOOKED_AT // (len(history.events) + 1)
    for at in sorted(set(edges))[:most]:
        if at > clock.now() and at.year <= LAST_YEAR and holds(history, Clock(clock.zone, at)) != answer:
            return at
    return None


def edges_of_window(within: Within, moment: datetime, clock: Clock) -> Iterator[datetime]:
    """When a window can let a moment in or out."""
    span, period = within.last or within.more_than_ago, within.this or within.previous
    if span:
        yield from crossings(moment, *span, clock)
    elif period:
        yield from period_starts(moment, period, clock)
    for end in (within.since, within.until):
        yield from _passings(end, moment, clock)


def edges_of_test(test: Test, value: Value, clock: Clock) -> Iterator[datetime]:
    """When a test can begin or cease to hold for a value: only a moment counted from the present makes it do so."""
    if test.type is ValueType.INSTANT and isinstance(value, datetime):
        for operand in test.operand if isinstance(test.operand, tuple) else (test.operand,):
            yield from _passings(operand, value, clock)


def _passings(moment: object, instant: datetime, clock: Clock) -> Iterator[datetime]:
    """When a moment like `30 days ago` comes to an instant, and when it has passed it."""
    if isinstance(moment, str) and is_relative(moment):
        amount, unit = relative_amount(moment)
        yield from crossings(instant, amount, unit, clock)
        if instant < datetime.max.replace(tzinfo=instant.tzinfo):
            yield from crossings(instant + _TICK, amount, unit, clock)
