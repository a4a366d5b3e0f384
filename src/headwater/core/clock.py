"""Time: what "now" is, how naive times are read, and where windows begin and end.

Instants are timezone-aware UTC datetimes everywhere inside. Windows are turned into two instants here, once,
before any engine sees them, so that no engine's own date arithmetic can give a rule another meaning.

Minutes and hours are elapsed time. Days, weeks and months are calendar units in the project's time zone: "last 7 days"
reaches back to the same wall-clock time seven dates ago, across changes to and from summer time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

ELAPSED_UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1)}
CALENDAR_UNITS = ("days", "weeks", "months", "years")
UNITS = (*ELAPSED_UNITS, *CALENDAR_UNITS)
PERIODS = ("day", "week", "month", "quarter", "year")
_TICK = timedelta(
    microseconds=1
)  # a window is open at its start: one tick earlier includes the instant itself


@dataclass(frozen=True)
class Clock:
    """What "now" means for one run: real time, or an instant the project fixed (historic data, tests)."""

    zone: tzinfo = UTC
    fixed_at: datetime | None = None

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.fixed_at.astimezone(UTC) if self.fixed_at else datetime.now(UTC)

    def today(self) -> date:
        """The present day in the project's zone."""
        return self.now().astimezone(self.zone).date()

    def frozen(self) -> Clock:
        """This clock standing still at its present: one run has one "now"."""
        return Clock(self.zone, self.now())


