"""What rules would change if they were applied, and how a profile came to be what it is. Writes nothing.

Reads what resolving reads, `identity_map` and `identity_changes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from headwater.identity.declare import Rules
from headwater.identity.evidence import read_known
from headwater.identity.graph import Integers
from headwater.identity.identifier import Identifier
from headwater.identity.mapping import read_mapping
from headwater.identity.places import distinct
from headwater.identity.resolve import aside_rows, settled
from headwater.tables.workspace import Workspace

N_LARGEST = 10
SWALLOWED = 0.1  # of all identifiers: a profile with more of them is hardly one person
FAR_TOO_MANY = 100  # identifiers: fewer may be a person's, however few there are in all


@dataclass(frozen=True)
class Cluster:
    """A profile as it would be; `n_before`: of how many profiles of today it is made."""

    profile_id: int
    n_identifiers: int
    n_before: int


@dataclass(frozen=True)
class Simulated:
    """What would be.

    Attributes:
        n_before, n_after: profiles now and then.
        n_merged: profiles of today that would be one with others.
        n_split: profiles of today that would be several.
        n_named: identifiers that would be in a profile.
        n_nobody: identifiers that would be in none.
        n_aside: links that would not count.
        largest: the largest profiles that are not of today, largest first.
        swallowing: the largest profile of all, if it would hold so many identifiers that it is hardly one person.
    """

    n_before: int
    n_after: int
    n_merged: int
    n_split: int
    n_named: int
    n_nobody: int
    n_aside: int
    largest: tuple[Cluster, ...]
    swallowing: Cluster | None = None

    @property
    def share_swallowed(self) -> float:
        """What part of all identifiers that name somebody `swallowing` would hold."""
        return self.swallowing.n_identifiers / self.n_named if self.swallowing else 0.0


def simulate(workspace: Workspace, rules: Rules, kinds: Mapping[str, Identifier]) -> Simulated:
    """What resolving by these rules would change."""
    engine = workspace.engine
    known = read_known(engine, workspace.clock, rules, kinds)
    found = settled(known, rules, kinds, engine)
    today, future = read_mapping(engine), found.mapping
    both, now, then = np.intersect1d(today.nodes, future.nodes, assume_unique=True, return_indices=True)
    pairs = (
        np.unique(np.stack([today.profiles[now], future.profiles[then]], axis=1), axis=0)
        if len(both)
        else _NONE
    )
    into, out_of = _counts(pairs[:, 1]), _counts(pairs[:, 0])
    merged = np.isin(pairs[:, 1], [profile for profile, n in into.items() if n > 1])
    return Simulated(
        today.n_profiles,
        future.n_profiles,
        len(distinct(pairs[merged, 0])),
        sum(n > 1 for n in out_of.values()),
        len(future.nodes),
        len(known.nodes) - len(future.nodes),
        aside_rows(known, found.aside).num_rows,
        _largest(future.profiles, into),
        _swallowing(future.profiles, into),
    )


_NONE = np.zeros((0, 2), dtype=np.int64)


def _counts(values: Integers) -> dict[int, int]:
    found, counts = np.unique(values, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _largest(profiles: Integers, into: Mapping[int, int]) -> tuple[Cluster, ...]:
    """The largest of those that several profiles of today would become."""
    sizes = _counts(profiles)
    new = sorted((each for each in sizes if into.get(each, 0) > 1), key=lambda each: (-sizes[each], each))
    return tuple(Cluster(each, sizes[each], into[each]) for each in new[:N_LARGEST])


def _swallowing(profiles: Integers, into: Mapping[int, int]) -> Cluster | None:
    """The largest profile, if it has far more identifiers than a person, and a good part of all there are."""
    if not len(profiles):
        return None
    found, counts = np.unique(profiles, return_counts=True)
    place = int(np.argmax(counts))
    size, profile = int(counts[place]), int(found[place])
    if size < FAR_TOO_MANY or size <= SWALLOWED * len(profiles):
        return None
    return Cluster(profile, size, into.get(profile, 0))


def history(profile_id: int, workspace: Workspace) -> list[Mapping[str, Any]]:
    """What happened to the identifiers that a profile has or had: `happened_at`, which, what, and the other profile, by time."""
    own = int(profile_id)
    found: list[Mapping[str, Any]] = workspace.engine.table(
        "SELECT * FROM ("
        "SELECT loaded_at AS happened_at, identifier, value, 'first seen' AS happened, CAST(NULL AS BIGINT) AS profile "
        f"FROM nodes JOIN identity_map USING (node_id) WHERE profile_id = {own} UNION ALL "
        "SELECT changed_at, identifier, value, 'came from', was_profile_id FROM identity_changes "
        f"JOIN nodes USING (node_id) WHERE profile_id = {own} UNION ALL "
        "SELECT changed_at, identifier, value, 'went to', profile_id FROM identity_changes "
        f"JOIN nodes USING (node_id) WHERE was_profile_id = {own}) AS told ORDER BY happened_at, identifier, value, happened"
    ).to_pylist()
    return found
