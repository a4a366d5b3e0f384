"""What a change of who is who does to profiles, in numbers: held to the plainest Python over random groupings."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, strategies as st

from headwater.identity.simulate import Cluster, Grouping, Outlook

_GROUPS = st.dictionaries(st.integers(0, 12), st.integers(0, 4), max_size=12)


def grouping(groups: dict[int, int]) -> Grouping:
    """Each node in its group; a profile is called by its smallest node, as resolving does."""
    smallest = {group: min(node for node, its in groups.items() if its == group) for group in groups.values()}
    nodes = sorted(groups)
    return Grouping(
        np.array(nodes, dtype=np.int64), np.array([smallest[groups[node]] for node in nodes], dtype=np.int64)
    )


def profiles(groups: Grouping) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for node, profile in zip(groups.nodes.tolist(), groups.profiles.tolist(), strict=True):
        found[profile].add(node)
    return dict(found)


@given(now=_GROUPS.map(grouping), then=_GROUPS.map(grouping))
def test_the_numbers_are_those_of_sets(now: Grouping, then: Grouping) -> None:
    before, after = profiles(now), profiles(then)
    named = set(then.nodes.tolist())
    told = Outlook(now, then, 13, 3).told()
    made_of = {new: [old for old in before if before[old] & after[new]] for new in after}
    becomes = {old: [new for new in after if before[old] & after[new]] for old in before}
    merged = {old for olds in made_of.values() if len(olds) > 1 for old in olds}
    split = {old for old, news in becomes.items() if len(news) > 1}
    lost = {old for old in before if before[old] - named}
    assert (told.n_before, told.n_after) == (len(before), len(after))
    assert (told.n_merged, told.n_split) == (len(merged), len(split))
    assert told.n_changed == len(merged | split | lost)
    assert (told.n_identifiers, told.n_nobody, told.n_aside) == (13, 13 - len(named), 3)
    new = {each: olds for each, olds in made_of.items() if len(olds) > 1}
    assert told.largest == tuple(
        Cluster(each, len(after[each]), len(new[each]))
        for each in sorted(new, key=lambda each: (-len(after[each]), each))
    )


@given(_GROUPS.map(grouping))
def test_nothing_changes_where_all_stays(groups: Grouping) -> None:
    told = Outlook(groups, groups, len(groups.nodes), 0).told()
    assert (told.n_merged, told.n_split, told.n_changed, told.n_nobody, told.largest) == (0, 0, 0, 0, ())
