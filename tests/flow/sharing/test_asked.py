"""Answers about audiences for whoever may not see small counts: all of them is made of counts that may be told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from headwater.access.masking import Known, Mask
from headwater.access.roles import Role
from headwater.audiences.chosen import Members
from headwater.audiences.compare import Comparison, Difference, interval
from headwater.audiences.reach import reach
from headwater.audiences.versions import Sized
from headwater.engine.bitmaps import Ids, Sets, Universe
from headwater.flow.sharing.asked import (
    NOT_TOLD,
    compared_as_told,
    forecast_as_told,
    history_of,
    reached_together,
)
from headwater.privacy.anonymity.counts import Exact

FLOOR = 10


class Tens:
    """Counts in tens, and none below ten."""

    def number(self, n: int, place: str) -> int | None:
        return None if n < FLOOR else n // 10 * 10

    def crowd(self, people: Ids) -> int | None:
        return self.number(len(people), "people")


def members(**sizes: int) -> Members:
    universe = Universe(np.arange(100, dtype=np.int64))
    sets = Sets(100)
    for name, size in sizes.items():
        sets[name] = np.arange(100) < size
    return Members(universe, sets, 100)


def difference(n: int, n_reference: int, name: str = "city", kind: str = "trait") -> Difference:
    return Difference(kind, name, "Bern", n, n_reference, n / 50, n_reference / 100, None, 0, 0)


@given(st.lists(st.sets(st.integers(0, 19)), min_size=1, max_size=4))
@settings(max_examples=30)
def test_what_is_reached_is_what_it_is(people: list[set[int]]) -> None:
    universe, sets = Universe(np.arange(20, dtype=np.int64)), Sets(20)
    for place, each in enumerate(people):
        sets[f"a{place}"] = np.isin(np.arange(20), list(each))
    asked = Members(universe, sets, 20)
    found, exact = reached_together(asked), reach(asked)
    assert found.n_people.n == exact.n_people
    for one, other in zip(found.audiences, exact.audiences, strict=True):
        counts = (one.size.n, one.unique.n, one.incremental.n, one.cumulative.n)
        assert counts == (other.size, other.unique, other.incremental, other.cumulative)


@given(st.integers(0, 57), st.integers(0, 100))
def test_a_difference_tells_nothing_but_of_counts_that_may_be_told(n: int, n_reference: int) -> None:
    own = members(own=57)
    found = Comparison("own", "everyone", 57, 100, (difference(n, n_reference),))
    told = compared_as_told(found, own, Tens())
    assert (told.size, told.reference_size) == (50, 100)
    if min(n, n_reference) < FLOOR:
        assert told.differences == ()
        return
    [each] = told.differences
    rounded, of_others = n // 10 * 10, n_reference // 10 * 10
    assert (each.n, each.n_reference) == (rounded, of_others)
    assert (each.share, each.reference_share) == (rounded / 50, of_others / 100)
    assert each.low == 100 * interval(rounded, 50, of_others, 100)[0]


def test_of_an_audience_that_may_not_be_told_no_difference_is() -> None:
    found = Comparison("own", "everyone", 9, 100, (difference(9, 90),))
    told = compared_as_told(found, members(own=9), Tens())
    assert (told.size, told.differences) == (None, ())


def test_what_nobody_else_has_is_without_an_index_and_an_end() -> None:
    found = Comparison("own", "other", 57, 20, (difference(30, 0),))
    [each] = compared_as_told(found, members(own=57, other=20), Exact()).differences
    assert (each.index, each.high, each.is_marked) == (None, None, True)


def test_values_of_labelled_traits_are_masked_and_of_events_are_not() -> None:
    differences = (difference(30, 60, "income"), difference(30, 60, "category", "event"))
    found = compared_as_told(Comparison("own", "everyone", 57, 100, differences), members(own=57), Exact())
    mask = Mask(Role.ANALYST.labels, lambda: pytest.fail("no pseudonym"), Known, Exact)
    seen = mask.shown(found, type(found))
    assert isinstance(seen, dict)
    assert [each["value"] for each in seen["differences"]] == ["Bern", "(hidden: not declared)"]


def test_a_refresh_by_which_few_moved_is_not_told_of() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    found = history_of("own", (), [Sized(at, 40, 40, 0, 1), Sized(at, 41, 1, 0, 1)])
    mask = Mask(frozenset(), lambda: pytest.fail("no pseudonym"), Known, Tens)
    seen = mask.shown(found, type(found))
    assert isinstance(seen, dict)
    [kept] = seen["sizes"]
    assert (kept["size"], kept["n_entered"], kept["n_left"]) == (40, 40, {"below_floor": True})


def test_a_forecast_is_of_sizes_that_may_be_told() -> None:
    days = [(date(2026, 1, 1) + timedelta(days=n), 11 + n) for n in range(12)]
    found = forecast_as_told(days, 3, Tens())
    assert [size for _, size in found.past] == [10] * 9 + [20] * 3
    assert forecast_as_told([(days[0][0], 9), *days[1:]], 3, Tens()).lacking == NOT_TOLD
