"""Who is not who, as a base keeps it: found again by either identifier, and nobody else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, strategies as st
from tests.core.sealing.ring import SEALS

from headwater.live.parted import APART, EXPIRED, Parted, pair_number
from headwater.live.state import Node
from headwater.live.store import Safe

key_of = Safe(SEALS).key_of
ANN, BEN, CLEO = ("user_id", "ann"), ("email", "ben@shop.example"), ("anonymous_id", "cleo")


@pytest.fixture
def parted(tmp_path: Path) -> Parted:
    (tmp_path / APART).write_bytes(msgspec.msgpack.encode([(key_of(ANN), key_of(BEN))]))
    numbers = [pair_number(key_of(ANN), key_of(CLEO)), 1, (1 << 64) - 1]
    np.save(tmp_path / EXPIRED, np.sort(np.array(numbers, dtype=np.uint64)))
    return Parted(tmp_path, key_of)


@pytest.mark.parametrize(("ones", "others"), [([ANN], [BEN]), ([CLEO, BEN], [ANN])])
def test_those_who_were_parted_are_apart_from_either_side(
    parted: Parted, ones: list[Node], others: list[Node]
) -> None:
    assert parted.are_apart(ones, others)


def test_nobody_else_is(parted: Parted) -> None:
    assert not parted.are_apart([ANN, BEN], [CLEO])
    assert not parted.are_apart([ANN], [ANN])


def test_what_is_too_old_is_known_of_these_two_alone(parted: Parted) -> None:
    assert parted.has_expired(ANN, CLEO)
    assert parted.has_expired(CLEO, ANN)
    assert not parted.has_expired(ANN, BEN)


@given(st.binary(max_size=3), st.binary(max_size=3), st.binary(max_size=3), st.binary(max_size=3))
def test_pairs_have_one_number_only_if_they_are_one(
    one: bytes, other: bytes, third: bytes, fourth: bytes
) -> None:
    is_one = sorted((one, other)) == sorted((third, fourth))
    assert (pair_number(one, other) == pair_number(third, fourth)) == is_one
