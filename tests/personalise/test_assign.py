"""Assignment: always the same, in proportion, and nobody moves who need not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from headwater.personalise.assign import assigned, is_held_out, share

PEOPLE = [f"person-{n}" for n in range(20_000)]
NAMES = st.sampled_from("abcdef")
WEIGHTS = st.dictionaries(NAMES, st.floats(0, 100), min_size=1).filter(lambda w: sum(w.values()) > 0.01)


@given(key=st.text(min_size=1), salt=st.text(), weights=WEIGHTS)
def test_the_same_person_always_belongs_to_the_same_variant_in_whatever_order_and_unit(key, salt, weights):
    first = assigned(key, salt, weights)
    assert weights[first] > 0
    reversed_ = dict(reversed(weights.items()))
    assert assigned(key, salt, reversed_) == first
    assert assigned(key, salt, {name: weight * 4 for name, weight in weights.items()}) == first


@given(key=st.text(min_size=1), weights=WEIGHTS, name=NAMES, more=st.floats(0.01, 50))
def test_when_one_weight_grows_people_move_to_it_and_nowhere_else(key, weights, name, more):
    before = assigned(key, "s", weights)
    after = assigned(key, "s", {**weights, name: weights.get(name, 0) + more})
    assert after in (before, name)


@given(key=st.text(min_size=1), weights=WEIGHTS.filter(lambda w: len([x for x in w.values() if x > 0]) > 1))
def test_when_a_variant_goes_only_its_people_move(key, weights):
    before = assigned(key, "s", weights)
    for name, weight in weights.items():
        if weight > 0 and name != before:
            assert assigned(key, "s", {**weights, name: 0}) == before


@pytest.mark.parametrize("weights", [{"a": 1, "b": 1}, {"a": 70, "b": 20, "c": 10}, {"a": 0.001, "b": 0.002}])
def test_shares_are_as_the_weights_say(weights):
    got = [assigned(key, "hero", weights) for key in PEOPLE]
    for name in weights:
        expected = share(name, weights)
        error = 4 * math.sqrt(expected * (1 - expected) / len(PEOPLE))
        assert abs(got.count(name) / len(PEOPLE) - expected) < error


def test_a_change_of_weights_moves_no_more_than_the_shares_differ():
    before = [assigned(key, "hero", {"a": 1, "b": 1}) for key in PEOPLE]
    after = [assigned(key, "hero", {"a": 1, "b": 1, "c": 0.5}) for key in PEOPLE]
    moved = sum(one != other for one, other in zip(before, after, strict=True)) / len(PEOPLE)
    assert abs(moved - 0.2) < 4 * math.sqrt(0.2 * 0.8 / len(PEOPLE))


def test_placements_have_nothing_to_do_with_each_other():
    weights = {"a": 1, "b": 1}
    both = sum(assigned(k, "one", weights) == assigned(k, "two", weights) == "a" for k in PEOPLE) / len(
        PEOPLE
    )
    assert abs(both - 0.25) < 4 * math.sqrt(0.25 * 0.75 / len(PEOPLE))
    held = [key for key in PEOPLE if is_held_out(key, "one", 100_000)]
    assert abs(len(held) / len(PEOPLE) - 0.1) < 4 * math.sqrt(0.09 / len(PEOPLE))
    of_held = sum(assigned(key, "one", weights) == "a" for key in held) / len(held)
    assert abs(of_held - 0.5) < 4 * math.sqrt(0.25 / len(held))


@given(key=st.text(min_size=1), shares=st.tuples(st.integers(0, 1_000_000), st.integers(0, 1_000_000)))
def test_a_larger_holdout_holds_the_smaller_one(key, shares):
    smaller, larger = sorted(shares)
    assert is_held_out(key, "s", larger) or not is_held_out(key, "s", smaller)
    assert is_held_out(key, "s", 1_000_000)
    assert not is_held_out(key, "s", 0)


def test_lots_are_the_same_in_every_release():
    assert [assigned(f"p{n}", "hero", {"a": 1, "b": 1, "c": 1}) for n in range(8)] == list("bbcbcbaa")
