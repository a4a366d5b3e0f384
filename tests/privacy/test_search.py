"""A value is found wherever it stands, also where two readings of a file meet; and nothing is found that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from headwater.privacy import search
from headwater.privacy.search import LEAST_BYTES, Search

VALUES = st.lists(st.binary(min_size=LEAST_BYTES, max_size=12), min_size=1, max_size=5)


@given(VALUES, st.binary(max_size=200))
def test_it_finds_what_python_finds(values: list[bytes], data: bytes) -> None:
    assert Search(values).is_in_bytes(data) == any(value in data for value in values)


@given(VALUES, st.binary(max_size=60), st.binary(max_size=60))
def test_it_finds_what_is_put_there(values: list[bytes], before: bytes, after: bytes) -> None:
    assert Search(values).is_in_bytes(before + values[-1] + after)


def test_it_finds_what_lies_across_two_readings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_AT_ONCE", 10)
    path = tmp_path / "file"
    for place in range(25):
        path.write_bytes(b"." * place + b"ann@example.org" + b"." * 7)
        assert Search([b"ann@example.org", b"robin@example.org"]).is_in(path)
    path.write_bytes(b"ann@example.or" * 9)
    assert not Search([b"ann@example.org"]).is_in(path)


def test_too_short_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer"):
        Search([b"short"])
