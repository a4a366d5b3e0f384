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
from headwater.identity.resolve import settled
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

N_LARGEST = 10


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
        n_nobody: identifiers that would be in no profile.
        n_aside: links that would not count.
        largest: the largest profiles that are not of today, largest first.
    """

    n_before: int
    n_after: int
    n_merged: int
    n_split: int
    n_nobody: int
    n_aside: int
    largest: tuple[Cluster, ...]


def simulate(
    workspace: Workspace, rules: Rules, kinds: Mapping[str, Identifier], links_in: str = "links"
) -> Simulated:
    """What resolving by these rules would change; `links_in`: what is read in place of `links`."""
    known = read_known(workspace, rules, kinds, links_in)
    found = settled(known, kinds, workspace.engine)
    today = workspace.engine.table("SELECT node_id, profile_id FROM identity_map ORDER BY node_id")
    nodes, profiles = (
        np.asarray(today[name].to_numpy(), dtype=np.int64) for name in ("node_id", "profile_id")
    )
    both, now, then = np.intersect1d(nodes, found.nodes, assume_unique=True, return_indices=True)
    pairs = np.unique(np.stack([profiles[now], found.profiles[then]], axis=1), axis=0) if len(both) else _NONE
    into, out_of = _counts(pairs[:, 1]), _counts(pairs[:, 0])
    merged = np.isin(pairs[:, 1], [profile for profile, n in into.items() if n > 1])
    return Simulated(
        len(np.unique(profiles)),
        len(np.unique(found.profiles)),
        len(np.unique(pairs[merged, 0])),
        sum(n > 1 for n in out_of.values()),
        len(known.nodes) - len(found.nodes),
        int(np.count_nonzero(found.aside)),
        _largest(found.profiles, into),
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


def history(profile_id: int, workspace: Workspace) -> list[Mapping[str, Any]]:
    """What happened to the identifiers that a profile has or had: `happened_at`, which, what, and the other profile, by time."""
    own = int(profile_id)
    found: list[Mapping[str, Any]] = workspace.engine.table(
        "SELECT * FROM ("
        f"SELECT loaded_at AS happened_at, identifier, {opened()} AS value, 'first seen' AS happened, "
        "CAST(NULL AS BIGINT) AS profile "
        f"FROM nodes JOIN identity_map USING (node_id) WHERE profile_id = {own} UNION ALL "
        f"SELECT changed_at, identifier, {opened()}, 'came from', was_profile_id FROM identity_changes "
        f"JOIN nodes USING (node_id) WHERE profile_id = {own} UNION ALL "
        f"SELECT changed_at, identifier, {opened()}, 'went to', profile_id FROM identity_changes "
        f"JOIN nodes USING (node_id) WHERE was_profile_id = {own}) AS told ORDER BY happened_at, identifier, value, happened"
    ).to_pylist()
    return found
