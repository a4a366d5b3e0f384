"""Keys of the API from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    return tmp_path


def test_a_key_is_shown_once_and_then_only_its_name(root: Path, headwater: Headwater) -> None:
    made = headwater("access", "create", "crm", "--role", "analyst", "-p", root)
    secret = made.out.split()[0]
    assert secret.startswith("hw_")
    shown = headwater("access", "list", "-p", root).out
    assert "crm" in shown
    assert secret[20:] not in shown
    assert headwater("access", "revoke", "crm", "-p", root).exit_code == 0
    [row] = headwater("access", "list", "-p", root, "--json").json["keys"]
    assert (row["name"], row["role"], bool(row["revoked_at"])) == ("crm", "analyst", True)


def test_programs_are_given_json(root: Path, headwater: Headwater) -> None:
    made = headwater("access", "create", "crm", "--role", "admin", "-p", root, "--json").json
    assert set(made) == {"name", "role", "only", "expires_at", "key"}
    assert headwater("access", "revoke", "crm", "-p", root, "--json").json == {"revoked": "crm"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "crm"), "--role"),
        (("create", "crm", "--role", "rule"), "rule"),
        (("create", "No", "--role", "analyst"), "lower case"),
        (("create", "crm", "--role", "marketer", "--only", "manage_keys"), "may not manage_keys"),
        (("create", "crm", "--role", "admin", "--expires", "2020-01-01"), "expired already"),
        (("create", "crm", "--role", "admin", "--expires", "soon"), "'soon' is no moment"),
        (("revoke", "crm"), "there is no key in force 'crm'"),
    ],
)
def test_mistakes_are_told(root: Path, headwater: Headwater, words, told) -> None:
    found = headwater("access", *words, "-p", root)
    assert found.exit_code == 2
    assert told in found.err
