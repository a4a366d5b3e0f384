"""A set of ids behaves like any other set of numbers."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, strategies as st

from headwater.privacy.signals.id_set import IdSet

sets = st.frozensets(st.integers(1, 300))


@given(sets, sets, st.integers(-5, 400))
def test_it_is_the_set_of_its_ids(one, other, number):
    ids = IdSet.of(one)
    assert ids == one
    assert hash(ids) == hash(one)
    assert list(ids) == sorted(one)
    assert len(ids) == len(one)
    assert bool(ids) == bool(one)
    assert (number in ids) == (number in one)
    assert ids.largest == max(one, default=0)
    assert ids & IdSet.of(other) == one & other
    assert (ids == IdSet.of(other)) == (one == other)
    assert IdSet(ids.bits) == ids


@given(sets)
def test_runs_are_the_ids_and_touch_nowhere(ids):
    runs = list(IdSet.of(ids).runs())
    assert [each for first, last in runs for each in range(first, last + 1)] == sorted(ids)
    assert all(last + 1 < first for (_, last), (first, _) in itertools.pairwise(runs))


@pytest.mark.parametrize("number", [0, -1])
def test_there_are_no_ids_below_one(number):
    with pytest.raises(ValueError, match="ids begin at 1"):
        IdSet.of([number])


@pytest.mark.parametrize("value", ["1", None, 1.0])
def test_what_is_no_whole_number_is_not_in_it(value):
    assert value not in IdSet.of([1])
