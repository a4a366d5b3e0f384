"""Bitmaps hold the same as Python's sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from headwater.engine.bitmaps import Ids, Sets, Universe, count, count_packed, intersections, pack, unpack

people = st.integers(-50, 50)


def ids(members: set[int]) -> Ids:
    return np.array(sorted(members), dtype=np.int64)


@given(st.sets(people), st.sets(people), st.sets(people))
def test_and_or_not_are_those_of_sets(everyone: set[int], left: set[int], right: set[int]) -> None:
    universe = Universe(ids(everyone))
    a, b = universe.set_of(ids(left)), universe.set_of(ids(right))
    left, right = left & everyone, right & everyone
    assert universe.members(a & b).tolist() == sorted(left & right)
    assert universe.members(a | b).tolist() == sorted(left | right)
    assert universe.members(a & ~b).tolist() == sorted(left - right)
    assert universe.members(~a).tolist() == sorted(everyone - left)
    assert (count(a), count(b)) == (len(left), len(right))


@given(st.sets(people), st.lists(people))
def test_repeats_and_any_order_make_no_difference(everyone: set[int], asked: list[int]) -> None:
    universe = Universe(ids(everyone))
    assert universe.members(universe.set_of(np.array(asked, dtype=np.int64))).tolist() == sorted(
        {*asked} & everyone
    )


@given(st.sets(people), st.lists(st.sets(people), max_size=5))
def test_what_each_pair_of_sets_shares(everyone: set[int], groups: list[set[int]]) -> None:
    universe = Universe(ids(everyone))
    shared = intersections([pack(universe.set_of(ids(group))) for group in groups])
    assert shared.tolist() == [[len(a & b & everyone) for b in groups] for a in groups]


@given(st.sets(people))
def test_everyone_and_no_one(everyone: set[int]) -> None:
    universe = Universe(ids(everyone))
    assert universe.members(universe.all()).tolist() == sorted(everyone)
    assert count(universe.none()) == 0
    assert universe.size == len(everyone)


@given(st.lists(st.booleans(), max_size=200))
def test_a_packed_set_is_the_set_and_holds_nobody_beyond_it(members: list[bool]) -> None:
    bits = np.array(members, dtype=np.bool_)
    words = pack(bits)
    assert unpack(words, len(bits)).tolist() == members
    assert count_packed(words) == sum(members)


def test_sets_by_name_give_what_was_put_in() -> None:
    sets, bits = Sets(3), np.array([True, False, True])
    sets["a"] = bits
    assert sets["a"].tolist() == bits.tolist()
    assert list(sets.only(["b", "a"])) == ["b", "a"]
    assert not sets.only(["b"])["b"].any()
    assert ("a" in sets, "b" in sets, sets.get("b")) == (True, False, None)
    del sets["a"]
    assert len(sets) == 0
