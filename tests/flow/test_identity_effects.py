"""What rules and decisions do to profiles and audiences: what is foreseen is measured afterwards, and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from headwater.core.errors import UserError
from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.identities import Identities
from headwater.flow.identity_effects import AudienceMove, _move
from headwater.identity.simulate import Grouping, Outlook
from headwater.tables.workspace import read, work
from headwater.testing.shop import make_shop

TABLES = ("identity_map", "profiles", "traits", "memberships", "identity_decisions", "evidence_aside")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Members whose e-mail addresses they share two by two."""
    folder = make_shop(tmp_path / "shop", n_people=40, n_purchases=400).folder
    members = folder / "data" / "members.csv"
    head, *rows = members.read_text().splitlines()
    shared = [row.replace(f"m{n * 2 + 1}@", f"family{n // 2}@") for n, row in enumerate(rows)]
    members.write_text("\n".join([head, *shared, ""]))
    say(folder, "email", "most_linked: 1")
    run(folder)
    return folder


def say(shop: Path, kind: str, text: str) -> None:
    path = shop / "identifiers" / f"{kind}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{text}\n")


def run(shop: Path) -> None:
    with work(open_project(shop)) as workspace:
        run_batch(workspace, read_definitions(workspace))


def who(shop: Path) -> Identities:
    return Identities(open_project(shop))


def state(shop: Path) -> dict[str, list[str]]:
    with read(open_project(shop)) as workspace:
        held = {name: workspace.engine.table(f"SELECT * FROM {name}").to_pylist() for name in TABLES}
        numbers = [str(workspace.snapshot.number)]
    return {"snapshot": numbers, **{name: sorted(map(str, rows)) for name, rows in held.items()}}


def sizes(shop: Path) -> dict[str, int]:
    with read(open_project(shop)) as workspace:
        rows = workspace.engine.table(
            "SELECT audience, count(*) AS n FROM memberships GROUP BY 1"
        ).to_pylist()
    return {row["audience"]: row["n"] for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["most_linked: 9", "blocked: [family3@example.com]\nmost_linked: 9"])
def test_what_is_foreseen_is_what_happens(shop: Path, rule: str) -> None:
    say(shop, "email", rule)
    before, was = state(shop), sizes(shop)
    foreseen = who(shop).simulate()
    assert state(shop) == before
    assert foreseen.n_merged > 10
    assert foreseen.audiences
    measured = who(shop).apply(anyway=True)
    assert measured == foreseen
    now = sizes(shop)
    for move in foreseen.audiences:
        assert (was.get(move.audience, 0), now.get(move.audience, 0)) == (move.size_now, move.size_then)
    assert {name: n for name, n in was.items() if now.get(name) == n}.keys().isdisjoint(
        each.audience for each in foreseen.audiences if each.size_now != each.size_then
    )
    again = who(shop).simulate()
    assert (again.n_merged, again.n_split, again.audiences, again.warnings) == (0, 0, (), ())


@pytest.mark.slow
def test_a_decision_is_foreseen_without_being_taken(shop: Path) -> None:
    before = state(shop)
    foreseen = who(shop).simulate(link=("user_id=m1", "user_id=m39"))
    assert state(shop) == before
    assert (foreseen.n_merged, foreseen.n_after) == (2, foreseen.n_before - 1)
    was = sizes(shop)
    assert who(shop).link("user_id=m1", "user_id=m39", reason="x", by="ann").is_one
    now = sizes(shop)
    told = {each.audience: (each.size_now, each.size_then) for each in foreseen.audiences}
    assert told.items() >= {name: (was[name], now[name]) for name in was if was[name] != now[name]}.items()
    back = who(shop).simulate(unmerge=("user_id=m1", "user_id=m39"))
    assert (back.n_split, back.n_before) == (1, foreseen.n_after)
    with pytest.raises(UserError, match="one identifier"):
        who(shop).simulate(link=("user_id=m1", "user_id=m1"))


@pytest.mark.slow
def test_an_audience_whose_query_fails_is_named_and_the_others_are_told(shop: Path) -> None:
    (shop / "audiences" / "failing.yaml").write_text(
        "description: Fails\nrule: {sql: \"SELECT CAST('x' AS BIGINT) AS profile_id FROM profiles\"}\n"
    )
    say(shop, "email", "most_linked: 9")
    foreseen = who(shop).simulate()
    assert foreseen.not_evaluated == ("failing",)
    assert foreseen.audiences


@pytest.mark.slow
def test_applying_what_is_applied_changes_nothing(shop: Path) -> None:
    before = state(shop)
    told = who(shop).apply()
    assert (told.n_changed, told.audiences) == (0, ())
    assert {**state(shop), "snapshot": []} == {**before, "snapshot": []}


_GROUPS = st.dictionaries(st.integers(0, 12), st.integers(0, 5), min_size=1, max_size=12)


@given(now=_GROUPS, then=_GROUPS, data=st.data())
def test_who_enters_and_leaves_is_who_shares_no_identifier(
    now: dict[int, int], then: dict[int, int], data
) -> None:
    outlook = Outlook(_grouping(now), _grouping(then), 13, 0)
    was = data.draw(st.sets(st.sampled_from(sorted(set(now.values())))))
    becomes = data.draw(st.sets(st.sampled_from(sorted(set(then.values())))))
    nodes_was = {node for node, profile in now.items() if profile in was}
    nodes_becomes = {node for node, profile in then.items() if profile in becomes}
    entered = {each for each in becomes if not {node for node in then if then[node] == each} & nodes_was}
    left = {each for each in was if not {node for node in now if now[node] == each} & nodes_becomes}
    move = _move("some", outlook, np.array(sorted(was), np.int64), np.array(sorted(becomes), np.int64))
    assert move == AudienceMove("some", len(was), len(becomes), len(entered), len(left))


def _grouping(groups: dict[int, int]) -> Grouping:
    nodes = sorted(groups)
    return Grouping(np.array(nodes, np.int64), np.array([groups[node] for node in nodes], np.int64))


def test_an_audience_moves_also_by_merging_alone() -> None:
    still = AudienceMove("some", 9, 9, 0, 0)
    assert still.n_moved == 0
    assert replace(still, size_then=5).n_moved == 4
    assert replace(still, size_then=7, n_left=2).n_moved == 2
    assert replace(still, n_entered=3, n_left=3).n_moved == 6
