"""Columns of lists as codes: no two lists share a code, and each stands for what it was."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings, strategies as st

from headwater.audiences.columns import coding
from headwater.audiences.columns.coding import Coded, Plain, encode, spelled_back
from headwater.audiences.columns.folder import Folder
from headwater.audiences.columns.spelling import spelled
from headwater.audiences.properties import Read
from headwater.audiences.values import ValueType

LISTS = pa.list_(pa.string())
texts = st.sampled_from(["", "a", "b", "\\", "\n", "\\n", "0", "\\0", "a\n", "é", "\0"]) | st.text(max_size=3)
rows = st.lists(st.none() | st.lists(st.none() | texts, max_size=3), max_size=8)


def chunked(values: list[list[str | None] | None], at: int) -> pa.ChunkedArray:
    """The values in two chunks, of which the second is a slice."""
    whole = pa.array([*values, ["in no row"]], LISTS)
    return pa.chunked_array([whole[:at], whole[at : len(values)]], LISTS)


def test_only_equal_lists_are_spelled_the_same() -> None:
    letters = [None, "", "a", "0", "\\", "\n"]
    lists = [list(each) for size in range(4) for each in product(letters, repeat=size)]
    found = spelled(chunked([None, *lists], 100)).to_pylist()
    assert found[0] is None
    assert None not in found[1:]
    assert len(set(found[1:])) == len(lists)


@settings(deadline=None)
@given(values=rows, at=st.integers(0, 8))
def test_codes_stand_for_the_lists_they_were_made_of(values: list[list[str | None] | None], at: int) -> None:
    found = encode(chunked(values, min(at, len(values))))
    assert isinstance(found, Coded)
    held = found.values.to_pylist()
    assert held[0] is None
    assert [held[code] for code in found.codes.tolist()] == values
    assert len(held) == len({str(each) for each in held})


def test_lists_that_hardly_repeat_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "MOST_VALUES", 1)
    values = [["a"], None, ["b", "c"], []]
    found = encode(chunked(values, 2))
    assert isinstance(found, Plain)
    assert found.values.to_pylist() == values


def test_lists_come_back_from_the_disk(tmp_path: Path) -> None:
    values = [["a"], None, ['b, "c"', ""], [], ["a"]]
    folder, read = Folder(tmp_path), Read("tags", ValueType.TEXTS)
    kept = folder.keep(read, encode(chunked(values, 3)))
    again = folder.column(read)
    for found in (kept, again):
        assert isinstance(found, Coded)
        held = found.values.to_pylist()
        assert [held[code] for code in found.codes.tolist()] == values


def test_a_column_that_is_too_long_for_one_array_is_read_chunk_by_chunk() -> None:
    chunk = pa.array([["x" * 100_000_000]], LISTS)
    lists = pa.chunked_array([chunk] * 22)
    spellings = Coded(np.array([1] * 21 + [2], np.uint8), pa.array([None, "a", "b"]))
    found = spelled_back(spellings, lists)
    assert found.codes is spellings.codes
    assert [pc.list_value_length(found.values)[place].as_py() for place in (0, 1, 2)] == [None, 1, 1]
