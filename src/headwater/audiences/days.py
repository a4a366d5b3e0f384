"""Calendar days of the project's time zone: on which one an instant falls, in SQL, in Python and over columns.

No engine's own time zone arithmetic decides: the zone's changes are found once, in Python, and all three work from the
same list of them. Days are numbers here, counted from the first of January 1970; in SQL they are of type DATE.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from headwater.audiences.columns.rows import micros
from headwater.audiences.columns.segment import Instants
from headwater.core.clock import Clock, Offset, Window, offsets
from headwater.engine.query import literal

Days = npt.NDArray[np.int64]
_FIRST = datetime(1800, 1, 1, tzinfo=UTC)  # before the first zone had a standard time
_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000  # microseconds
_MICROSECOND = timedelta(microseconds=1)


def day_of(moment: datetime, clock: Clock) -> int:
    """The day of an instant that is not after now.

    >>> day_of(datetime(1970, 1, 2, 12, tzinfo=UTC), Clock())
    1
    """
    known = _offsets(clock)
    place = bisect_right(known, moment, key=lambda each: each.since) - 1
    return (micros(moment) + known[max(place, 0)].ahead // _MICROSECOND) // _DAY


def today(clock: Clock) -> int:
    """The present day."""
    return day_of(clock.now(), clock)


def date_of(day: int) -> date:
    """A day as a date.

    >>> date_of(1).isoformat()
    '1970-01-02'
    """
    return _EPOCH + timedelta(days=day)


def days_of(at: Instants, clock: Clock) -> Days:
    """The days of instants in microseconds since 1970 UTC, none after now; shape of `at`."""
    known = _offsets(clock)
    ahead = np.array([each.ahead // _MICROSECOND for each in known], dtype=np.int64)
    changes = np.array([micros(each.since) for each in known[1:]], dtype=np.int64)
    return np.asarray((at + ahead[np.searchsorted(changes, at, "right")]) // _DAY, dtype=np.int64)


def day_sql(moment: exp.Expr, clock: Clock, window: Window) -> exp.Expr:
    """The DATE of an instant (UTC) that lies in a window."""
    first, *later = _within(window, _offsets(clock))
    local = _shifted(moment, first.ahead)
    if later:
        # The latest first: most events are recent, and so most rows need few comparisons.
        ifs = [
            exp.If(this=moment.copy() >= literal(each.since), true=_shifted(moment, each.ahead))
            for each in reversed(later)
        ]
        local = exp.Case(ifs=ifs, default=local)
    return exp.cast(local, "DATE")


def days_until_today_sql(moment: exp.Expr, clock: Clock, window: Window) -> exp.Expr:
    """The days from an instant's to the present one, a whole number of type DOUBLE; 0: today."""
    present = exp.cast(exp.Literal.string(date_of(today(clock)).isoformat()), "DATE")
    # Of two dates, for of two instants some engines count full days and others midnights between them.
    passed = exp.DateDiff(this=present, expression=day_sql(moment, clock, window), unit=exp.var("DAY"))
    return exp.cast(passed, "DOUBLE")


def _shifted(moment: exp.Expr, ahead: timedelta) -> exp.Expr:
    if not ahead:
        return moment.copy()
    seconds = exp.Literal.string(str(ahead // timedelta(seconds=1)))
    return exp.Add(this=moment.copy(), expression=exp.Interval(this=seconds, unit=exp.var("SECOND")))


def _within(window: Window, known: tuple[Offset, ...]) -> tuple[Offset, ...]:
    """The offsets that instants of a window can have; at least one."""
    first, last = 0, len(known)
    if window.start is not None:
        first = max(bisect_right(known, window.start, key=lambda each: each.since) - 1, 0)
    if window.end is not None:
        last = bisect_right(known, window.end, key=lambda each: each.since)
    return known[first : max(last, first + 1)]


def _offsets(clock: Clock) -> tuple[Offset, ...]:
    return _offsets_until(clock.zone, min(clock.now().year + 1, 9999))


@lru_cache(maxsize=32)
def _offsets_until(zone: tzinfo, year: int) -> tuple[Offset, ...]:
    return offsets(zone, _FIRST, datetime(year, 1, 2, tzinfo=UTC))
