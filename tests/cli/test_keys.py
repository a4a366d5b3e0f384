"""`headwater keys`: says which keys there are and what to do, and never shows one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headwater.core.project import open_project
from headwater.core.sealing.keeping import KEYS_FILE, Keeping, keeping_of
from headwater.core.sealing.text import to_text

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater, Said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    return tmp_path


@pytest.fixture
def keeping(folder: Path) -> Keeping:
    keeping = keeping_of(open_project(folder))
    keeping.load_or_create()
    return keeping


def shows_a_secret(told: Said, keeping: Keeping) -> bool:
    ring = keeping.load()
    assert ring is not None
    return any(to_text(key.secret) in told.out + told.err for key in (*ring.keys, ring.index) if key.secret)


@pytest.mark.parametrize("command", ["list", "check"])
def test_without_keys_it_says_so_and_makes_none(headwater: Headwater, folder: Path, command: str) -> None:
    told = headwater("keys", command, "--project", folder)
    assert told.exit_code == 0
    assert "no keys yet" in told.out
    assert not (folder / "keys").exists()


def test_the_list_shows_every_key_by_id(headwater: Headwater, folder: Path, keeping: Keeping) -> None:
    ring = keeping.rotate()
    told = headwater("keys", "list", "--project", folder)
    assert all(key_id in told.out for key_id in ring.key_ids)
    found = headwater("keys", "list", "--project", folder, "--json").json
    assert [each["state"] for each in found["keys"]] == ["retired", "active", "index"]
    assert not shows_a_secret(told, keeping)


def test_rotating_makes_a_new_active_key(headwater: Headwater, folder: Path, keeping: Keeping) -> None:
    before = keeping.load()
    told = headwater("keys", "rotate", "--project", folder)
    after = keeping.load()
    assert told.exit_code == 0
    assert before is not None
    assert after is not None
    assert len(after.keys) == 2
    assert after.active.key_id in told.out
    assert after.active != before.active
    assert not shows_a_secret(told, keeping)


def test_forgetting_is_done_only_when_it_is_said_twice(
    headwater: Headwater, folder: Path, keeping: Keeping
) -> None:
    ring = keeping.rotate()
    retired = ring.keys[0].key_id
    told = headwater("keys", "forget", retired, "--project", folder)
    assert told.exit_code == 2
    assert "--for-good" in told.err
    assert keeping.load() == ring
    told = headwater("keys", "forget", retired, "--for-good", "--project", folder)
    assert told.exit_code == 0
    assert "destroyed" in told.out


def test_sound_keys_are_told_with_where_they_are(
    headwater: Headwater, folder: Path, keeping: Keeping
) -> None:
    told = headwater("keys", "check", "--project", folder)
    assert told.exit_code == 0
    assert told.out.startswith("Sound: 1 data key and the index key, in keys/keys.json.")
    assert headwater("keys", "check", "--project", folder, "--json").json["sound"] is True
    assert not shows_a_secret(told, keeping)


@pytest.mark.parametrize("command", ["list", "check", "rotate"])
@pytest.mark.parametrize("fault", ["lost", "damaged", "open"])
def test_what_is_wrong_ends_in_a_sentence(
    headwater: Headwater, folder: Path, keeping: Keeping, command: str, fault: str
) -> None:
    file = folder / KEYS_FILE
    secret = to_text(keeping.load_or_create().active.secret)
    if fault == "lost":
        file.unlink()
    elif fault == "damaged":
        file.write_text(file.read_text().replace("active", "lively"))
    else:
        file.chmod(0o644)
    before = file.read_bytes() if file.exists() else None
    told = headwater("keys", command, "--project", folder)
    assert told.exit_code == 2
    assert told.err.startswith("error: ")
    assert "next: " in told.err
    assert "Traceback" not in told.err + told.out
    assert secret not in told.err + told.out
    assert (file.read_bytes() if file.exists() else None) == before
