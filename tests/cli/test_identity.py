"""Who is who from the command line: why, what somebody decides of it, and that taking it back restores exactly what was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.tables.sealed import NODES

from headwater.core.project import open_project
from headwater.tables.workspace import read
from headwater.testing.shop import make_shop

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater

FOLLOWING = {
    "profiles": "profile_id, n_events",
    "traits": "profile_id, trait, text, number, instant",
    "memberships": "audience, profile_id",
    "identity_map": "node_id, profile_id",
    "consents": "node_id, purpose, state",
}


HEADER = "receipt,line,member,visitor,sold_at,category,amount,pieces,gift"


@pytest.fixture
def shop(tmp_path: Path, headwater: Headwater) -> Path:
    folder = make_shop(tmp_path / "shop", n_people=20, n_purchases=200).folder
    assert headwater("run", "-p", folder).exit_code == 0
    return folder


def state(shop: Path) -> dict[str, list[tuple]]:
    with read(open_project(shop)) as workspace:
        return {
            table: sorted(
                map(
                    tuple,
                    (
                        row.values()
                        for row in workspace.engine.table(f"SELECT {columns} FROM {table}").to_pylist()
                    ),
                ),
                key=repr,
            )
            for table, columns in FOLLOWING.items()
        }


def members(shop: Path) -> list[str]:
    with read(open_project(shop)) as workspace:
        rows = workspace.engine.table(
            f"SELECT value, profile_id FROM {NODES} JOIN identity_map USING (node_id) WHERE identifier = 'user_id' ORDER BY value"
        ).to_pylist()
    return [f"user_id={row['value']}" for row in rows]


def test_a_merge_is_followed_at_once_and_taking_it_back_restores_exactly_what_was(
    shop: Path, headwater: Headwater
) -> None:
    before, (one, other, *_) = state(shop), members(shop)
    told = headwater(
        "identity", "link", one, other, "--reason", "called us", "--by", "ann", "-p", shop, "--json"
    )
    assert (told.exit_code, told.err) == (0, "")
    assert told.json["is_one"]
    assert [(step["rule"], step["sources"]) for step in told.json["path"]] == [("decided", ["ann"])]
    merged = state(shop)
    assert len(merged["profiles"]) == len(before["profiles"]) - 1
    assert merged["consents"] == before["consents"]
    headwater("identity", "withdraw", one, other, "-p", shop)
    assert state(shop) == before


def test_an_unmerge_parts_what_evidence_ties_and_survives_every_run(shop: Path, headwater: Headwater) -> None:
    with read(open_project(shop)) as workspace:
        [pair] = workspace.engine.table(
            "SELECT one.value AS one, other.value AS other, one.identifier AS kind, other.identifier AS other_kind "
            "FROM links JOIN nodes AS one USING (node_id) JOIN nodes AS other ON other.node_id = links.other_node_id "
            "WHERE one.identifier = 'user_id' OR other.identifier = 'user_id' ORDER BY 1, 2 LIMIT 1"
        ).to_pylist()
    ends = f"{pair['kind']}={pair['one']}", f"{pair['other_kind']}={pair['other']}"
    before = state(shop)
    assert headwater("identity", "explain", *ends, "-p", shop, "--json").json["is_one"]
    told = headwater("identity", "unmerge", *ends, "--reason", "two", "-p", shop, "--json").json
    assert not told["is_one"]
    assert [step["aside"] for step in told["path"]] == ["apart"]
    assert headwater("run", "-p", shop).exit_code == 0
    assert not headwater("identity", "explain", *ends, "-p", shop, "--json").json["is_one"]
    decided = headwater("identity", "decisions", "-p", shop, "--json").json["decisions"]
    assert [(each["verdict"], each["reason"]) for each in decided] == [("different", "two")]
    headwater("identity", "withdraw", *ends, "-p", shop)
    assert state(shop) == before


def test_rules_are_simulated_before_anything_happens(shop: Path, headwater: Headwater) -> None:
    one = members(shop)[0].removeprefix("user_id=")
    rows = [HEADER, f"r1,0,{one},phone of {one},2026-03-01 10:00:00,tea,1.5,1,", ""]
    (shop / "data" / "purchases_by_phone.csv").write_text("\n".join(rows))
    headwater("run", "-p", shop)
    before = state(shop)
    nothing = headwater("identity", "simulate", "-p", shop, "--json").json
    assert (nothing["n_merged"], nothing["n_split"]) == (0, 0)
    (shop / "identifiers").mkdir(exist_ok=True)
    (shop / "identifiers" / "user_id.yaml").write_text("most_linked: 1\n")
    told = headwater("identity", "simulate", "-p", shop, "--json").json
    assert (told["n_nobody"], told["n_split"], told["n_aside"]) == (1, 1, 2)
    assert state(shop) == before
    headwater("run", "-p", shop)
    assert len(state(shop)["profiles"]) == told["n_after"]


def test_the_history_of_a_profile_tells_what_came_and_what_went(shop: Path, headwater: Headwater) -> None:
    one, other, *_ = members(shop)
    headwater("identity", "link", one, other, "--reason", "x", "-p", shop)
    came = happened(headwater, shop, one)["came from"]
    assert came & {one, other}
    headwater("identity", "withdraw", one, other, "-p", shop)
    both = [happened(headwater, shop, each) for each in (one, other)]
    assert {each for told in both for each in told.get("went to", ())} == came
    assert all(told["first seen"] for told in both)


def happened(headwater: Headwater, shop: Path, one: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in headwater("identity", "history", one, "-p", shop, "--json").json["history"]:
        found.setdefault(row["happened"], set()).add(f"{row['identifier']}={row['value']}")
    return found


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("explain", "user_id=nobody-here", "user_id=m1"), "nobody has that user_id"),
        (("explain", "phone", "user_id=m1"), "kind=value"),
        (("link", "ONE", "ONE", "--reason", "x"), "one identifier"),
        (("withdraw", "ONE", "OTHER"), "nothing was decided"),
    ],
)
def test_mistakes_are_told(shop: Path, headwater: Headwater, arguments, told) -> None:
    one, other, *_ = members(shop)
    named = [{"ONE": one, "OTHER": other}.get(each, each) for each in arguments]
    found = headwater("identity", *named, "-p", shop)
    assert found.exit_code == 2
    assert told in found.err


def test_people_read_it(shop: Path, headwater: Headwater) -> None:
    one, other, *_ = members(shop)
    assert "Two: profile" in headwater("identity", "explain", one, other, "-p", shop).out
    told = headwater("identity", "link", one, other, "--reason", "x", "--by", "ann", "-p", shop).out
    assert "One person" in told
    assert "decided (ann" in told
    assert "ann" in headwater("identity", "decisions", "-p", shop).out
    assert "profiles now" in headwater("identity", "simulate", "-p", shop).out
    assert "first seen" in headwater("identity", "history", one, "-p", shop).out
