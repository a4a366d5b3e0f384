"""Keys of the API: what is kept of them, and which one opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.access.keys import AccessKeys, open_access_keys
from headwater.access.rights import Right
from headwater.core.errors import NotFoundError, StorageError, UserError
from headwater.core.project import open_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    return tmp_path


@pytest.fixture
def keys(root: Path) -> Iterator[AccessKeys]:
    with open_access_keys(open_project(root)) as opened:
        yield opened


def test_a_key_opens_what_it_was_made_for(keys: AccessKeys) -> None:
    secrets = {may: keys.create(may.value, may) for may in Right}
    for may, secret in secrets.items():
        found = keys.recognise(secret)
        assert found is not None
        assert (found.name, found.may) == (may.value, may)


@pytest.mark.parametrize("place", [3, 9, 14, 16, 40, -1])
def test_a_key_that_is_wrong_in_one_place_opens_nothing(keys: AccessKeys, place: int) -> None:
    secret = keys.create("crm", Right.READ)
    other = "0" if secret[place] != "0" else "1"
    wrong = secret[:place] + other + (secret[place + 1 :] if place != -1 else "")
    assert len(wrong) == len(secret)
    assert keys.recognise(wrong) is None


@pytest.mark.parametrize("presented", ["", "hw_", "hw_000000000000_" + "A" * 43, "\x00", "ä" * 59])
def test_what_is_no_key_opens_nothing(keys: AccessKeys, presented: str) -> None:
    keys.create("crm", Right.READ)
    assert keys.recognise(presented) is None


def test_a_revoked_key_opens_nothing_at_once_and_leaves_its_name(keys: AccessKeys) -> None:
    secret = keys.create("crm", Right.MANAGE)
    keys.revoke("crm")
    assert keys.recognise(secret) is None
    again = keys.create("crm", Right.READ)
    assert keys.recognise(again) is not None
    assert [key.revoked_at is None for key in keys.all()] == [False, True]
    with pytest.raises(NotFoundError, match="did you mean 'crm'"):
        keys.revoke("crn")


def test_nothing_of_what_is_kept_opens(keys: AccessKeys, root: Path) -> None:
    secret = keys.create("crm", Right.READ)
    kept = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert b"access_keys" in kept
    assert secret.rpartition("_")[2].encode() not in kept
    assert secret.encode() not in kept


@pytest.mark.parametrize("name", ["", "Ann", "a b", "9lives", "a\n", "a" * 64])
def test_a_name_is_one_that_can_be_told_in_a_log(keys: AccessKeys, name: str) -> None:
    with pytest.raises(UserError, match="lower case letters"):
        keys.create(name, Right.READ)


def test_two_keys_in_force_do_not_share_a_name(keys: AccessKeys) -> None:
    keys.create("crm", Right.READ)
    with pytest.raises(UserError, match="already"):
        keys.create("crm", Right.MANAGE)


def test_a_database_that_cannot_be_used_is_told(root: Path) -> None:
    (root / "state").write_text("a file")
    with (
        pytest.raises(StorageError, match="the keys of the API could not be"),
        open_access_keys(open_project(root)),
    ):
        pass


def test_managing_is_more_than_reading() -> None:
    assert [(one.covers(other)) for one in Right for other in Right] == [True, False, True, True]
