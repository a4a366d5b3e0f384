"""A run in which one audience's query fails: what it says, how it ends, and that everything else is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headwater.testing.shop import make_shop

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater

FAILING = "SELECT CAST(text AS BIGINT) AS profile_id FROM traits WHERE text IS NOT NULL"

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make_shop(tmp_path / "shop", n_people=20, n_purchases=200).folder
    (folder / "audiences" / "asked.yaml").write_text(f'rule: {{sql: "{FAILING}"}}\n')
    (folder / "audiences" / "upon_asked.yaml").write_text("rule: {not: {in_audience: asked}}\n")
    return folder


def test_a_run_does_all_else_and_ends_as_a_users_mistake(folder: Path, headwater: Headwater) -> None:
    told = headwater("run", "-p", folder)
    assert told.exit_code == 2
    assert "Not refreshed: asked, upon_asked\n" in told.out
    assert "coffee_lovers" in told.out
    assert list((folder / "deliveries").glob("*.csv"))
    assert "error: audience asked: the query of `sql` fails: Conversion Error" in told.err
    assert "next: mend the query; see docs/operators/sql.md; the next run tries again" in told.err
    assert "Traceback" not in told.err


def test_programs_read_it_by_audience_and_the_next_run_tries_again(
    folder: Path, headwater: Headwater
) -> None:
    headwater("run", "-p", folder)
    told = headwater("run", "-p", folder, "--json")
    assert told.exit_code == 2
    assert told.json["skipped"] == ["identities", "profiles"]
    errors = {each["name"]: each["error"] for each in told.json["audiences"]}
    assert {name for name, error in errors.items() if error} == {"asked", "upon_asked"}
    assert [failure["code"] for failure in told.json["failures"]] == ["rule_invalid"]
    (folder / "audiences" / "asked.yaml").write_text("rule: {sql: SELECT profile_id FROM profiles}\n")
    assert headwater("run", "-p", folder).exit_code == 0
    assert headwater("run", "-p", folder, "--json").json["skipped"][-1] == "audiences"


def test_asking_about_it_is_answered_with_the_error_or_with_whose_members_they_are(
    folder: Path, headwater: Headwater
) -> None:
    headwater("run", "-p", folder)
    for words in (
        ("size", "asked"),
        ("size", "upon_asked"),
        ("explain", "upon_asked", "user_id=m1"),
        ("members", "asked", "--as-of", "2026-02-01"),
        ("overlap", "coffee_lovers", "asked", "--now"),
        ("reach", "coffee_lovers", "upon_asked", "--now"),
    ):
        told = headwater("audiences", *words, "-p", folder, "--json")
        error = json.loads(told.err[told.err.index("{") :])
        assert (told.exit_code, error["code"]) == (2, "rule_invalid")
        assert "the query of `sql` fails" in error["message"]
    kept = headwater("audiences", "members", "asked", "-p", folder)
    assert (kept.exit_code, kept.out) == (0, "none\n")
    assert "asked was not refreshed by the last run" in kept.err
    assert headwater("audiences", "members", "coffee_lovers", "-p", folder).err == ""
