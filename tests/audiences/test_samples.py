"""Samples and splits stay what they are: growing adds people, and moving weight moves as few as it can."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from headwater.audiences.history import History
from headwater.audiences.operators.sample import Sample
from headwater.audiences.operators.split import Split
from headwater.audiences.percent import read_percent, read_percent_number, show_percent
from headwater.audiences.rule import Condition
from headwater.audiences.scope import prepared
from headwater.core.clock import Clock
from headwater.engine.engines.duckdb import DuckDB

CLOCK = Clock()
N = 4000
PEOPLE = [History(profile_id=number) for number in range(1, N + 1)]
shares = st.integers(1, 10**6)
salts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    session = DuckDB(threads=1)
    session.register("profiles", pa.table({"profile_id": pa.array(range(1, N + 1), pa.int64())}))
    yield session
    session.close()


def in_sql(condition: Condition, engine: DuckDB) -> set[int]:
    with prepared(condition.needs(), engine, CLOCK, lambda _: np.empty(0, dtype=np.int64)) as scope:
        return set(engine.table(condition.to_sql(scope).sql(engine.dialect))["profile_id"].to_pylist())


def drawn(condition: Condition) -> set[int]:
    return {number for number, each in enumerate(PEOPLE, start=1) if condition.matches(each, CLOCK)}


@settings(max_examples=20, deadline=None)
@given(a=shares, b=shares, salt=salts)
def test_a_larger_sample_holds_the_smaller_one(a: int, b: int, salt: str) -> None:
    assert drawn(Sample(min(a, b), salt)) <= drawn(Sample(max(a, b), salt))


@settings(max_examples=20, deadline=None)
@given(share=shares, salt=salts)
def test_a_sample_is_about_as_large_as_it_says_and_the_same_in_sql(
    share: int, salt: str, engine: DuckDB
) -> None:
    sample = Sample(share, salt)
    members = drawn(sample)
    expected = N * share / 10**6
    assert abs(len(members) - expected) <= 6 * np.sqrt(expected * (1 - share / 10**6)) + 1
    assert in_sql(sample, engine) == members


def test_who_stands_at_the_very_edge_belongs_to_what_begins_there() -> None:
    edges = {f"{share * 16**8 // 10**6:08x}": share for share in range(10**6)}
    found = (
        (number, edges[digits])
        for number in range(10**6)
        if (digits := hashlib.md5(f"x:{number}".encode(), usedforsecurity=False).hexdigest()[:8]) in edges
    )
    number, share = next(found)
    person = History(profile_id=number)
    session = DuckDB(threads=1)
    session.register("profiles", pa.table({"profile_id": pa.array([number], pa.int64())}))
    parts = (("A", share), ("B", 10**6 - share))
    for condition, is_in in (
        (Sample(share, "x"), False),
        (Sample(share + 1, "x"), True),
        (Split("A", parts, "x"), False),
        (Split("B", parts, "x"), True),
    ):
        assert condition.matches(person, CLOCK) is is_in
        assert in_sql(condition, session) == ({number} if is_in else set())
    session.close()


def test_everyone_is_in_the_whole_sample() -> None:
    assert len(drawn(Sample(10**6, "x"))) == N


def test_samples_with_different_salts_have_nothing_to_do_with_each_other() -> None:
    both = drawn(Sample(500_000, "a")) & drawn(Sample(500_000, "b"))
    assert 0.2 < len(both) / N < 0.3


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(shares, min_size=2, max_size=3, unique=True).map(sorted), salt=salts)
def test_nobody_is_in_two_parts_and_parts_of_100_percent_hold_everyone(cuts: list[int], salt: str) -> None:
    parts = tuple((f"p{at}", at - before) for at, before in zip(cuts, [0, *cuts[:-1]], strict=True))
    held = [drawn(Split(name, parts, salt)) for name, _ in parts]
    assert sum(map(len, held)) == len(set().union(*held)) == len(drawn(Sample(cuts[-1], salt)))


def test_moving_ten_percent_moves_ten_percent_from_one_part_to_the_other() -> None:
    before, after = (("A", 500_000), ("B", 500_000)), (("A", 600_000), ("B", 400_000))
    moved = {
        (old, new): len(drawn(Split(old, before, "x")) & drawn(Split(new, after, "x"))) / N
        for old in "AB"
        for new in "AB"
    }
    assert moved["A", "B"] == 0
    assert moved["A", "A"] == pytest.approx(0.5, abs=0.04)
    assert moved["B", "A"] == pytest.approx(0.1, abs=0.03)


def test_a_part_that_grows_into_what_is_left_only_gains() -> None:
    before, after = (("A", 500_000), ("B", 300_000)), (("A", 500_000), ("B", 400_000))
    assert drawn(Split("A", before, "x")) == drawn(Split("A", after, "x"))
    assert drawn(Split("B", before, "x")) < drawn(Split("B", after, "x"))


def test_a_profile_without_a_number_is_in_no_sample() -> None:
    assert not Sample(10**6, "x").matches(History(), CLOCK)


@given(shares)
def test_a_share_is_read_as_it_is_shown(share: int) -> None:
    assert read_percent(show_percent(share)) == share


@pytest.mark.parametrize("given_share", ["10", "0%", "101%", "0.00001%", "-1%", "ten%", 10, None, "1e1%"])
def test_what_is_no_share_is_refused(given_share: object) -> None:
    with pytest.raises(ValueError, match="must"):
        read_percent(given_share)


@pytest.mark.parametrize("given_share", ["10", 0, 100.1, 0.00001, True, float("nan"), float("inf"), None])
def test_what_is_no_number_of_percent_is_refused(given_share: object) -> None:
    with pytest.raises(ValueError, match="must"):
        read_percent_number(given_share)
