"""Pictures, words and counts that pages are made of."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings, strategies as st

from headwater.console.audiences.questions import Listed, matching
from headwater.console.desk.rates import Rates
from headwater.console.drawn import charts
from headwater.console.drawn.page import SECTIONS, pages

BEGIN = datetime(2026, 3, 1)
VALUES = st.lists(st.integers(0, 10**9), min_size=1, max_size=20)


def points(values: list[int]) -> list[tuple[datetime, float]]:
    return [(BEGIN + timedelta(days=at), float(value)) for at, value in enumerate(values)]


@settings(max_examples=15)
@given(VALUES, st.text(max_size=20).filter(str.isprintable))
def test_pictures_are_sound_whatever_they_show(values: list[int], label: str) -> None:
    for picture in (charts.sparkline(points(values), label), charts.line(points(values), label)):
        svg = ET.fromstring(f"<all>{picture}</all>")
        assert svg[0].attrib["aria-label"].startswith(label)
        assert not svg.findall(".//script")
        assert "nan" not in picture.split("aria-label")[0].lower()
        assert not re.search(r'd="[^"]*(nan|inf)', picture)


@pytest.mark.parametrize("share", [-1, 0, 0.5, 1, 7])
def test_bars_stay_in_their_place(share: float) -> None:
    (width,) = re.findall(r'bar-part" width="([0-9.]+)"', charts.bar(share))
    assert 0 <= float(width) <= 100


def test_events_a_minute_are_what_was_counted_between_looks() -> None:
    rates, present = Rates(Path(), 1), datetime.now(UTC).replace(tzinfo=None)
    for seconds, n in ((60, 100), (30, 150), (0, 220)):
        rates.note(told(n), present - timedelta(seconds=seconds))
    assert rates.per_minute == pytest.approx(120)
    assert rates.rejected_per_minute == pytest.approx(12)


def test_nothing_is_told_where_nothing_is_served() -> None:
    assert Rates(Path(), 1).per_minute is None


def test_a_restart_of_what_counts_makes_no_negative_rate() -> None:
    rates = Rates(Path(), 1)
    rates.note(told(100), BEGIN)
    rates.note(told(5), BEGIN + timedelta(seconds=5))
    assert [value for _, value in rates.history] == [0.0, 0.0]


def told(n: int) -> str:
    return (
        f'# TYPE headwater_edge_events_total counter\nheadwater_edge_events_total{{source="website"}} {float(n)}\n'
        f'headwater_edge_events_rejected_total{{source="website"}} {n / 10}\nheadwater_edge_requests_total 7\n'
    )


def listed(name: str, *labels: str) -> Listed:
    return Listed(name, "People who drink Tea", "", 1, None, (), None, labels, ("mailing",))


def test_a_filter_finds_every_word_anywhere() -> None:
    both = [listed("tea_lovers", "location"), listed("buyers")]
    assert [each.name for each in matching(both, "tea LOC")] == ["tea_lovers"]
    assert matching(both, "") == both
    assert matching(both, "mailing drink") == both
    assert matching(both, "absent") == []


def test_pages_stand_in_the_navigation_and_have_addresses_of_their_own() -> None:
    found = pages()
    assert {each.section for each in found} <= set(SECTIONS)
    assert len({each.address for each in found}) == len(found)
    assert len({each.section for each in found if each.is_front}) == len(
        [each for each in found if each.is_front]
    )
