"""Where parts of JSON stand: found as a JSON parser finds them, and cut out without touching a byte of the others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings, strategies as st
from tests.collect.cutting import without

from headwater.collect.spans import items_at

TEXTS = st.text(max_size=6) | st.sampled_from(['"', "\\", "]", "},{", "batch", '\\"', "\u2028"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300)
@given(
    items=st.lists(VALUES, max_size=6),
    around=st.dictionaries(TEXTS, VALUES, max_size=3),
    is_ascii=st.booleans(),
    indent=st.sampled_from([None, 2]),
    chosen=st.sets(st.integers(0, 5)),
)
def test_items_stand_where_they_are_found_and_the_others_stay(items, around, is_ascii, indent, chosen):
    told = {**around, "batch": [{"x": 0}, {"in": items}], "b": [1]}
    data = json.dumps(told, ensure_ascii=is_ascii, indent=indent).encode("utf-8", "surrogatepass")
    spans = items_at(data, ["batch", 1, "in"])
    assert [json.loads(data[begin:end]) for begin, end in spans] == items
    gone = {place for place in chosen if place < len(items)}
    left = json.loads(without(data, [spans[place] for place in gone]))
    assert left == {
        **told,
        "batch": [{"x": 0}, {"in": [{} if place in gone else each for place, each in enumerate(items)]}],
    }


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b"", ["a"]),
        (b"7", []),
        (b'{"a": 1}', ["a"]),
        (b'{"a": {"b": []}}', ["a"]),
        (b'{"a": []}', ["b"]),
        (b"[[1]]", ["a"]),
    ],
)
def test_where_there_is_no_list_there_are_no_items(data, path):
    assert items_at(data, path) == []


def test_a_list_may_be_all_there_is_and_stand_behind_a_byte_order_mark():
    assert items_at(b"[1, 22]") == [(1, 2), (4, 6)]
    assert items_at(b"\xef\xbb\xbf[1]") == [(4, 5)]


def test_of_a_name_that_comes_twice_the_last_one_counts_and_an_escaped_name_is_that_name():
    data = b'{"batch": [1], "b\\u0061tch": [22]}'
    assert [data[begin:end] for begin, end in items_at(data, ["batch"])] == [b"22"]


def test_it_does_not_matter_how_deep_something_is():
    data = b'{"batch": [' + b"[" * 100_000 + b"]" * 100_000 + b", 7]}"
    assert len(items_at(data, ["batch"])) == 2
