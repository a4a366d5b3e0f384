"""Where keys are kept: closed to others, never half written, never written over by a first one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import pytest

from headwater.core.errors import HeadwaterError, KeysError, StorageError
from headwater.core.sealing.stores import VARIABLE, FileStore, SystemStore, VariableStore

SECRET = "c2VjcmV0"


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "keys" / "keys.json", "keys/keys.json")


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_that_is_not_there_has_no_text_and_is_not_made(store: FileStore) -> None:
    assert store.read() is None
    assert not store.path.parent.exists()


def test_the_file_and_its_folder_are_for_the_owner_alone_whatever_the_mask(store: FileStore) -> None:
    before = os.umask(0)
    try:
        with store.changing():
            store.create("one")
            assert store.path.stat().st_mode & 0o777 == 0o600
            store.replace("two")
    finally:
        os.umask(before)
    assert store.read() == "two"
    assert {
        store.path.stat().st_mode & 0o777,
        (store.path.parent / ".keys.json.lock").stat().st_mode & 0o777,
    } == {0o600}
    assert store.path.parent.stat().st_mode & 0o777 == 0o700


def test_the_folder_keeps_itself_out_of_git_and_no_draft_is_left(store: FileStore) -> None:
    with store.changing():
        store.create("one")
        store.replace("two")
    assert (store.path.parent / ".gitignore").read_text() == "*\n"
    assert files_in(store.path.parent) == {".gitignore", ".keys.json.lock", "keys.json"}


def test_a_folder_that_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "own.json", "own.json")
    mode = tmp_path.stat().st_mode
    with store.changing():
        store.create("one")
    assert tmp_path.stat().st_mode == mode
    assert ".gitignore" not in files_in(tmp_path)


def test_a_first_text_is_never_written_over_another(store: FileStore) -> None:
    with store.changing():
        store.create("one")
        with pytest.raises(KeysError, match="already"):
            store.create("two")
    assert store.read() == "one"
    assert files_in(store.path.parent) == {".gitignore", ".keys.json.lock", "keys.json"}


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o602, 0o610], ids=oct)
def test_a_file_that_others_may_read_or_change_is_refused(store: FileStore, mode: int) -> None:
    with store.changing():
        store.create(SECRET)
    store.path.chmod(mode)
    with pytest.raises(KeysError, match=f"{mode:04o}") as caught:
        store.read()
    assert "chmod 600" in (caught.value.next_step or "")
    assert SECRET not in str(caught.value.as_dict())


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440], ids=oct)
def test_a_file_for_the_owner_or_to_be_read_by_a_group_is_read(store: FileStore, mode: int) -> None:
    with store.changing():
        store.create("one")
    store.path.chmod(mode)
    assert store.read() == "one"


def test_a_file_that_is_no_text_or_no_file_is_told(store: FileStore) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(b"\xff\xfe")
    store.path.chmod(0o600)
    with pytest.raises(KeysError, match="no text"):
        store.read()
    store.path.unlink()
    store.path.mkdir(mode=0o700)
    with pytest.raises(KeysError, match="cannot be read"):
        store.read()


def test_a_link_to_a_file_stays_a_link(store: FileStore, tmp_path: Path) -> None:
    real = FileStore(tmp_path / "safe" / "real.json", "real.json")
    with real.changing():
        real.create("one")
    store.path.parent.mkdir()
    store.path.symlink_to(real.path)
    with store.changing():
        store.replace("two")
    assert store.path.is_symlink()
    assert real.read() == "two"


def test_a_disk_that_takes_nothing_is_told_and_what_was_there_is_unharmed(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.changing():
        store.create("one")
        monkeypatch.setattr(os, "fsync", Mock(side_effect=OSError(28, "No space left on device")))
        with pytest.raises(StorageError, match="No space left"):
            store.replace("two")
    assert store.read() == "one"
    assert files_in(store.path.parent) == {".gitignore", ".keys.json.lock", "keys.json"}


def test_a_variable_is_read_and_cannot_be_changed() -> None:
    store = VariableStore({VARIABLE: SECRET})
    assert store.read() == SECRET
    assert VariableStore({}).read() is None
    assert VariableStore({VARIABLE: ""}).read() is None
    with store.changing():
        for change in (store.create, store.replace):
            with pytest.raises(KeysError) as caught:
                change("other")
            assert SECRET not in str(caught.value.as_dict())


class Backend(ModuleType):
    """A key ring of an operating system."""

    def __init__(self) -> None:
        super().__init__("backend")
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, user: str) -> str | None:
        return self.held.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self.held[service, user] = password


def test_the_systems_key_ring_keeps_one_text_for_each_project(tmp_path: Path) -> None:
    backend = Backend()
    shop, outlet = (SystemStore(name, tmp_path / "lock", backend) for name in ("shop", "outlet"))
    with shop.changing():
        assert shop.read() is None
        shop.create("one")
        shop.replace("two")
        with pytest.raises(KeysError, match="already"):
            shop.create("three")
    assert (shop.read(), outlet.read()) == ("two", None)


def test_a_key_ring_that_fails_is_told_without_what_it_says(tmp_path: Path) -> None:
    backend = Backend()
    backend.set_password = Mock(side_effect=RuntimeError(f"cannot store {SECRET}"))  # type: ignore[method-assign]
    with pytest.raises(KeysError, match="RuntimeError") as caught:
        SystemStore("shop", tmp_path / "lock", backend).replace(SECRET)
    assert SECRET not in str(caught.value.as_dict())
    assert caught.value.__suppress_context__


def test_without_the_package_for_it_the_way_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(HeadwaterError, match="not installed") as caught:
        SystemStore("shop", tmp_path / "lock")
    assert "pip install" in (caught.value.next_step or "")
