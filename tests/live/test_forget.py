"""Who is forgotten stands nowhere in the file of live profiles, not even where nothing points to any more."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.core.sealing.ring import SEALS

from headwater.core.errors import StorageError
from headwater.live import forget
from headwater.live.forget import find_beside, forget_people
from headwater.live.state import Card, Past, Person
from headwater.live.store import Draft, Store

READ_ON = """
import sys
from pathlib import Path
from headwater.live.store import Store
from tests.core.sealing.ring import SEALS
with Store(Path(sys.argv[1]), SEALS).reading() as view:
    print("reading", flush=True)
    sys.stdin.readline()
"""
ANN = [("email", "ann@example.org"), ("user_id", "ann")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    store = Store(folder, SEALS, is_writer=True)
    with store.writing() as draft:
        for number in range(500):
            nodes = ANN if number == 250 else [("user_id", f"u{number}")]
            card = Card(identifiers=nodes, traits={"about": f"text {number} " * 50})
            draft.put(Person(number + 1, card, Past()))
            for node in nodes:
                draft.give(node, number + 1)
    store.close()
    return folder


def sealed_of(folder: Path, key: int) -> list[bytes]:
    store = Store(folder, SEALS)
    try:
        with store.reading() as view:
            return [each[:64] for each in view.sealed(key)]
    finally:
        store.close()


def test_nothing_of_them_is_left_in_the_file(folder: Path) -> None:
    states = sealed_of(folder, 251)
    assert find_beside(folder, SEALS, ANN[:1]) == set(ANN)
    assert forget_people(folder, SEALS, ANN[:1]) == 1
    assert not any(state in (folder / "data.mdb").read_bytes() for state in states)
    assert find_beside(folder, SEALS, ANN) == set()
    assert forget_people(folder, SEALS, ANN) == 0


def test_what_is_removed_alone_does_lie_about(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "overwrite_free", lambda _: None)
    monkeypatch.setattr(Store, "rewrite", lambda _: None)
    monkeypatch.setattr(forget, "_PAUSE", 0)
    with pytest.raises(StorageError):
        forget_people(folder, SEALS, ANN)
    assert find_beside(folder, SEALS, ANN) == set()


def test_a_small_card_in_a_page_with_others_is_written_over_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", SEALS, is_writer=True)
    with store.writing() as draft:
        for number in range(1, 40):
            draft.put(Person(number, Card(identifiers=[("user_id", f"u{number}")]), Past()))
            draft.give(("user_id", f"u{number}"), number)
    store.close()
    for number in range(39, 36, -1):  # what was put into a page last is what it leaves lying about
        states = sealed_of(tmp_path / "store", number)
        assert forget_people(tmp_path / "store", SEALS, [("user_id", f"u{number}")]) == 1
        assert not any(state in (tmp_path / "store" / "data.mdb").read_bytes() for state in states)


def test_what_stands_in_the_gaps_of_pages_of_others_goes_too(tmp_path: Path) -> None:
    folder, chance = tmp_path / "store", random.Random(55)

    def put(draft: Draft, keys: Iterable[int]) -> None:
        for key in keys:  # each time as long as it happens, so that pages are torn apart and fill up anew
            card = Card(identifiers=[("user_id", f"u{key}")], traits={"about": "x" * chance.randint(0, 900)})
            draft.put(Person(key, card, Past()))

    store = Store(folder, SEALS, is_writer=True)
    with store.writing() as draft:
        put(draft, range(1, 60))
        for key in range(1, 60):
            draft.give(("user_id", f"u{key}"), key)
    for _ in range(30):
        with store.writing() as draft:
            put(draft, chance.sample(range(1, 60), 12))
    store.close()
    for key in chance.sample(range(1, 60), 10):
        states = sealed_of(folder, key)
        assert forget_people(folder, SEALS, [("user_id", f"u{key}")]) == 1
        assert not any(state in (folder / "data.mdb").read_bytes() for state in states)


def test_the_file_hardly_grows_by_it(folder: Path) -> None:
    before = (folder / "data.mdb").stat().st_size
    for number in range(20):
        assert forget_people(folder, SEALS, [("user_id", f"u{number}")]) == 1
    assert (folder / "data.mdb").stat().st_size <= before + 20 * 20 * 4096


def test_everyone_else_is_there_as_before(folder: Path) -> None:
    forget_people(folder, SEALS, ANN)
    store = Store(folder, SEALS)
    with store.reading() as view:
        assert view.n_people() == 499
        assert view.card(1).traits == {"about": "text 0 " * 50}
    store.close()


def test_where_somebody_reads_on_and_on_it_says_so_and_can_be_done_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget, "_TRIES", 2)
    monkeypatch.setattr(forget, "_PAUSE", 0.01)
    states = sealed_of(folder, 251)
    with subprocess.Popen(
        [sys.executable, "-c", READ_ON, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reading:
        assert reading.stdout
        assert reading.stdout.readline() == b"reading\n"
        with pytest.raises(StorageError, match="reading"):
            forget_people(folder, SEALS, ANN)
        assert any(state in (folder / "data.mdb").read_bytes() for state in states)
        reading.communicate(b"end\n")
    forget_people(folder, SEALS, ANN)
    held = (folder / "data.mdb").read_bytes()
    assert not any(state in held for state in states)
