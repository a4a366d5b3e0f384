"""Whose identifiers are, read once for as long as a project is open and nobody's identifiers move.

Reads the table `identity_map`; writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headwater.engine.ids import Lookup, ascending, lookup, places
from headwater.tables.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Owners:
    """All profiles that have identifiers, by their places, from 1; 0 is nobody's."""

    profiles: Lookup
    nodes: Lookup

    @property
    def n_places(self) -> int:
        """One more than there are profiles."""
        return len(self.profiles.ids) + 1


def owners_of(workspace: Workspace) -> Owners:
    """Everybody, as the map of identifiers is now."""
    return workspace.kept("owners", ("identity_map",), lambda: _read(workspace))


def _read(workspace: Workspace) -> Owners:
    mapped = workspace.engine.table(
        "SELECT node_id, profile_id FROM identity_map WHERE node_id IS NOT NULL AND profile_id IS NOT NULL"
    )
    node_ids, profile_ids = (
        np.asarray(mapped[name].to_numpy(), dtype=np.int64) for name in ("node_id", "profile_id")
    )
    profiles = places(ascending(profile_ids))
    return Owners(profiles, lookup(node_ids, profiles.of(profile_ids)))
