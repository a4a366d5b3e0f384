"""What passing time does to the events that a condition counts, in words: which one comes in or goes out, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from headwater.audiences.happenings import Happenings
from headwater.audiences.history import Happened, History
from headwater.audiences.values import show, show_name
from headwater.core.clock import Clock

_TICK = timedelta(microseconds=1)
_MOST_TRIED = 100


def when(at: datetime | None, counted: Sequence[Happenings], history: History, clock: Clock) -> str:
    """An instant after now with the event that comes in or goes out then; empty for none."""
    if at is None:
        return ""
    before, then = Clock(clock.zone, at - _TICK), Clock(clock.zone, at)
    for each in counted:
        for event in _differing(each, history.until(clock.now()), before, then):
            did = f"the {show_name(event.event)} of {show(event.occurred_at)}"
            return f"{show(at)}, when {did} {_how(each, event, before, then)}"
    return show(at)


def first_loss(counted: Happenings, history: History, clock: Clock) -> datetime | None:
    """When the first of the events that count now does not any more; None: never, or not known."""
    past = history.until(clock.now())
    now = list(counted.of(past, clock))
    if not now:
        return None
    for at in islice(sorted(set(counted.edges(past, clock))), _MOST_TRIED):
        then = {id(event) for event in counted.of(past, Clock(clock.zone, at))}
        if any(id(event) not in then for event in now):
            return at
    return None


def _differing(counted: Happenings, history: History, before: Clock, then: Clock) -> Iterator[Happened]:
    """The events that count at one of two presents only, the oldest first."""
    was, now = ({id(event) for event in counted.of(history, each)} for each in (before, then))
    for event in sorted(history.events, key=lambda event: event.occurred_at):
        if (id(event) in was) != (id(event) in now):
            yield event


def _how(counted: Happenings, event: Happened, before: Clock, then: Clock) -> str:
    """What becomes of an event: by the window, or by what else is asked of its moment."""
    was, now = (counted.within.window(each).holds(event.occurred_at) for each in (before, then))
    if was == now:
        return "begins to count" if event in counted.of(History((event,)), then) else "no longer counts"
    return f"is {'' if now else 'no longer '}{counted.within.describe()}"
