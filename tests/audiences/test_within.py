from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from headwater.audiences.within import Within
from headwater.core.clock import Clock

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
