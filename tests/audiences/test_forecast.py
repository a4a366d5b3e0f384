from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from headwater.audiences.forecast import DAMPING, daily, forecast, moments
from headwater.audiences.versions import Sized
from headwater.core.clock import Clock
from headwater.core.errors import UserError

FIRST = date(2017, 1, 1)


def series(sizes: list[int], step: int = 1) -> list[tuple[date, int]]:
    return [(FIRST + timedelta(days=step * number), size) for number, size in enumerate(sizes)]


def test_a_size_that_never_changes_is_expected_to_stay() -> None:
    found = forecast(series([40] * 20), 5)
    assert [(each.size, each.low, each.high) for each in found.expected] == [(40, 40, 40)] * 5
    assert found.per_day == 0


def test_a_steady_rise_goes_on_ever_more_slowly() -> None:
    found = forecast(series([100 + 10 * number for number in range(40)]), 30)
    sizes = [490, *(each.size for each in found.expected)]
    steps = [later - earlier for earlier, later in itertools.pairwise(sizes)]
    assert steps[0] in (8, 9, 10)
    assert steps[-1] <= 1
    assert sizes[-1] <= 490 + 10 * DAMPING / (1 - DAMPING) + 10


def test_the_interval_holds_most_of_what_came_and_never_narrows() -> None:
    inside = total = 0
    for seed in range(40):
        chance = random.Random(seed)
        sizes = [1000]
        for _ in range(60):
            sizes.append(sizes[-1] + chance.randint(-20, 22))
        found = forecast(series(sizes[:50]), 10)
        inside += sum(e.low <= size <= e.high for e, size in zip(found.expected, sizes[50:60], strict=True))
        total += 10
        widths = [each.high - each.low for each in found.expected]
        assert all(later >= earlier - 1 for earlier, later in itertools.pairwise(widths))
    assert 0.6 < inside / total < 0.95


def test_nothing_is_expected_below_zero() -> None:
    assert all(each.low >= 0 for each in forecast(series([90 - 10 * n for n in range(10)]), 20).expected)


def test_weeks_go_on_in_weeks() -> None:
    assert forecast(series([5] * 9, 7), 2).expected[1].on == FIRST + timedelta(weeks=10)


def test_too_little_history_says_so() -> None:
    found = forecast(series([1, 2, 3]), 5)
    assert found.expected == ()
    assert "3 past sizes are too few" in found.lacking


def test_days_without_a_refresh_have_the_size_of_the_day_before_and_only_the_newest_rule_counts() -> None:
    zone = ZoneInfo("America/New_York")
    sizes = [
        Sized(datetime(2017, 1, 1, 12), 9, 9, 0, 1),
        Sized(datetime(2017, 1, 3, 2), 5, 0, 4, 2),
        Sized(datetime(2017, 1, 5, 12), 6, 1, 0, 2),
    ]
    assert daily(sizes, zone, date(2017, 1, 6)) == [
        (date(2017, 1, 2), 5),  # still the evening before in New York
        (date(2017, 1, 3), 5),
        (date(2017, 1, 4), 5),
        (date(2017, 1, 5), 6),
        (date(2017, 1, 6), 6),
    ]
    assert daily([], zone, date(2017, 1, 6)) == []


def test_past_moments_are_calendar_days_apart_and_end_now() -> None:
    clock = Clock(ZoneInfo("Europe/Berlin"), datetime(2026, 3, 29, 22, tzinfo=UTC))
    assert [moment.hour for moment in moments(2, "days", clock)] == [
        23,
        23,
        22,
    ]  # summer time began in between
    with pytest.raises(UserError):
        moments(367, "days", clock)
