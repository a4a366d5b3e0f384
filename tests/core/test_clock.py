"""Windows keep their meaning across summer time, month ends and leap years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from headwater.core.clock import CALENDAR_UNITS, UNITS, Clock, Window, back, last, offsets, read_instant

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
]
moments = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(ZONES)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("moment", "amount", "unit", "expected"),
    [
        pytest.param(berlin(2026, 3, 29, 12), 1, "days", berlin(2026, 3, 28, 12), id="a day of 23 hours"),
        pytest.param(berlin(2026, 10, 25, 12), 1, "days", berlin(2026, 10, 24, 12), id="a day of 25 hours"),
        pytest.param(
            berlin(2026, 3, 29, 12), 24, "hours", berlin(2026, 3, 28, 11), id="24 hours are not that day"
        ),
        pytest.param(
            berlin(2026, 4, 2, 12), 1, "weeks", berlin(2026, 3, 26, 12), id="a week across summer time"
        ),
        pytest.param(
            berlin(2026, 3, 31), 1, "months", berlin(2026, 2, 28), id="a shorter month gives its last day"
        ),
        pytest.param(berlin(2024, 3, 31), 1, "months", berlin(2024, 2, 29), id="in a leap year too"),
        pytest.param(berlin(2026, 1, 15), 1, "months", berlin(2025, 12, 15), id="into the year before"),
        pytest.param(
            berlin(2026, 12, 31), 13, "months", berlin(2025, 11, 30), id="more than a year of months"
        ),
        pytest.param(berlin(2024, 2, 29), 1, "years", berlin(2023, 2, 28), id="from a leap day"),
        pytest.param(berlin(2026, 5, 5, 0, 10), 15, "minutes", berlin(2026, 5, 4, 23, 55), id="minutes"),
    ],
)
def test_reaching_back(moment: datetime, amount: int, unit: str, expected: datetime) -> None:
    assert back(moment, amount, unit, BERLIN) == expected.astimezone(UTC)


def test_a_wall_clock_time_that_was_skipped_is_read_as_if_the_clock_had_not_been_put_forward() -> None:
    assert back(berlin(2026, 3, 30, 2, 30), 1, "days", BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(moments, st.integers(0, 400), st.sampled_from(UNITS), zones)
def test_further_back_is_never_later(moment: datetime, amount: int, unit: str, zone: ZoneInfo) -> None:
    assert back(moment, amount + 1, unit, zone) <= back(moment, amount, unit, zone)


@given(moments, st.integers(0, 400), st.sampled_from(CALENDAR_UNITS), zones)
def test_calendar_units_keep_the_time_of_day_unless_it_was_skipped(
    moment: datetime, amount: int, unit: str, zone: ZoneInfo
) -> None:
    earlier = back(moment, amount, unit, zone).astimezone(zone)
    shift = timedelta(hours=abs(earlier.hour - moment.astimezone(zone).hour))
    assert earlier.minute in (moment.astimezone(zone).minute, (moment.astimezone(zone).minute + 30) % 60)
    assert shift in (timedelta(0), timedelta(hours=1))


@given(moments, st.integers(1, 90), zones)
def test_a_month_back_is_the_same_day_or_the_last_of_a_shorter_month(
    moment: datetime, months: int, zone: ZoneInfo
) -> None:
    local, earlier = moment.astimezone(zone), back(moment, months, "months", zone).astimezone(zone)
    assert (local.year * 12 + local.month) - (earlier.year * 12 + earlier.month) == months
    assert earlier.day == local.day or (earlier + timedelta(days=1)).day == 1


def test_before_year_one_and_an_unknown_unit_are_errors() -> None:
    with pytest.raises(OverflowError):
        back(datetime(2026, 1, 1, tzinfo=UTC), 30_000, "months", UTC)
    with pytest.raises(ValueError, match="unknown unit 'fortnights'; known: minutes, hours"):
        back(datetime(2026, 1, 1, tzinfo=UTC), 1, "fortnights", UTC)


def test_a_window_is_open_at_its_start_and_closed_at_its_end() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    window = Window(start, end)
    assert [window.holds(moment) for moment in (start, start + instant, end, end + instant)] == [
        False,
        True,
        True,
        False,
    ]
    assert Window().holds(start)


@given(moments, zones)
def test_adjacent_windows_share_no_moment_and_leave_none_out(moment: datetime, zone: ZoneInfo) -> None:
    now = datetime(2026, 3, 30, 10, tzinfo=UTC)
    week, weeks = last(7, "days", Clock(zone, now)), last(14, "days", Clock(zone, now))
    before = Window(weeks.start, week.start)
    assert weeks.holds(moment) == (before.holds(moment) != week.holds(moment))


def test_a_naive_time_is_wall_clock_time_of_the_project_and_an_offset_wins() -> None:
    assert read_instant("2026-07-01T10:00", BERLIN) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert read_instant("2026-07-01T10:00+00:00", BERLIN) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert read_instant("2026-07-01", BERLIN) == datetime(2026, 6, 30, 22, tzinfo=UTC)


def test_a_frozen_clock_stands_still() -> None:
    clock = Clock(BERLIN).frozen()
    assert clock.now() == clock.now()
    assert clock.zone is BERLIN


@given(
    st.sampled_from([*ZONES, ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia")]),
    moments,
    moments,
    moments,
)
def test_the_offset_of_every_instant_is_that_of_the_last_change_before_it(
    zone: ZoneInfo, a: datetime, b: datetime, c: datetime
) -> None:
    start, moment, end = sorted([a, b, c])
    held = [each.ahead for each in offsets(zone, start, end) if each.since <= moment]
    assert held[-1] == moment.astimezone(zone).utcoffset()


def test_two_changes_of_one_day_are_both_found() -> None:
    class Odd(tzinfo):
        def utcoffset(self, moment: datetime | None) -> timedelta:
            hour = moment.hour if moment else 0
            return timedelta(minutes=0 if hour < 6 else 20 if hour < 9 else 40)

        def dst(self, moment: datetime | None) -> timedelta:
            return timedelta()

    day = datetime(2026, 5, 1, tzinfo=UTC)
    found = offsets(Odd(), day, day + timedelta(hours=20))
    assert [each.ahead for each in found] == [timedelta(minutes=n) for n in (0, 20, 40)]
