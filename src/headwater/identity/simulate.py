"""What a change of who is who does to profiles, before it happens or after; and how a profile came to be. Writes nothing.

Reads what resolving reads, `identity_map` and `identity_changes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from headwater.identity.declare import Rules
from headwater.identity.evidence import read_known
from headwater.identity.graph import Flags, Integers
from headwater.identity.identifier import Identifier
from headwater.identity.mapping import Grouping
from headwater.identity.resolve import aside_rows, settled
from headwater.privacy.shown import People
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

N_LARGEST = 10


@dataclass(frozen=True)
class Cluster:
    """A profile as it would be; `n_before`: of how many profiles of today it is made."""

    TOLD_BY: ClassVar = "n_before"

    profile_id: int
    n_identifiers: People
    n_before: People


@dataclass(frozen=True)
class Simulated:
    """What would be.

    Attributes:
        n_identifiers: all there are.
        n_before, n_after: profiles now and then.
        n_merged: profiles of today that would be one with others.
        n_split: profiles of today that would be several.
        n_changed: profiles of today that would be merged, split, or without some identifier that they have.
        n_nobody: identifiers that would be in no profile.
        n_aside: links that would not count.
        largest: the largest profiles that are not of today, largest first.
    """

    n_identifiers: People
    n_before: People
    n_after: People
    n_merged: People
    n_split: People
    n_changed: People
    n_nobody: People
    n_aside: People
    largest: tuple[Cluster, ...]


@dataclass(frozen=True)
class Outlook:
    """Who is one person now and then.

    Attributes:
        now, then: the groupings.
        n_identifiers: all there are, those that name nobody included.
        n_aside: links that do not count then.
    """

    now: Grouping
    then: Grouping
    n_identifiers: int
    n_aside: int

    @cached_property
    def pairs(self) -> Integers:
        """The profiles now and then that have an identifier in common, shape (p, 2), each pair once."""
        _, now, then = np.intersect1d(
            self.now.nodes, self.then.nodes, assume_unique=True, return_indices=True
        )
        both = np.stack([self.now.profiles[now], self.then.profiles[then]], axis=1)
        return np.unique(both, axis=0) if len(both) else both

    def told(self) -> Simulated:
        """The difference in numbers."""
        was, becomes = self.pairs[:, 0], self.pairs[:, 1]
        is_merged, is_split = _repeated(becomes), _repeated(was)
        merged, split = np.unique(was[is_merged]), np.unique(was[is_split])
        changed = np.union1d(np.union1d(merged, split), self._smaller())
        return Simulated(
            self.n_identifiers,
            self.now.n_profiles,
            self.then.n_profiles,
            len(merged),
            len(split),
            len(changed),
            self.n_identifiers - len(self.then.nodes),
            self.n_aside,
            _largest(self.then.profiles, becomes),
        )

    def _smaller(self) -> Integers:
        """The profiles of today that have an identifier which names nobody then."""
        gone = ~np.isin(self.now.nodes, self.then.nodes, assume_unique=True)
        return np.unique(self.now.profiles[gone])


def foresee(
    now: Grouping,
    workspace: Workspace,
    rules: Rules,
    kinds: Mapping[str, Identifier],
    links_in: str = "links",
) -> Outlook:
    """What resolving by these rules would make of who is who now; `links_in`: what is read in place of `links`."""
    known = read_known(workspace.engine, workspace.clock, rules, kinds, links_in)
    found = settled(known, rules, kinds, workspace.engine)
    return Outlook(now, found.mapping, len(known.nodes), aside_rows(known, found.aside).num_rows)


def _repeated(values: Integers) -> Flags:
    """Of each value whether it is there more than once."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: npt.NDArray[np.bool_] = counts[places] > 1
    return found


def _largest(profiles: Integers, becomes: Integers) -> tuple[Cluster, ...]:
    """The largest of those that several profiles of today become."""
    new, n_before = np.unique(becomes, return_counts=True)
    new, n_before = new[n_before > 1], n_before[n_before > 1]
    every, sizes = np.unique(profiles, return_counts=True)
    sizes = sizes[np.searchsorted(every, new)]
    order = np.lexsort((new, -sizes))[:N_LARGEST]
    return tuple(Cluster(int(new[each]), int(sizes[each]), int(n_before[each])) for each in order)


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
