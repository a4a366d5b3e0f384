"""What others are told, by the commands: releases, files, clean rooms; and counts as a role sees them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Headwater
from tests.flow.cleanroom.conftest import declare

from headwater.access.audit.log import open_audit
from headwater.core.project import open_project


@pytest.fixture
def project(shop: Path, tmp_path: Path) -> Path:
    folder = shutil.copytree(shop, tmp_path / "shop")
    with (folder / "headwater.yaml").open("a") as config:
        config.write("anonymity: {floor: 2, epsilon: 1, quasi_identifiers: []}\n")
    return folder


def test_a_release_is_spent_once_and_recorded(project: Path, headwater: Headwater) -> None:
    asked = ("privacy", "release", "tea_not_coffee", "--epsilon", "1", "--count", "-p", project)
    first, again = (headwater(*asked, "--json").json for _ in range(2))
    assert (first["counts"], first["is_kept"], again["is_kept"]) == (again["counts"], False, True)
    assert "nothing was spent" in headwater(*asked).out
    assert headwater("privacy", "budget", "-p", project, "--json").json["recipients"] == [
        {"recipient": "public", "left": 0}
    ]
    refused = headwater("privacy", "release", "big_spenders", "--epsilon", "0.1", "--count", "-p", project)
    assert (refused.exit_code, "next:" in refused.err) == (3, True)
    assert headwater("privacy", "release", "big_spenders", "--epsilon", "0.1", "-p", project).exit_code == 2
    with open_audit(open_project(project)) as log:
        entries = [entry.event for entry in log.entries()]
    assert {(each.by, each.outcome) for each in entries} >= {
        ("privacy release", "done"),
        ("privacy release", "refused"),
    }
    assert ("tea_not_coffee", "public") in {each.about for each in entries}


def test_a_file_by_pseudonym_is_written_once_and_listed(
    project: Path, headwater: Headwater, tmp_path: Path
) -> None:
    asked = ("privacy", "pseudonymise", "tea_not_coffee", "--to", tmp_path / "out.csv", "--recipient", "acme")
    told = headwater(*asked, "-p", project)
    assert (told.exit_code, "by pseudonym" in told.out) == (0, True)
    assert headwater(*asked, "-p", project).exit_code == 2
    [listed] = headwater("privacy", "exports", "-p", project, "--json").json["exports"]
    assert (listed["recipient"], listed["n_rows"] > 0) == ("acme", True)


def test_a_clean_room_from_agreement_to_result(project: Path, headwater: Headwater, tmp_path: Path) -> None:
    other = shutil.copytree(project, tmp_path / "other")
    declare(project, other, "tea_not_coffee", floor=2)
    declare(other, project, "tea_not_coffee", floor=2)
    asked, answered = tmp_path / "request.json", tmp_path / "answer.json"
    assert headwater("cleanroom", "request", "room", "--to", asked, "-p", project).exit_code == 0
    there = ("cleanroom", "answer", "room", "--request", asked, "--to", answered, "-p", other)
    assert headwater(*there).exit_code == 0
    found = headwater("cleanroom", "result", "room", "--answer", answered, "-p", project)
    assert "in common" in found.out
    [run] = headwater("cleanroom", "runs", "-p", project, "--json").json["runs"]
    assert (run["n_shared"], "key" in run) == (run["n"], False)
    [agreed] = headwater("cleanroom", "agree", "-p", project, "--json").json["agreements"]
    assert agreed["n_used"] == 1


@pytest.mark.parametrize(
    "words", [("list",), ("show", "tea_not_coffee"), ("size", "tea_not_coffee")], ids=" ".join
)
def test_counts_can_be_shown_as_a_role_sees_them(
    words: tuple[str, ...], shop: Path, headwater: Headwater
) -> None:
    exact = headwater("audiences", *words, "-p", shop, "--json").json
    seen = headwater("audiences", *words, "-p", shop, "--as", "marketer", "--json").json
    first, second = (each if isinstance(each, dict) else each[-1] for each in (exact, seen))
    assert 0 < first["size"] < 25
    assert second["size"] == {"below_floor": True}
    assert headwater(
        "audiences", *words, "-p", shop, "--as", "engineer", "--json"
    ).json == exact or words == ("list",)
    assert "too few" in headwater("audiences", *words, "-p", shop, "--as", "marketer").out


def test_overlaps_can_be_shown_as_a_role_sees_them(shop: Path, headwater: Headwater) -> None:
    asked = ("audiences", "overlap", "big_spenders", "coffee_lovers", "-p", shop, "--as", "marketer")
    assert headwater(*asked, "--json").json["overlaps"][0]["both"] == {"below_floor": True}
    assert "too few" in headwater(*asked).out
