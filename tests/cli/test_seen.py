"""What commands show with `--as`: what that role sees, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Headwater

from headwater.access.roles import Role
from headwater.core.project import open_project
from headwater.tables.nodes import opened
from headwater.tables.workspace import read

FLOOR = 25
COUNTED = {"size", "unique", "incremental", "cumulative", "n_people", "n", "n_reference", "low", "high"}
COUNTING = {
    "reach": ["audiences", "reach", "tea_not_coffee", "big_spenders"],
    "compare": ["audiences", "compare", "tea_not_coffee", "--all"],
    "history": ["audiences", "history", "tea_not_coffee"],
    "forecast": ["audiences", "forecast", "tea_not_coffee"],
    "simulate": ["identity", "simulate", "--link", "user_id=m1", "user_id=m3"],
    "match": ["identity", "match"],
    "deliveries": ["deliveries"],
    "lists": ["lists", "show"],
}
OF_PEOPLE = {
    "explain": ["identity", "explain", "user_id=m1", "user_id=m5"],
    "history": ["identity", "history", "user_id=m1"],
    "junk": ["identity", "junk"],
    "decisions": ["identity", "decisions"],
    "profile": ["profile", "show", "user_id=m1"],
}


@pytest.fixture(scope="module")
def listed(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop with a list of few and a decision; made once, and left as it is."""
    from headwater.audiences.lists import upload
    from headwater.flow.identities import Identities
    from headwater.tables.workspace import work

    file = tmp_path_factory.mktemp("lists") / "vip.csv"
    file.write_text("mail\nm1@example.com\nm2@example.com\n")
    with work(open_project(shop)) as workspace:
        upload("vip", file, "email=mail", workspace)
    Identities(open_project(shop)).link("user_id=m1", "user_id=m5", reason="ann@example.org called", by="jo")
    return shop


@pytest.fixture(scope="module")
def values(listed: Path) -> set[str]:
    """Every identifier there is, as it is."""
    with read(open_project(listed)) as workspace:
        found = workspace.engine.table(f"SELECT {opened()} AS value FROM nodes").column("value").to_pylist()
    return {each for each in found if each is not None}


def small(held: Any, name: str = "") -> Iterator[str]:
    """Counts that are told and are too small to be."""
    if isinstance(held, dict):
        for key, each in held.items():
            yield from small(each, key if not key.isdigit() else name)
    elif isinstance(held, list):
        for each in held:
            yield from small(each, name)
    elif type(held) is int and (name in COUNTED or name.startswith("n_")) and held < FLOOR:
        yield f"{name}: {held}"


@pytest.mark.parametrize("words", COUNTING.values(), ids=COUNTING)
def test_small_counts_are_not_told(words: list[str], listed: Path, headwater: Headwater) -> None:
    seen = headwater(*words, "-p", listed, "--as", "marketer", "--json")
    assert seen.exit_code == 0, seen.err
    assert list(small(seen.json)) == []
    assert "below_floor" in seen.out or words[1] in ("history", "forecast", "compare")  # which leave them out
    assert not seen.json.get("differences")


def test_what_is_too_few_is_said_so_to_people(listed: Path, headwater: Headwater) -> None:
    told = headwater(*COUNTING["reach"], "-p", listed, "--as", "marketer").out
    assert "too few" in told
    assert "below_floor" not in told
    many_columns = headwater(*COUNTING["deliveries"], "-p", listed, "--as", "marketer").out
    assert "n planned too few" in many_columns
    assert list(small(headwater(*COUNTING["reach"], "-p", listed, "--as", "engineer", "--json").json))


@pytest.mark.parametrize("words", OF_PEOPLE.values(), ids=OF_PEOPLE)
def test_people_are_masked(words: list[str], listed: Path, headwater: Headwater, values: set[str]) -> None:
    asked = (*words, "-p", listed)
    shown = headwater(*asked, "--as", "privacy_officer").out
    assert any(each in shown for each in values) or words[1] == "junk"
    seen = headwater(*asked, "--as", "analyst")
    assert seen.exit_code == 0, seen.err
    assert not [each for each in values if len(each) > 4 and each in seen.out]
    assert "ann@example.org" not in seen.out
    refused = headwater(*asked, "--as", "marketer")
    assert (refused.exit_code, refused.out) == (3, "")
    assert "may not see_people" in refused.err


def test_who_sees_all_is_shown_what_is_there(listed: Path, headwater: Headwater) -> None:
    asked = ("audiences", "reach", "big_spenders", "tea_not_coffee", "-p", listed, "--json")
    exact, seen = headwater(*asked).json, headwater(*asked, "--as", "admin").json
    assert seen == {"n_people": exact["n_people"], "audiences": exact["audiences"]}
    asked = ("audiences", "compare", "tea_not_coffee", "--all", "--limit", "1000", "-p", listed, "--json")
    exact, seen = (headwater(*asked, *how).json["differences"] for how in ([], ["--as", "admin"]))
    told = {(each["name"], each["value"]): each for each in exact}
    assert {(each["name"], each["value"]) for each in seen} == set(told)
    for each in seen:
        assert each["index"] == pytest.approx(told[each["name"], each["value"]]["index"])


def test_as_only_looks(listed: Path, headwater: Headwater) -> None:
    found = headwater("identity", "match", "--apply", "--as", Role.ANALYST, "-p", listed)
    assert (found.exit_code, "--as only looks" in found.err) == (2, True)
