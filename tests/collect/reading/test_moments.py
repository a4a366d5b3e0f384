"""Instants as clients tell them, and the clock corrected."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from headwater.collect.reading.moments import corrected, read_moment

INSTANTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param("2026-11-25T13:00:00+01:00", "2026-11-25T12:00:00", id="another-zone"),
        pytest.param("2026-11-25T12:00:00.123456789Z", "2026-11-25T12:00:00.123456", id="nanoseconds"),
        pytest.param(" 2026-11-25 ", "2026-11-25T00:00:00", id="a-day"),
        pytest.param("1712111200930", "2024-04-03T02:26:40.930000", id="digits-that-could-be-a-date"),
        pytest.param(1712111200.93, "2024-04-03T02:26:40.930000", id="seconds"),
        pytest.param(0, "1970-01-01T00:00:00", id="0"),
    ],
)
def test_an_instant_is_read(told, expected):
    assert read_moment(told).replace(tzinfo=None).isoformat() == expected


@pytest.mark.parametrize(
    "told",
    [
        "",
        "soon",
        "9" * 400,
        "²" * 9,
        1e300,
        float("nan"),
        -(10**30),
        True,
        None,
        [],
        "0001-01-01T00:00+14:00",
    ],
)
def test_what_is_no_instant_is_none(told):
    assert read_moment(told) is None


@given(received=INSTANTS, said=st.none() | INSTANTS, sent=st.none() | INSTANTS)
def test_nothing_happens_after_it_was_received(received, said, sent):
    assert corrected(received, said, sent) <= received


@given(said=INSTANTS)
def test_a_clock_that_is_right_needs_no_correction(said):
    sent = received = datetime(9999, 12, 31, tzinfo=UTC)
    assert corrected(received, said, sent) == min(said, received)
