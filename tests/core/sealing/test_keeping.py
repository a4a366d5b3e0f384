"""A project's ring: made once, told from a lost one, rotated without losing a key, and never written over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from headwater.core.errors import KeysError, StorageError, UserError
from headwater.core.project import open_project
from headwater.core.sealing.keeping import KEYS_FILE, WITNESS, Keeping, keeping_of
from headwater.core.sealing.seals import Place
from headwater.core.sealing.stores import VARIABLE, FileStore, SystemStore, VariableStore
from headwater.core.sealing.text import to_text

PLACE, VALUE = Place("nodes", "value"), "ann@example.com"
MAKE = """
import sys
from pathlib import Path
from headwater.core.project import open_project
from headwater.core.sealing.keeping import keeping_of
keeping = keeping_of(open_project(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
print(" ".join(sorted(keeping.load_or_create().key_ids)))
"""
ROTATE = MAKE.replace("keeping.load_or_create()", "[keeping.rotate() for _ in range(3)][-1]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    return tmp_path


@pytest.fixture
def keeping(folder: Path) -> Keeping:
    return keeping_of(open_project(folder))


def at_once(program: str, folder: Path, n: int) -> list[set[str]]:
    """The key ids that processes print which begin at the same moment."""
    command = [sys.executable, "-c", program, str(folder)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(n)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * n
    return [set(each.split()) for each in told]


def test_looking_makes_no_keys(keeping: Keeping, folder: Path) -> None:
    assert keeping.load() is None
    assert [path.name for path in folder.iterdir()] == ["headwater.yaml"]


def test_first_use_makes_keys_which_are_the_same_from_then_on(keeping: Keeping, folder: Path) -> None:
    ring = keeping.load_or_create()
    assert keeping.load_or_create() == keeping.load() == ring
    assert (folder / KEYS_FILE).stat().st_mode & 0o777 == 0o600
    witness = (folder / WITNESS).read_text()
    assert set(json.loads(witness)["keys"]) == ring.key_ids
    assert to_text(ring.active.secret) not in witness


@pytest.mark.slow
def test_processes_that_come_at_once_get_the_same_keys(folder: Path, keeping: Keeping) -> None:
    told = at_once(MAKE, folder, 4)
    ring = keeping.load()
    assert ring is not None
    assert told == [set(ring.key_ids)] * 4


@pytest.mark.slow
def test_processes_that_rotate_at_once_lose_no_key(folder: Path, keeping: Keeping) -> None:
    first = keeping.load_or_create()
    told = at_once(ROTATE, folder, 3)
    ring = keeping.load()
    assert ring is not None
    assert len(ring.keys) == 1 + 3 * 3
    assert set(ring.key_ids) == set(first.key_ids).union(*told)


def test_keys_that_are_rotated_while_they_are_read_are_not_taken_for_lost(
    keeping: Keeping, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = keeping.load_or_create()
    read = keeping.store.read

    def read_and_be_late() -> str | None:
        text = read()
        monkeypatch.undo()
        keeping_of(open_project(folder)).rotate()
        return text

    monkeypatch.setattr(keeping.store, "read", read_and_be_late)
    assert keeping.load() == first


def test_lost_keys_are_named_and_no_new_ones_made(keeping: Keeping, folder: Path) -> None:
    ring = keeping.load_or_create()
    (folder / KEYS_FILE).unlink()
    for ask in (keeping.load, keeping.load_or_create, keeping.rotate, keeping.seals):
        with pytest.raises(KeysError) as caught:
            ask()
        assert all(key_id in caught.value.message for key_id in ring.key_ids)
        assert "backup" in (caught.value.next_step or "")
    assert not (folder / KEYS_FILE).exists()


def test_a_key_that_an_older_copy_lacks_is_named(keeping: Keeping, folder: Path) -> None:
    keeping.load_or_create()
    old = (folder / KEYS_FILE).read_text()
    new = keeping.rotate().active.key_id
    (folder / KEYS_FILE).write_text(old)
    with pytest.raises(KeysError, match=f"a key is missing in {KEYS_FILE}: {new};"):
        keeping.load()


@pytest.mark.parametrize(
    "text", ["", "{}", "{", "\x00" * 100], ids=["empty", "nothing in it", "cut off", "zeros"]
)
def test_damaged_keys_are_told_and_left_as_they_are(keeping: Keeping, folder: Path, text: str) -> None:
    keeping.load_or_create()
    (folder / KEYS_FILE).write_text(text)
    for ask in (keeping.load, keeping.load_or_create, keeping.rotate, keeping.seals):
        with pytest.raises(KeysError, match="nothing was written over it|cannot be read"):
            ask()
    assert (folder / KEYS_FILE).read_text() == text


def test_keys_of_another_project_are_refused(keeping: Keeping, folder: Path) -> None:
    keeping.load_or_create()
    (folder / "headwater.yaml").write_text("project: outlet\n")
    with pytest.raises(KeysError, match="are of the project 'shop', and this is 'outlet'"):
        keeping_of(open_project(folder)).load_or_create()


def test_a_damaged_witness_is_told(keeping: Keeping, folder: Path) -> None:
    keeping.load_or_create()
    (folder / WITNESS).write_text("{")
    with pytest.raises(StorageError, match="sealed_by"):
        keeping.load()


def test_a_witness_that_was_not_written_any_more_is_written_next_time(keeping: Keeping, folder: Path) -> None:
    ring = keeping.load_or_create()
    (folder / WITNESS).unlink()
    assert keeping.load_or_create() == ring
    assert set(json.loads((folder / WITNESS).read_text())["keys"]) == ring.key_ids


def test_rotation_keeps_old_values_readable_and_the_index(keeping: Keeping) -> None:
    before = keeping.seals()
    sealed = before.seal_text(VALUE, PLACE)
    keeping.rotate()
    after = keeping.seals()
    assert after.open_text(sealed, PLACE) == VALUE
    assert after.ring.active != before.ring.active
    assert after.index_text(VALUE, "email") == before.index_text(VALUE, "email")
    assert before.open_text(after.seal_text(VALUE, PLACE), PLACE) == VALUE, "opened before the rotation"


def test_a_key_is_forgotten_for_good_and_is_not_taken_for_lost(keeping: Keeping, folder: Path) -> None:
    first = keeping.load_or_create().active
    sealed = keeping.seals().seal_text(VALUE, PLACE)
    with pytest.raises(UserError, match="is active"):
        keeping.forget(first.key_id)
    keeping.rotate()
    keeping.forget(first.key_id)
    assert to_text(first.secret) not in (folder / KEYS_FILE).read_text()
    assert keeping.seals().open_text(sealed, PLACE) is None


@pytest.mark.parametrize("change", ["rotate", "forget"])
def test_without_keys_there_is_nothing_to_change(keeping: Keeping, change: str) -> None:
    with pytest.raises(KeysError, match="no keys yet"):
        keeping.rotate() if change == "rotate" else keeping.forget("00000000")


def test_settings_say_where_keys_are(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", ModuleType("keyring"))  # it need not be installed
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "k.json"

    def store(*settings: str) -> object:
        text = "".join(f"  {each}\n" for each in settings)
        (folder / "headwater.yaml").write_text(f"project: shop\nsettings:\n{text}")
        return keeping_of(open_project(folder)).store

    inside, outside = store("keys_file: safe/k.json"), store(f"keys_file: {elsewhere}")
    assert isinstance(inside, FileStore)
    assert isinstance(outside, FileStore)
    assert (inside.path, outside.path) == (folder / "safe" / "k.json", elsewhere)
    assert isinstance(store("keys_in: environment"), VariableStore)
    assert isinstance(store("keys_in: keyring"), SystemStore)


def test_keys_can_come_from_the_environment(
    keeping: Keeping, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = keeping.load_or_create()
    (folder / "headwater.yaml").write_text("project: shop\nsettings:\n  keys_in: environment\n")
    with pytest.raises(KeysError, match=VARIABLE):
        keeping_of(open_project(folder)).load_or_create()
    monkeypatch.setenv(VARIABLE, (folder / KEYS_FILE).read_text())
    (folder / KEYS_FILE).unlink()
    from_environment = keeping_of(open_project(folder))
    assert from_environment.load_or_create() == ring
    with pytest.raises(KeysError, match="cannot be changed"):
        from_environment.rotate()
