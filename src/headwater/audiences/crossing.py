"""When a moment that is counted from the present passes an instant: when "30 days ago" comes to the first of June.

Such a moment moves with the present, but not always forward. Where clocks are put back an hour comes twice; and on each of
the last days of March "1 month ago" is the 28th of February, from its morning to its evening. So it can pass one instant
several times. Between the *breaks*, at which it leaps, it moves at the pace of the present, so that each passing is found by
a sum and none is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from headwater.core.clock import ELAPSED_UNITS, Clock, back, beginning, offsets

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)
# Where in time the passings lie, seen from the same day of another month: it may be the last one of a shorter month.
_EARLIEST, _LATEST = timedelta(days=2), timedelta(days=5)


def crossings(instant: datetime, amount: int, unit: str, clock: Clock) -> list[datetime]:
    """The instants after now at which `back(now, amount, unit)` passes an instant, ascending.

    From each on it is at the instant or after it, or is not any more. `amount` may be negative. None outside the calendar.
    """
    try:
        found = list(_passings(instant, amount, unit, clock.zone))
    except OverflowError:
        return []
    return [each for each in found if each > clock.now()]


def period_starts(instant: datetime, period: str, clock: Clock) -> list[datetime]:
    """The instants after now at which the period after that of an instant may begin, and the one after that."""
    begin = [beginning(instant, period, clock.zone, before=-ahead) for ahead in (1, 2)]
    return _after_now((each for first in begin for each in (first, *_changes_near(first, clock.zone))), clock)


def day_starts(day: date, clock: Clock) -> list[datetime]:
    """The instants after now at which a day of the clock's zone may begin."""
    midnights = list(_instants(day, time(), clock.zone))
    return _after_now((*midnights, *_changes_near(midnights[0], clock.zone)), clock)


def _after_now(found: Iterator[datetime] | tuple[datetime, ...], clock: Clock) -> list[datetime]:
    return sorted({each for each in found if each > clock.now()})


def _passings(instant: datetime, amount: int, unit: str, zone: tzinfo) -> Iterator[datetime]:
    if unit in ELAPSED_UNITS:
        yield instant.astimezone(UTC) + amount * ELAPSED_UNITS[unit]
        return
    near = back(instant, -amount, unit, zone)
    breaks = _breaks(near - _EARLIEST, near + _LATEST, amount, unit, zone)
    for begin, end in pairwise(breaks):
        moment = back(begin, amount, unit, zone)
        if (moment >= instant) != (back(begin - _TICK, amount, unit, zone) >= instant):
            yield begin
        at = instant + (begin - moment)
        if begin < at < end:
            yield at.astimezone(UTC)


def _breaks(first: datetime, last: datetime, amount: int, unit: str, zone: tzinfo) -> list[datetime]:
    """Instants from the first to the last, at some of which the moment leaps; between them it does not."""
    found = {first, last, *(each.since for each in offsets(zone, first, last)[1:])}
    times = set(_times_of_leaps(back(first, amount, unit, zone), back(last, amount, unit, zone), zone))
    if unit in ("months", "years"):
        times.add(time())  # at midnight it may be the last day of its month once more
    if times:
        begin, n_days = first.astimezone(zone).date(), (last - first).days + 2
        for day in (begin + n * _DAY for n in range(n_days)):
            found.update(each for of_day in times for each in _instants(day, of_day, zone))
    return sorted(each for each in found if first <= each <= last)


def _times_of_leaps(first: datetime, last: datetime, zone: tzinfo) -> Iterator[time]:
    """The times of day, on the wall, from which on another offset holds for moments of these days."""
    for was, now in pairwise(offsets(zone, first - _DAY, last + _DAY)):
        yield (now.since + max(was.ahead, now.ahead)).time()


def _instants(day: date, of_day: time, zone: tzinfo) -> Iterator[datetime]:
    """A time on the wall as instants: it may come twice."""
    wall = datetime.combine(day, of_day, zone)
    for fold in (0, 1):
        yield wall.replace(fold=fold).astimezone(UTC)


def _changes_near(moment: datetime, zone: tzinfo) -> list[datetime]:
    """When the zone's clocks were changed, within a day of a moment."""
    return [each.since for each in offsets(zone, moment - _DAY, moment + _DAY)[1:]]
