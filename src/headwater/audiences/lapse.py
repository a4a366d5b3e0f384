"""When events pass out of a window as time goes by, and when that turns an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headwater.audiences.history import Happened
from headwater.audiences.values import show, show_name
from headwater.audiences.within import Within
from headwater.core.clock import Clock, back

_TICK = timedelta(microseconds=1)
_LONGEST = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 31, "years": 366}
MOST_TRIED = 500
"""Of more events than these, the newest tell nothing that a person would wait for."""


@dataclass(frozen=True)
class Lapse:
    """An event that passes out of a window at an instant: the first at which it does not count."""

    event: Happened
    at: datetime
    within: Within

    def describe(self, word: str) -> str:
        """In words, after `word`: until, before, not before."""
        did = f"the {show_name(self.event.event)} of {show(self.event.occurred_at)}"
        return f"{word} {show(self.at)}, when {did} is no longer {self.within.describe()}"


def first_lapse(events: Sequence[Happened], within: Within, clock: Clock) -> Lapse | None:
    """The first of these events to pass out of the window; None if none ever does."""
    if not events or not within.last:
        return None
    oldest = min(events, key=lambda event: event.occurred_at)
    return Lapse(oldest, _out_at(oldest.occurred_at, *within.last, clock), within)


def next_lapse(
    holds: Callable[[Sequence[Happened]], bool], events: Sequence[Happened], within: Within, clock: Clock
) -> Lapse | None:
    """The event whose passing out of the window is the first to turn an answer; None if none does.

    `holds`: the answer for the events still in the window.
    """
    if not events or not within.last:
        return None
    ordered = sorted(events, key=lambda event: event.occurred_at)
    answer = holds(ordered)
    for number, event in enumerate(ordered[:MOST_TRIED], start=1):
        if number < len(ordered) and ordered[number].occurred_at == event.occurred_at:
            continue  # they pass out together
        if holds(ordered[number:]) != answer:
            return Lapse(event, _out_at(event.occurred_at, *within.last, clock), within)
    return None


def _out_at(moment: datetime, amount: int, unit: str, clock: Clock) -> datetime:
    """The first instant at which the window of the last `amount` units no longer holds a moment: its start is open."""
    low = moment
    high = moment + timedelta(days=_LONGEST[unit] * amount + 3)
    while high - low > _TICK:
        middle = low + (high - low) / 2
        if back(middle, amount, unit, clock.zone) >= moment:
            high = middle
        else:
            low = middle
    return high
