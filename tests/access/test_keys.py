"""Keys of the API: what is kept of them, and which one opens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from headwater.access.keys import AccessKeys, open_access_keys
from headwater.access.roles import Action, Role
from headwater.core.errors import NotFoundError, StorageError, UserError
from headwater.core.project import open_project


@pytest.fixture
def keys(root: Path) -> Iterator[AccessKeys]:
    with open_access_keys(open_project(root)) as opened:
        yield opened


def test_a_key_opens_what_it_was_made_for(keys: AccessKeys) -> None:
    secrets = {role: keys.create(role.value, role) for role in Role}
    for role, secret in secrets.items():
        found = keys.recognise(secret)
        assert found is not None
        assert (found.name, found.role) == (role.value, role)
        assert (found.caller.actions, found.caller.labels) == (role.actions, role.labels)


@pytest.mark.parametrize("place", [3, 9, 14, 16, 40, -1])
def test_a_key_that_is_wrong_in_one_place_opens_nothing(keys: AccessKeys, place: int) -> None:
    secret = keys.create("crm", Role.ANALYST)
    other = "0" if secret[place] != "0" else "1"
    wrong = secret[:place] + other + (secret[place + 1 :] if place != -1 else "")
    assert len(wrong) == len(secret)
    assert keys.recognise(wrong) is None


@pytest.mark.parametrize("presented", ["", "hw_", "hw_000000000000_" + "A" * 43, "\x00", "ä" * 59])
def test_what_is_no_key_opens_nothing(keys: AccessKeys, presented: str) -> None:
    keys.create("crm", Role.ANALYST)
    assert keys.recognise(presented) is None


def test_a_revoked_key_opens_nothing_at_once_and_leaves_its_name(keys: AccessKeys) -> None:
    secret = keys.create("crm", Role.ADMIN)
    keys.revoke("crm")
    assert keys.recognise(secret) is None
    again = keys.create("crm", Role.ANALYST)
    assert keys.recognise(again) is not None
    assert [key.revoked_at is None for key in keys.all()] == [False, True]
    with pytest.raises(NotFoundError, match="did you mean 'crm'"):
        keys.revoke("crn")


def test_nothing_of_what_is_kept_opens(keys: AccessKeys, root: Path) -> None:
    secret = keys.create("crm", Role.ANALYST)
    kept = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert b"api_keys" in kept
    assert secret.split("_", 2)[2].encode() not in kept
    assert secret.encode() not in kept


@pytest.mark.parametrize("name", ["", "Ann", "a b", "9lives", "a\n", "a" * 64])
def test_a_name_is_one_that_can_be_told_in_a_log(keys: AccessKeys, name: str) -> None:
    with pytest.raises(UserError, match="lower case letters"):
        keys.create(name, Role.ANALYST)


def test_two_keys_in_force_do_not_share_a_name(keys: AccessKeys) -> None:
    keys.create("crm", Role.ANALYST)
    with pytest.raises(UserError, match="already"):
        keys.create("crm", Role.ADMIN)


def test_a_database_that_cannot_be_used_is_told(root: Path) -> None:
    (root / "state").write_text("a file")
    with (
        pytest.raises(StorageError, match="the keys of the API could not be"),
        open_access_keys(open_project(root)),
    ):
        pass


def test_a_key_can_be_limited_to_some_of_what_its_role_may(keys: AccessKeys) -> None:
    found = keys.recognise(keys.create("crm", Role.ENGINEER, only=[Action.SEE_COUNTS, Action.OPERATE]))
    assert found is not None
    assert found.caller.actions == {Action.SEE_COUNTS, Action.OPERATE}
    with pytest.raises(UserError, match="the role marketer may not manage_keys"):
        keys.create("more", Role.MARKETER, only=[Action.MANAGE_KEYS])


def test_an_expired_key_opens_nothing_and_its_name_is_free(keys: AccessKeys, monkeypatch) -> None:
    begin = datetime(2026, 3, 1)
    monkeypatch.setattr("headwater.access.keys._now", lambda: begin)
    secret = keys.create("crm", Role.ADMIN, expires_at=begin + timedelta(days=1))
    assert keys.recognise(secret) is not None
    monkeypatch.setattr("headwater.access.keys._now", lambda: begin + timedelta(days=1))
    assert keys.recognise(secret) is None
    assert keys.create("crm", Role.ADMIN)
    with pytest.raises(UserError, match="would have expired"):
        keys.create("late", Role.ADMIN, expires_at=begin)


def test_a_role_is_always_said_and_a_project_begins_without_a_key(keys: AccessKeys) -> None:
    assert keys.all() == []
    with pytest.raises(TypeError):
        keys.create("crm")  # type: ignore[call-arg]