def read_instant(text: str, zone: tzinfo) -> datetime:
    """An ISO 8601 date or date-time as a UTC instant; without an offset it is wall-clock time in `zone`.

    >>> from zoneinfo import ZoneInfo
    >>> read_instant("2018-01-01T00:00", ZoneInfo("America/New_York")).isoformat()
    '2018-01-01T05:00:00+00:00'

    Raises:
        ValueError: the text is no ISO 8601 date or date-time.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


@lru_cache(maxsize=1024)  # many conditions look back equally far from the same moment
def back(moment: datetime, amount: int, unit: str, zone: tzinfo) -> datetime:
    """The instant `amount` units before `moment`; a negative amount: after it.

    >>> from zoneinfo import ZoneInfo
    >>> utc_noon = datetime(2026, 3, 29, 10, tzinfo=UTC)  # 12:00 in Berlin, hours after summer time began
    >>> back(utc_noon, 1, "days", ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-28T11:00:00+00:00'
    >>> back(utc_noon, 24, "hours", ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-28T10:00:00+00:00'

    Raises:
        ValueError: an unknown unit.
        OverflowError: further back than year 1, or later than year 9999.
    """
    if unit in ELAPSED_UNITS:
        # In UTC, because Python subtracts from a zoned datetime on its wall clock.
        return moment.astimezone(UTC) - amount * ELAPSED_UNITS[unit]
    local = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    match unit:
        case "days" | "weeks":
            earlier = local - timedelta(days=amount * (7 if unit == "weeks" else 1))
        case "months" | "years":
            earlier = _months_before(local, amount * (12 if unit == "years" else 1))
        case _:
            raise ValueError(f"unknown unit {unit!r}; known: {', '.join(UNITS)}")
    return earlier.replace(tzinfo=zone).astimezone(UTC)


def _months_before(local: datetime, months: int) -> datetime:
    """The same day of another month, or that month's last day where it has no such day."""
    index = local.year * 12 + local.month - 1 - months
    year, month = divmod(index, 12)
    if not 1 <= year < 9999:
        raise OverflowError(f"{months} months before {local:%Y-%m-%d} is outside the calendar")
    following = datetime(year + (month == 11), (month + 1) % 12 + 1, 1)  # noqa: DTZ001 - wall-clock arithmetic
    last_day = (following - timedelta(days=1)).day
    return local.replace(year=year, month=month + 1, day=min(local.day, last_day))


@dataclass(frozen=True)
class Window:
    """A stretch of time, open at its start and closed at its end: start < t <= end. None: without that edge."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether an instant lies in the window."""
        return (self.start is None or moment > self.start) and (self.end is None or moment <= self.end)


def last(amount: int, unit: str, clock: Clock) -> Window:
    """The window of the last `amount` units, up to and including now."""
    now = clock.now()
    return Window(back(now, amount, unit, clock.zone), now)


def more_than_ago(amount: int, unit: str, clock: Clock) -> Window:
    """All that `last` leaves out of the past: up to and including the instant `amount` units ago."""
    return Window(None, back(clock.now(), amount, unit, clock.zone))


def this(period: str, clock: Clock) -> Window:
    """The period of the calendar that now lies in, from its first moment up to and including now.

    Raises:
        ValueError: an unknown period.
    """
    now = clock.now()
    return Window(beginning(now, period, clock.zone) - _TICK, now)


def previous(period: str, clock: Clock) -> Window:
    """The period of the calendar before the present one, from its first moment to its last.

    Raises:
        ValueError: an unknown period.
    """
    begins = beginning(clock.now(), period, clock.zone)
    return Window(beginning(begins, period, clock.zone, before=1) - _TICK, begins - _TICK)


def beginning(moment: datetime, period: str, zone: tzinfo, *, before: int = 0) -> datetime:
    """The first instant of the day, week (from Monday), month, quarter or year that a moment lies in.

    `before`: of the period so many earlier. Where a day begins at a time that was skipped, its first instant is the one at
    which the clock was put forward.

    >>> from zoneinfo import ZoneInfo
    >>> beginning(datetime(2026, 3, 31, 22, tzinfo=UTC), "month", ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-31T22:00:00+00:00'

    Raises:
        ValueError: an unknown period.
    """
    local = moment.astimezone(zone).replace(tzinfo=None, fold=0, hour=0, minute=0, second=0, microsecond=0)
    match period:
        case "day":
            first = local - timedelta(days=before)
        case "week":
            first = local - timedelta(days=local.weekday() + 7 * before)
        case "month":
            first = _months_before(local.replace(day=1), before)
        case "quarter":
            first = _months_before(local.replace(day=1), (local.month - 1) % 3 + 3 * before)
        case "year":
            first = _months_before(local.replace(month=1, day=1), 12 * before)
        case _:
            raise ValueError(f"unknown period {period!r}; known: {', '.join(PERIODS)}")
    return first.replace(tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True)
class Offset:
    """From an instant on, a zone's wall clock is so far ahead of UTC."""

    since: datetime
    ahead: timedelta


def offsets(zone: tzinfo, start: datetime, end: datetime) -> tuple[Offset, ...]:
    """The offsets of a zone's wall clock from `start` to `end`, by time; the first holds at `start` already.

    A change that is undone within a day is not found; no zone has had one.

    >>> from zoneinfo import ZoneInfo
    >>> year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    >>> [str(each.since) for each in offsets(ZoneInfo("Europe/Berlin"), *year)][1:]
    ['2026-03-29 01:00:00+00:00', '2026-10-25 01:00:00+00:00']
    """
    found = [Offset(start, _ahead(start, zone))]
    moment = start
    while moment < end:
        following = min(moment + _DAY, end)
        if _ahead(following, zone) != found[-1].ahead:
            following = _change(moment, following, zone)
            found.append(Offset(following, _ahead(following, zone)))
        moment = following
    return tuple(found)


_DAY = timedelta(days=1)


def _change(earlier: datetime, later: datetime, zone: tzinfo) -> datetime:
    """The first instant at which the offset is no longer that of `earlier`."""
    ahead = _ahead(earlier, zone)
    while later - earlier > timedelta.resolution:
        middle = earlier + (later - earlier) // 2
        if _ahead(middle, zone) == ahead:
            earlier = middle
        else:
            later = middle
    return later


def _ahead(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
