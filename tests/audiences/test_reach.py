from __future__ import annotations

import random

import numpy as np

from headwater.audiences.chosen import Members, as_refreshed, by_rules
from headwater.audiences.overlap import overlap_of
from headwater.audiences.parse import Audience
from headwater.audiences.reach import Reach, Reached, reach
from headwater.audiences.refresh import refresh
from headwater.engine.bitmaps import Universe
from headwater.tables.workspace import Workspace


def test_what_is_reached_equals_what_python_sets_say() -> None:
    chance = random.Random(5)
    people = {name: {each for each in range(200) if chance.random() < 0.3} for name in "abcd"}
    universe = Universe(np.arange(200))
    bits = {name: universe.set_of(np.array(sorted(ids))) for name, ids in people.items()}
    found = reach(Members(universe, bits, 200))
    before: set[int] = set()
    for each in found.audiences:
        own = people[each.audience]
        others = set().union(*(ids for name, ids in people.items() if name != each.audience))
        assert (each.unique, each.incremental) == (len(own - others), len(own - before))
        before |= own
        assert (each.size, each.cumulative) == (len(own), len(before))
    assert found.n_people == len(before) == sum(each.incremental for each in found.audiences)


def test_it_is_the_same_by_rules_and_as_refreshed(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    refresh(audiences, workspace)
    names = ["young", "coffee", "nothing"]
    stored = reach(as_refreshed(names, workspace))
    assert stored == Reach(
        3, 5, (Reached("young", 2, 1, 2, 2), Reached("coffee", 2, 1, 1, 3), Reached("nothing", 0, 0, 0, 3))
    )
    assert reach(by_rules({name: audiences[name] for name in names}, workspace, audiences)) == stored


def test_overlap_by_rules_needs_no_refresh(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    chosen = {name: audiences[name] for name in ("young_coffee", "coffee")}
    assert overlap_of(by_rules(chosen, workspace, audiences)).counts.tolist() == [[1, 1], [1, 2]]


def test_nobody_at_all_is_a_share_of_nothing() -> None:
    universe = Universe(np.empty(0, dtype=np.int64))
    assert reach(Members(universe, {"a": universe.none()}, 0)).share == 0
