"""The live store: all of a transaction or nothing; what came before is known for some days; one process writes it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lmdb
import pytest
from hypothesis import given, strategies as st
from tests.core.sealing.ring import SEALS

from headwater.core.errors import BusyError
from headwater.live.state import Card, Did, Past, Person, Visit
from headwater.live.store import SEEN_DAYS, Safe, Store

READ_AND_BE_KILLED = """
import os, signal, sys
from pathlib import Path
from headwater.live.store import Store
from tests.core.sealing.ring import SEALS
with Store(Path(sys.argv[1]), SEALS).reading() as view:
    view.number("position")
    os.kill(os.getpid(), signal.SIGKILL)
"""
OPEN = """
import sys
from pathlib import Path
from headwater.live.store import Store
from tests.core.sealing.ring import SEALS
Store(Path(sys.argv[1]), SEALS)
"""
WRITE_AND_BE_KILLED = """
import os, signal, sys
from pathlib import Path
from headwater.live.store import Store
from tests.core.sealing.ring import SEALS
with Store(Path(sys.argv[1]), SEALS, is_writer=True).writing() as draft:
    for number in range(1000):
        draft.note(f"half {number}", number)
    draft.note("position", 99)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store", SEALS, is_writer=True)
    yield made
    made.close()


def run(program: str, folder: Path) -> int:
    return subprocess.run([sys.executable, "-c", program, str(folder)], check=False).returncode


def person(key: int, *due: tuple[int, int]) -> Person:
    return Person(key, Card([("user_id", f"u{key}")]), Past(due=sorted(due)))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
values = st.one_of(texts, st.floats(allow_nan=False), st.booleans(), st.lists(texts, max_size=3).map(tuple))
cards = st.builds(
    Card,
    st.lists(st.tuples(texts, texts), max_size=3),
    st.dictionaries(texts, values, max_size=3),
    st.dictionaries(texts, st.integers(0, 1 << 60), max_size=3),
)
pasts = st.builds(
    Past,
    did=st.dictionaries(
        texts,
        st.lists(
            st.builds(Did, st.integers(0, 1 << 60), texts, st.integers(-1, 1 << 60), st.just({})), max_size=3
        ),
        max_size=3,
    ),
    bits=st.binary(max_size=4),
    visit=st.none() | st.builds(Visit, texts, st.integers(1, 9), st.integers(0, 1 << 60)),
)


@given(card=cards, past=pasts)
def test_a_person_is_read_as_they_were_put(
    tmp_path_factory: pytest.TempPathFactory, card: Card, past: Past
) -> None:
    store = Store(tmp_path_factory.mktemp("store"), SEALS, is_writer=True)
    with store.writing() as draft:
        draft.put(Person(7, card, past))
    with store.reading() as view:
        assert view.person(7) == Person(7, card, past)
        assert list(view.people()) == [7]
    store.close()


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing() as draft:
        draft.put(person(1, (5, 0)))
        draft.see("m", "20260101")
        draft.count("hero", "a", shown=1)
        raise ZeroDivisionError
    with store.writing() as draft:
        assert (list(draft.people()), draft.next_wake(), draft.counts()) == ([], None, {})
        assert not draft.was_seen("m")


def test_a_writer_killed_in_a_transaction_leaves_nothing_and_the_next_goes_on(tmp_path: Path) -> None:
    # LMDB copies what is changed and writes one page that names the new state last: until then the old one is whole.
    store = Store(tmp_path, SEALS, is_writer=True)
    with store.writing() as draft:
        draft.note("position", 5)
    store.close()
    for _ in range(3):
        assert run(WRITE_AND_BE_KILLED, tmp_path) == -signal.SIGKILL
    store = Store(tmp_path, SEALS, is_writer=True)
    with store.writing() as draft:
        assert (draft.number("position"), draft.noted("half 1")) == (5, "")
        draft.note("position", 6)
    store.close()


def test_only_one_process_writes(tmp_path: Path, store: Store) -> None:
    with pytest.raises(BusyError, match="another process writes the live store"):
        Store(tmp_path / "store", SEALS, is_writer=True)
    store.close()
    Store(tmp_path / "store", SEALS, is_writer=True).close()


def test_readers_that_were_killed_do_not_hold_on_to_old_states(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    Store(folder, SEALS, is_writer=True).close()
    keeping = lmdb.open(
        str(folder), readonly=True, max_dbs=64
    )  # while somebody has it open its readers are remembered
    assert run(READ_AND_BE_KILLED, folder) == -signal.SIGKILL
    assert "no active readers" not in keeping.readers()
    subprocess.run([sys.executable, "-c", OPEN, str(folder)], check=True)
    assert "no active readers" in keeping.readers()
    keeping.close()


class TestWakes:
    def test_the_first_is_next_and_there_is_one_a_person(self, store: Store) -> None:
        with store.writing() as draft:
            first, second = person(1, (50, 0), (90, 1)), person(2, (60, 0))
            draft.put(first)
            draft.put(second)
            assert draft.next_wake() == (50, 1)
            first.past.due = [(70, 1)]
            draft.put(first)
            assert draft.next_wake() == (60, 2)
            second.past.due = []
            draft.put(second)
            assert draft.next_wake() == (70, 1)
            draft.remove(first)
            assert draft.next_wake() is None


class TestMessages:
    def test_one_that_was_accepted_is_known(self, store: Store) -> None:
        with store.writing() as draft:
            assert not draft.was_seen("m")
            draft.see("m", "20260101")
            assert draft.was_seen("m")
            assert not draft.was_seen("n")

    def test_it_is_known_for_days_and_then_forgotten(self, store: Store) -> None:
        with store.writing() as draft:
            draft.see("m", "20260101")
            for day in range(2, SEEN_DAYS + 1):
                draft.see(f"{day}", f"2026010{day}")
                assert draft.was_seen("m")
            draft.see("next", f"2026010{SEEN_DAYS + 1}")
            assert not draft.was_seen("m")

    def test_a_clock_that_jumps_far_ahead_and_back_makes_little_forgotten(self, store: Store) -> None:
        with store.writing() as draft:
            draft.see("m", "20260101")
            draft.see("future", "20300101")
            for day in ("20260101", "20260102", "20260103")[: SEEN_DAYS - 1]:
                draft.see(day, day)
                assert draft.was_seen("m")
                assert draft.was_seen("future")

    def test_days_for_years_take_the_same_few_tables(self, store: Store) -> None:
        for day in range(200):
            with store.writing() as draft:
                draft.see(f"{day}", f"{day}")
        with store.reading() as view:
            assert len(view.noted("days").split()) == SEEN_DAYS
            assert view.was_seen("199")
            assert not view.was_seen("0")


@given(st.text(max_size=600), st.text(max_size=600))
def test_identifiers_have_keys_of_their_own(one: str, other: str) -> None:
    key_of = Safe(SEALS).key_of
    keys = {key_of(("user_id", one)), key_of(("user_id", other)), key_of(("email", one))}
    assert len(keys) == 2 + (one != other)
    assert all(len(key) <= 511 for key in keys)


def test_nobody_is_found_in_its_files(tmp_path: Path) -> None:
    store = Store(tmp_path, SEALS, is_writer=True)
    node = ("email", "ann@example.org")
    with store.writing() as draft:
        draft.put(Person(1, Card(identifiers=[node], traits={"name": "Ann Archer"}), Past()))
        draft.give(node, 1)
    with store.reading() as view:
        assert view.key_of(node) == 1
        assert view.card(1).traits == {"name": "Ann Archer"}
    store.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert written
    assert b"ann@example.org" not in written
    assert b"Ann Archer" not in written
