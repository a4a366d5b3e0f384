"""Numbers among numbers, close together or far apart: found as sets find them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from headwater.identity.places import Places, among, distinct

numbers = st.lists(st.integers(0, 30)) | st.lists(st.integers(0, 2**40))


@given(numbers, numbers)
def test_values_are_found_among_others(values: list[int], chosen: list[int]) -> None:
    found = among(np.array(values, dtype=np.int64), np.array(sorted(set(chosen)), dtype=np.int64))
    assert found.tolist() == [each in chosen for each in values]


@given(numbers, numbers)
def test_what_is_said_twice_is_there_once(one: list[int], other: list[int]) -> None:
    found = distinct(np.array(one, dtype=np.int64), np.array(other, dtype=np.int64))
    assert found.tolist() == sorted({*one, *other})


@given(numbers.filter(bool))
def test_places_are_those_in_the_order(values: list[int]) -> None:
    nodes = sorted(set(values))
    found = Places(np.array(nodes, dtype=np.int64)).of(np.array(values, dtype=np.int64))
    assert found.tolist() == [nodes.index(each) for each in values]
