from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from headwater.audiences.within import Within
from headwater.core.clock import PERIODS, Clock

BERLIN = Clock(ZoneInfo("Europe/Berlin"), datetime(2026, 3, 30, 10, tzinfo=UTC))
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("within", "first", "last"),
    [
        pytest.param(
            Within(since="2026-03-29"),
            datetime(2026, 3, 28, 23, tzinfo=UTC),
            BERLIN.now(),
            id="since a day: from its midnight in the zone until now",
        ),
        pytest.param(
            Within(since="2026-03-29", until="2026-03-29"),
            datetime(2026, 3, 28, 23, tzinfo=UTC),
            datetime(2026, 3, 29, 22, tzinfo=UTC) - TICK,
            id="between a day and itself: that day of 23 hours",
        ),
        pytest.param(
            Within(since="2026-03-29T12:00", until="2026-03-29T12:00"),
            datetime(2026, 3, 29, 10, tzinfo=UTC),
            datetime(2026, 3, 29, 10, tzinfo=UTC),
            id="between a moment and itself: that moment",
        ),
        pytest.param(
            Within(since="2026-03-29", until="2026-12-31"),
            datetime(2026, 3, 28, 23, tzinfo=UTC),
            BERLIN.now(),
            id="an end after now: now",
        ),
        pytest.param(
            Within(last=(1, "days")),
            datetime(2026, 3, 29, 10, tzinfo=UTC) + TICK,
            BERLIN.now(),
            id="the last day: after the same time yesterday",
        ),
        pytest.param(
            Within(since="1 days ago", until="1 hours ago"),
            datetime(2026, 3, 29, 10, tzinfo=UTC),
            BERLIN.now() - timedelta(hours=1),
            id="between relative moments: both included",
        ),
        pytest.param(
            Within(since="1 days ago", until="in 7 days"),
            datetime(2026, 3, 29, 10, tzinfo=UTC),
            BERLIN.now(),
            id="an end ahead: now",
        ),
        pytest.param(
            Within(this="day"),
            datetime(2026, 3, 29, 22, tzinfo=UTC),
            BERLIN.now(),
            id="this day: since midnight",
        ),
        pytest.param(
            Within(previous="day"),
            datetime(2026, 3, 28, 23, tzinfo=UTC),
            datetime(2026, 3, 29, 22, tzinfo=UTC) - TICK,
            id="the previous day: one of 23 hours",
        ),
        pytest.param(
            Within(this="week"),
            datetime(2026, 3, 29, 22, tzinfo=UTC),
            BERLIN.now(),
            id="a week begins on Monday",
        ),
        pytest.param(
            Within(previous="week"),
            datetime(2026, 3, 22, 23, tzinfo=UTC),
            datetime(2026, 3, 29, 22, tzinfo=UTC) - TICK,
            id="the previous week: Monday to Sunday, summer time in between",
        ),
        pytest.param(
            Within(previous="month"),
            datetime(2026, 1, 31, 23, tzinfo=UTC),
            datetime(2026, 2, 28, 23, tzinfo=UTC) - TICK,
            id="the previous month: February",
        ),
        pytest.param(
            Within(previous="quarter"),
            datetime(2025, 9, 30, 22, tzinfo=UTC),
            datetime(2025, 12, 31, 23, tzinfo=UTC) - TICK,
            id="the previous quarter: of the year before",
        ),
        pytest.param(
            Within(this="year"),
            datetime(2025, 12, 31, 23, tzinfo=UTC),
            BERLIN.now(),
            id="this year: since its first day",
        ),
    ],
)
def test_a_window_holds_its_first_and_last_moment_and_no_other(
    within: Within, first: datetime, last: datetime
) -> None:
    window = within.window(BERLIN)
    assert [window.holds(each) for each in (first - TICK, first, last, last + TICK)] == [
        False,
        True,
        True,
        False,
    ]


def test_ever_ends_now() -> None:
    assert Within().window(BERLIN).holds(datetime(1970, 1, 1, tzinfo=UTC))
    assert not Within().window(BERLIN).holds(BERLIN.now() + TICK)


PRESENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
# Midnight is skipped in São Paulo and doubled in Havana on some days.
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe"]
)


@given(PRESENTS, ZONES, st.sampled_from(["3 days", "1 months", "25 hours"]))
def test_the_last_days_and_what_is_longer_ago_make_up_the_past(
    present: datetime, zone: str, text: str
) -> None:
    clock, (amount, unit) = Clock(ZoneInfo(zone), present), text.split()
    recent = Within(last=(int(amount), unit)).window(clock)
    before = Within(more_than_ago=(int(amount), unit)).window(clock)
    assert before.start is None
    assert before.end == recent.start


@given(PRESENTS, ZONES, st.sampled_from(PERIODS))
def test_a_period_begins_on_its_first_day_and_follows_the_one_before(
    present: datetime, zone: str, period: str
) -> None:
    clock = Clock(ZoneInfo(zone), present)
    this, before = Within(this=period).window(clock), Within(previous=period).window(clock)
    assert before.end == this.start
    assert this.holds(present)
    assert before.start is not None
    first = (before.start + TICK).astimezone(clock.zone)
    starts = {
        "day": True,
        "week": first.weekday() == 0,
        "month": first.day == 1,
        "quarter": first.day == 1 and first.month % 3 == 1,
        "year": (first.month, first.day) == (1, 1),
    }
    assert starts[period]
    assert (before.start.astimezone(clock.zone)).date() < first.date()
