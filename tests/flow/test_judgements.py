"""What was decided and found to be alike stands after a rebuild, whatever numbers identifiers have then."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.identity.likeness.conftest import Known
from tests.identity.likeness.test_keep import C1, E1, U1, U2, alike, some
from tests.tables.sealed import NODES

from headwater.core.project import open_project
from headwater.flow.bases import run_and_keep_base
from headwater.flow.batch import follow_identities, run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.judgements import copy_judgements
from headwater.flow.rebuild import rebuild
from headwater.identity.decide import decide
from headwater.identity.likeness.households import households_of_profiles
from headwater.identity.likeness.keep import keep
from headwater.tables.workspace import Workspace, work
from headwater.testing.shop import Shop


def judged(known: Known) -> Known:
    keep(
        [
            alike(known, (C1, U1, 0.95)),
            alike(known, (U1, E1, 0.95), name="homes", level="household"),
        ],
        [],
        known.workspace,
    )
    return known


def told(known: Known, *names: str) -> Known:
    for name in names:
        some(known, name)
    known.tie(U2, E1)
    return known


def homes(known: Known) -> set[frozenset[str]]:
    """Which identifiers are of profiles that live together."""
    names = {number: name for name, number in known.numbers.items()}
    profile_of = {row["node_id"]: row["profile_id"] for row in known.rows("SELECT * FROM identity_map")}
    home_of = {
        row["profile_id"]: row["household"] for row in households_of_profiles(known.workspace).to_pylist()
    }
    found: dict[str, set[str]] = {}
    for node, profile in profile_of.items():
        found.setdefault(home_of[profile], set()).add(names[node])
    return {frozenset(each) for each in found.values()}


def test_the_same_identifiers_are_judged_alike_by_other_numbers(tmp_path: Path) -> None:
    projects = []
    for folder in (tmp_path / "old", tmp_path / "new"):
        folder.mkdir()
        (folder / "headwater.yaml").write_text("project: shop\n")
        projects.append(open_project(folder))
    (tmp_path / "new" / "keys").symlink_to(
        tmp_path / "old" / "keys"
    )  # a project that is rebuilt keeps its keys
    with work(projects[0]) as first, work(projects[1]) as second:
        old = told(Known(first), C1, U1, U2, E1)
        old.decide(C1, E1, "different")
        old.write()
        judged(old)
        new = told(Known(second), E1, U2, U1, C1)
        new.write()
        copy_judgements(first, second)
        assert old.numbers != new.numbers
        assert new.profiles() == old.profiles() == {frozenset({C1, U1}), frozenset({U2, E1})}
        assert homes(new) == homes(old) == {frozenset({C1, U1, U2, E1})}
        pairs = "SELECT rule, source, confidence, first_seen_at FROM links ORDER BY ALL"
        assert new.rows(pairs) == old.rows(pairs)
        assert new.rows("SELECT * FROM matches WHERE node_id >= other_node_id") == []
        assert [row["verdict"] for row in new.rows("SELECT verdict FROM identity_decisions")] == ["different"]


def some_of(kind: str, workspace: Workspace) -> list[tuple[int, tuple[str, str]]]:
    rows = workspace.engine.table(
        f"SELECT node_id, identifier, value FROM {NODES} WHERE identifier = '{kind}' ORDER BY value"
    ).to_pylist()
    return [(row["node_id"], (row["identifier"], row["value"])) for row in rows]


@pytest.mark.slow
def test_a_rebuild_is_what_is_live_with_all_that_was_judged(shop: Shop) -> None:
    config = shop.folder / "headwater.yaml"
    config.write_text(
        config.read_text().replace("now: 2026-04-01T00:00\n", "")
    )  # a rebuild is of the present
    (shop.folder / "collectors").mkdir()
    (shop.folder / "collectors" / "website.yaml").write_text("keys: [k]\n")
    (shop.folder / "matching").mkdir()
    (shop.folder / "matching" / "homes.yaml").write_text(
        "level: household\nattributes: {city: last_name, points: street}\nidentifiers: []\n"
    )
    (shop.folder / "matching" / "people.yaml").write_text("attributes: {city: text}\n")
    (shop.folder / "audiences" / "at_home.yaml").write_text("rule: {household_of: big_spenders, by: homes}\n")
    (shop.folder / "audiences" / "anywhere.yaml").write_text("rule: {trait: homes, is: {exists: true}}\n")
    project = open_project(shop.folder)
    with work(project) as workspace:
        definitions = read_definitions(workspace)
        run_batch(workspace, definitions)
        known = Known(workspace)
        (one, first), (two, second), (three, _), (four, _), *_ = some_of("anonymous_id", workspace)
        (five, _), (six, _), *_ = some_of("user_id", workspace)
        known.numbers = {"a": one, "b": two, "c": three, "d": four, "e": five, "f": six}
        found = [
            alike(known, ("c", "d", 0.97)),
            alike(known, ("e", "f", 0.97), name="homes", level="household"),
        ]
        keep(found, [], workspace)
        decide(first, second, "same", "x", "ann", workspace)
        follow_identities(workspace, definitions)
        n_profiles = workspace.engine.table("SELECT 1 FROM profiles").num_rows
        assert workspace.engine.table("SELECT 1 FROM traits WHERE trait = 'homes'").num_rows
    with work(project) as workspace:
        assert run_and_keep_base(workspace, read_definitions(workspace)) == []
    told = rebuild(project)
    assert (told.is_equal, told.differing) == (True, 0)
    assert told.live.n_persons == n_profiles
    assert rebuild(project, replacing=True).is_equal
    with work(project) as workspace:
        run_and_keep_base(workspace, read_definitions(workspace))
        assert workspace.engine.table("SELECT 1 FROM profiles").num_rows == n_profiles
