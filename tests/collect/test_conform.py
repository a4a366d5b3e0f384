"""Whatever clients tell can be held: by the log, by the store, and in the columns of the table."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from headwater.collect.conform import conform, plain_traits
from headwater.collect.outcome import Accepted, packed, unpacked

NAMES = st.sampled_from(["revenue", "order_id", "quantity", "category", "event", "month", "note", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**63, 10**400) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)  # fmt: skip
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=8)


@given(OBJECTS, OBJECTS)
def test_whatever_is_told_comes_through_the_log_as_it_is(properties, traits) -> None:
    kept = Accepted(
        1, "s", "track", "e", "m", 1, 1, {"user_id": "u"}, conform(properties), plain_traits(traits)
    )
    (read,) = unpacked(packed([kept]))
    assert read == kept


@given(OBJECTS)
def test_conforming_twice_changes_nothing(properties) -> None:
    once = conform({name: value for name, value in properties.items() if name not in ("event", "month")})
    assert conform(once) == once


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        pytest.param(2**63 - 1, 2**63 - 1, id="the largest of 64 bits"),
        pytest.param(-(2**63), -(2**63), id="the least of 64 bits"),
        pytest.param(2**63, float(2**63), id="one more"),
        pytest.param(10**400, "1" + "0" * 400, id="more than a float holds"),
        pytest.param([{"deep": 10**20}], [{"deep": 1e20}], id="within others"),
        pytest.param(True, True, id="no number"),
    ],
)
def test_whole_numbers_are_kept_as_far_as_they_can_be(told, kept) -> None:
    assert conform({"x": told}) == {"x": kept}
    assert type(conform({"x": told})["x"]) is type(kept)


def test_a_number_column_holds_finite_numbers_only() -> None:
    told = {"revenue": 10**400, "quantity": "much"}
    found = conform(told)
    assert not {"revenue", "quantity"} & set(found)
    assert json.dumps(found["revenue_told"]) == f'"{10**400}"'
