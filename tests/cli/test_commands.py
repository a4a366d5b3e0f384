"""Every command shows an example, and speaks JSON; a second run says that nothing is new."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from headwater.cli.main import app
from headwater.testing.shop import make_shop

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each command by the words that call it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path
        return
    for name, child in inner.items():
        yield from commands(child, (*path, name))


COMMANDS = sorted(commands(typer.main.get_command(app)))
# What each command is given in a project that was run once; `demo` loads another one (tests/flow/test_demo.py), and those
# that change lists are tried in tests/cli/test_lists.py, those that change keys in tests/cli/test_keys.py and test_access.py,
# those that need a request in tests/cli/test_privacy.py, those about live events in tests/cli/test_live.py and
# tests/serve, those about refused ones in tests/cli/test_rejected.py.
GIVEN: dict[tuple[str, ...], list[str]] = {
    ("access", "list"): [],
    ("access", "roles"): [],
    ("audiences", "compare"): ["big_spenders"],
    ("audiences", "diff"): ["big_spenders"],
    ("audiences", "explain"): ["big_spenders", "user_id=m1"],
    ("audiences", "forecast"): ["coffee_lovers", "--from-events", "9"],
    ("audiences", "history"): ["coffee_lovers"],
    ("audiences", "list"): [],
    ("audiences", "members"): ["big_spenders"],
    ("audiences", "overlap"): ["big_spenders", "coffee_lovers"],
    ("audiences", "reach"): ["big_spenders", "coffee_lovers"],
    ("audiences", "show"): ["tea_not_coffee"],
    ("audiences", "size"): ["tea_not_coffee"],
    ("audit", "show"): [],
    ("audit", "verify"): [],
    ("check",): [],
    ("cleanroom", "agree"): [],
    ("cleanroom", "runs"): [],
    ("deliveries",): [],
    ("dictionary",): ["--of", "trait"],
    ("doctor",): [],
    ("drift",): [],
    ("explore", "funnel"): ["purchase", "purchase"],
    ("explore", "traits"): ["coffee_lovers"],
    ("explore", "trend"): ["purchase", "--by", "week"],
    ("identity", "apply"): [],
    ("identity", "decisions"): [],
    ("identity", "explain"): ["user_id=m1", "user_id=m1"],
    ("identity", "history"): ["user_id=m1"],
    ("identity", "junk"): [],
    ("identity", "match"): [],
    ("identity", "simulate"): [],
    ("keys", "check"): [],
    ("keys", "list"): [],
    ("keys", "reseal"): [],
    ("lists", "show"): [],
    ("privacy", "check"): ["mailing"],
    ("privacy", "correct"): ["user_id=m1", "city=Bern"],
    ("privacy", "erase"): ["user_id=m1"],
    ("privacy", "export"): ["user_id=m1"],
    ("privacy", "budget"): [],
    ("privacy", "exports"): [],
    ("privacy", "key"): [],
    ("privacy", "note"): ["export", "user_id=m1"],
    ("privacy", "opt-out"): ["user_id=m1"],
    ("privacy", "refused-signals"): [],
    ("privacy", "object"): ["email=objector@example.org", "--purpose", "newsletter"],
    ("privacy", "requests"): [],
    ("privacy", "resume"): [],
    ("privacy", "restrict"): ["email=nobody@example.org"],
    ("privacy", "retain"): ["--dry-run"],
    ("privacy", "signal"): ["1YNN", "--gpc"],
    ("privacy", "suppressed"): [],
    ("privacy", "unrestrict"): ["email=nobody@example.org"],
    ("privacy", "verify"): ["email=nobody@example.org"],
    ("profile", "show"): ["user_id=m1"],
    ("profile", "timeline"): ["user_id=m1"],
    ("rejected", "list"): [],
    ("run",): [],
    ("sources",): ["--rejected", "5"],
    ("test-call",): ["mailing"],
}
ALONE = {
    ("access", "create"), ("access", "revoke"),
    ("cleanroom", "answer"), ("cleanroom", "request"), ("cleanroom", "result"),
    ("demo",), ("init",), ("identity", "link"), ("identity", "unmerge"), ("identity", "withdraw"), ("keys", "forget"),
    ("keys", "rotate"), ("lists", "remove"), ("lists", "upload"),
    ("privacy", "check-receipt"), ("privacy", "drop"), ("privacy", "extend"), ("privacy", "lift"), ("privacy", "receipt"),
    ("privacy", "pseudonymise"), ("privacy", "release"),
    ("rejected", "repair"), ("rejected", "show"),
    ("console",), ("serve",), ("listen",), ("profile", "watch"), ("rebuild",), ("replay",),
}  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_shows_an_example_of_the_command_itself(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, [*words, "--help"])
    assert told.exit_code == 0
    assert f"Example: headwater {' '.join(words)}" in " ".join(told.output.replace("`", "").split())


def test_every_command_is_tried() -> None:
    assert set(COMMANDS) == set(GIVEN) | ALONE


@pytest.mark.slow
@pytest.mark.parametrize("words", sorted(GIVEN), ids=" ".join)
def test_json_is_json_and_nothing_else_and_text_is_not(
    words: tuple[str, ...], shop: Path, headwater: Headwater
) -> None:
    where = () if words == ("access", "roles") else ("--project", shop)
    told = headwater(*words, *GIVEN[words], *where, "--json")
    assert told.exit_code == 0
    assert told.json
    assert told.err == "" or words == ("run",)  # which tells its progress there
    shown = headwater(*words, *GIVEN[words], *where)
    assert shown.exit_code == 0
    assert shown.out.strip()
    assert not shown.out.startswith(("{", "["))


@pytest.mark.slow
def test_sizes_are_the_same_wherever_they_are_shown(shop: Path, headwater: Headwater) -> None:
    listed = {
        row["audience"]: row["size"] for row in headwater("audiences", "list", "-p", shop, "--json").json
    }
    assert any(listed.values())
    for name, size in listed.items():
        shown = headwater("audiences", "show", name, "-p", shop, "--json").json
        counted = headwater("audiences", "size", name, "-p", shop, "--json").json
        members = headwater("audiences", "members", name, "-p", shop, "--limit", "9999", "--json").json
        assert (shown["size"], counted["size"], len(members)) == (size, size, size)


def test_a_rule_that_is_not_saved_can_be_counted(shop: Path, headwater: Headwater, tmp_path: Path) -> None:
    (tmp_path / "everyone.yaml").write_text("rule: {did: purchase}\n")
    told = headwater("audiences", "size", tmp_path / "everyone.yaml", "-p", shop)
    assert (told.exit_code, told.err) == (0, "")
    assert int(told.out) > 0


@pytest.mark.slow
def test_a_second_run_says_that_nothing_is_new(tmp_path: Path, headwater: Headwater) -> None:
    folder = make_shop(tmp_path / "shop", n_people=20, n_purchases=100).folder
    first = headwater("run", "-p", folder)
    assert first.exit_code == 0
    assert "data/purchases.csv" in first.out
    again = headwater("run", "-p", folder)
    assert again.exit_code == 0
    assert again.out.split("\n")[:3] == [
        "No source has anything new.",
        "No audience changed.",
        "Nothing to deliver.",
    ]
    report = headwater("run", "-p", folder, "--json").json
    assert {each["status"] for each in report.pop("deliveries")} == {"nothing"}
    assert report == {
        "loads": [],
        "skipped": ["identities", "profiles", "audiences"],
        "audiences": [],
        "failures": [],
    }


def test_a_new_project_is_sound_and_its_first_run_has_nothing_to_do(
    tmp_path: Path, headwater: Headwater
) -> None:
    folder = tmp_path / "new shop"
    made = headwater("init", folder, "--json")
    assert (made.exit_code, made.err) == (0, "")
    assert "headwater.yaml" in made.json["written"]
    assert headwater("check", "-p", folder, "--json").json["problems"] == []
    assert headwater("run", "-p", folder).exit_code == 0


def test_a_profile_is_shown_by_its_number_or_an_identifier(shop: Path, headwater: Headwater) -> None:
    by_identifier = headwater("profile", "show", "user_id=m1", "-p", shop, "--json").json
    by_number = headwater("profile", "show", str(by_identifier["profile_id"]), "-p", shop, "--json").json
    assert by_number == by_identifier


def test_a_profile_without_events_is_said_to_have_none(tmp_path: Path, headwater: Headwater) -> None:
    folder = make_shop(tmp_path / "shop", n_people=40, n_purchases=40).folder
    members = folder / "data" / "members.csv"
    with members.open("a", encoding="utf-8") as more:
        more.write("quiet,quiet@example.com,Berlin,1,yes\n")
    assert headwater("run", "-p", folder).exit_code == 0
    assert ": no events" in headwater("profile", "show", "user_id=quiet", "-p", folder).out


def test_a_rejected_row_is_shown_as_it_came(tmp_path: Path, headwater: Headwater) -> None:
    folder = make_shop(tmp_path / "shop", n_people=10, n_purchases=40).folder
    with (folder / "data" / "purchases.csv").open("a", encoding="utf-8") as purchases:
        purchases.write("r9,0,m1,,no time at all,tea,1,1,\n")
    assert headwater("run", "-p", folder).exit_code == 0
    assert "r9,0,m1,,no time at all" in headwater("sources", "--rejected", "5", "-p", folder).out


@pytest.mark.slow
def test_questions_about_the_past_agree_with_each_other(
    shop: Path, headwater: Headwater, tmp_path: Path
) -> None:
    (tmp_path / "new.yaml").write_text("rule: {did: purchase, at_least: 2}\n")
    then = ("-p", shop, "--as-of", "2026-02-01", "--json")
    size = headwater("audiences", "size", "coffee_lovers", *then).json["size"]
    compared = headwater("audiences", "compare", "coffee_lovers", *then).json
    moved = headwater("audiences", "diff", "coffee_lovers", tmp_path / "new.yaml", *then).json
    reached = headwater("audiences", "reach", "coffee_lovers", *then).json
    assert [compared["size"], moved["old_size"], reached["n_people"]] == [size] * 3
    assert size < headwater("audiences", "size", "coffee_lovers", "-p", shop, "--json").json["size"]


def test_an_explanation_is_told_whole_however_long_its_lines_are(
    shop: Path, headwater: Headwater, tmp_path: Path
) -> None:
    names = [f"category number {number}" for number in range(40)]
    rule = f"{{all: [{{did: purchase, where: {{category: {names}}}}}, {{did: purchase}}]}}"
    (tmp_path / "long.yaml").write_text(f"rule: {rule}\n")
    told = headwater("audiences", "explain", tmp_path / "long.yaml", "user_id=m1", "-p", shop)
    lines = told.out.splitlines()
    assert '"category number 39"' in lines[1]
    assert lines[1].startswith("├── no  did purchase where (category is one of (")
    assert lines[2].startswith("└── yes did purchase at least 1 time at any time")
    assert lines[3].startswith("    ├── ")
