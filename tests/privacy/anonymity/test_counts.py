"""Counts that tell of nobody: none below the floor, sets near each other alike, and the same however often one asks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings, strategies as st

from headwater.core.errors import Refusal
from headwater.privacy.anonymity import ledger as ledgers
from headwater.privacy.anonymity.counts import Floored
from headwater.privacy.anonymity.ledger import Ledger
from headwater.privacy.anonymity.sketch import N_SIGNS, distances, sketch

FLOOR = 25


def key_of(seed: int) -> bytes:
    """A key as keys are: no two parts of it alike."""
    return b"".join(hashlib.sha512(b"%d %d" % (seed, part)).digest() for part in range(2))


KEY = key_of(0)
EVERYONE = np.arange(5_000, dtype=np.int64)
KEYS = st.integers(0, 10_000).map(key_of)
FEW = settings(max_examples=20)


def floored(key: bytes = KEY, caller: str = "crm") -> Floored:
    return Floored(FLOOR, key, Ledger(sa.create_engine("sqlite://")), caller)


@pytest.fixture
def counting() -> Iterator[Floored]:
    made = floored()
    yield made
    made.ledger._turns.engine.dispose()


def people(n: int, begin: int = 0) -> np.ndarray:
    return EVERYONE[begin : begin + n]


@pytest.mark.parametrize("n", range(FLOOR))
def test_fewer_than_the_floor_are_not_told_not_even_that_there_are_none(n: int, counting: Floored) -> None:
    assert counting.crowd(people(n)) is None
    assert counting.number(n, "Effect.n_merged") is None


@pytest.mark.parametrize("n", [2 * FLOOR, 300, 4_000])
def test_more_than_twice_the_floor_are_told_about_how_many(n: int, counting: Floored) -> None:
    for shown in (counting.crowd(people(n)), counting.number(n, "Effect.n_merged")):
        assert shown is not None
        assert shown >= FLOOR
        assert abs(shown - n) < 3 * FLOOR


@FEW
@given(st.integers(4 * FLOOR, 400), st.integers(0, FLOOR - 1), KEYS)
def test_two_sets_that_differ_by_fewer_than_the_floor_are_answered_alike(
    n: int, more: int, key: bytes
) -> None:
    for order in (slice(None), slice(None, None, -1)):
        counting = floored(key)
        one, other = [people(n), people(n + more)][order]
        first = counting.crowd(one)
        assert first is not None
        assert counting.crowd(other) == counting.crowd(one) == first


@FEW
@given(st.integers(FLOOR, 60), st.integers(0, FLOOR - 1), KEYS)
def test_the_floor_holds_whatever_near_it_was_shown_before(n: int, few: int, key: bytes) -> None:
    counting = floored(key)
    for shown in (counting.crowd(people(n)), counting.number(n, "x")):
        assert shown is None or shown >= FLOOR
    assert counting.crowd(people(few)) is None
    assert counting.number(few, "x") is None


def test_no_edge_is_known_between_what_is_told_and_what_is_not() -> None:
    """With other keys, as of other people, another number of people is the first that is told."""
    edges = set()
    for key in range(12):
        counting = floored(key_of(key))
        edges.add(next(n for n in range(FLOOR, 4 * FLOOR) if counting.crowd(people(n)) is not None))
    assert len(edges) > 3
    assert min(edges) > FLOOR


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=12),
    KEYS,
)
def test_all_that_was_told_anew_is_at_least_a_floor_apart_and_of_a_floor_of_people(
    asked: list[tuple[int, int]], key: bytes
) -> None:
    counting = floored(key)
    told: dict[int, set[int]] = {}
    for begin, n in asked:
        counting.crowd(people(n, begin))
        with counting.ledger.turn() as turn:
            for each in turn.known("people"):
                told.setdefault(each.number, set(range(begin, begin + n)))
    sets = list(told.values())
    assert all(len(one) >= FLOOR for one in sets)
    assert all(len(one ^ other) >= FLOOR for place, one in enumerate(sets) for other in sets[:place])


def test_asking_again_gives_the_same_and_other_keys_and_sets_give_other_noise() -> None:
    counting, again = floored(), floored()
    assert [counting.crowd(people(300)) for _ in range(3)] == [again.crowd(people(300))] * 3
    others = {floored(key_of(n)).crowd(people(300)) for n in range(20)}
    assert len(others) > 3
    apart = {(counting.crowd(people(300, begin)) or 0) for begin in range(0, 4_500, 300)}
    assert len(apart) > 3


def test_sums_of_counts_do_not_tell_of_one_person() -> None:
    """Both halves and the whole are far apart, so each is answered anew; who is only in the whole is not what is left over."""
    off = []
    for n in range(30):
        counting = floored(key_of(n))
        halves = [counting.crowd(people(200)), counting.crowd(people(200, 200))]
        whole = counting.crowd(people(401))
        off.append((whole or 0) - sum(half or 0 for half in halves))
    assert np.std(off) > 5
    assert len(set(off)) > 5


@pytest.mark.parametrize("place", ["Effect.n_merged", "Effect.n_after"])
def test_numbers_that_differ_by_fewer_than_the_floor_are_told_alike(place: str, counting: Floored) -> None:
    first = counting.number(900, place)
    assert {counting.number(900 + more, place) for more in range(-FLOOR + 1, FLOOR)} == {first}
    assert counting.number(900 + 2 * FLOOR, place) is not None


def test_what_was_told_holds_for_whoever_asks_next() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    one, other = (Floored(FLOOR, KEY, Ledger(engine), name) for name in ("one", "other"))
    assert one.crowd(people(300)) == other.crowd(people(299))
    engine.dispose()


def test_nobody_asks_without_end(counting: Floored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "MOST_A_DAY", 2)
    shown = [counting.crowd(people(300, begin)) for begin in (0, 1_000)]
    with pytest.raises(Refusal, match="within a day") as refused:
        counting.crowd(people(300, 2_000))
    assert refused.value.next_step
    assert [counting.crowd(people(300, begin)) for begin in (0, 1_000)] == shown


def test_what_was_told_long_ago_is_forgotten(counting: Floored, monkeypatch: pytest.MonkeyPatch) -> None:
    counting.number(900, "x")
    later = ledgers._now() + timedelta(days=ledgers.DAYS + 1)
    monkeypatch.setattr(ledgers, "_now", lambda: later)
    again = Ledger(counting.ledger._turns.engine)
    with again.turn() as turn:
        assert turn.known("x") == []


@settings(max_examples=20)
@given(st.integers(0, 2_000), st.integers(1, 200), KEYS)
def test_a_sketch_tells_how_far_apart_sets_are(n: int, more: int, key: bytes) -> None:
    one, other = sketch(people(n), key), sketch(people(n + more), key)
    assert distances(one, one[None])[0] == 0
    assert 0.5 * more < distances(one, other[None])[0] < 1.7 * more + 2
    assert one.shape == (N_SIGNS,)


def test_a_sketch_is_the_same_in_any_order_and_says_nothing_without_the_key() -> None:
    assert (sketch(people(100), KEY) == sketch(people(100)[::-1], KEY)).all()
    assert (sketch(people(100), KEY) != sketch(people(100), key_of(1))).any()
