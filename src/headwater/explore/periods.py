"""Periods of time: hours, days, weeks from Monday and months as the project's time zone has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from headwater.core.clock import beginning
from headwater.core.errors import UserError

MOST_PERIODS = 2_000


def period_starts(first: datetime, last: datetime, period: str, zone: tzinfo) -> tuple[datetime, ...]:
    """When each period begins, from that which `first` lies in to that which `last` does, and when the next one would; UTC.

    A day on which clocks are changed has 23 or 25 hours.

    >>> from zoneinfo import ZoneInfo
    >>> day = datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/Berlin"))
    >>> len(period_starts(day, day + timedelta(hours=23, minutes=59), "hour", ZoneInfo("Europe/Berlin"))) - 1
    23

    Raises:
        UserError: they are too many.
    """
    starts = [_begin(first, period, zone)]
    while starts[-1] <= last:
        if len(starts) > MOST_PERIODS:
            raise UserError(
                f"that is more than {MOST_PERIODS:,} periods of one {period}",
                next_step="take longer periods, or less time: `within: {last: 90 days}`",
            )
        starts.append(_next(starts[-1], period, zone))
    return tuple(starts)


def _begin(moment: datetime, period: str, zone: tzinfo) -> datetime:
    if period != "hour":
        return beginning(moment, period, zone)
    local = moment.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment.astimezone(UTC) - past


def _next(start: datetime, period: str, zone: tzinfo) -> datetime:
    if period != "hour":
        return beginning(start, period, zone, before=-1)
    return start + timedelta(minutes=60 - start.astimezone(zone).minute)
