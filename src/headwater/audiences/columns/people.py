"""Who an identifier or a profile id is, as a bin to count in: bin 0 is nobody's, bin n + 1 that of ordinal n.

So bins stay what they are when profiles are added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from headwater.engine.bitmaps import Bits, Ids, Universe
from headwater.engine.engine import Engine
from headwater.engine.ids import Lookup, ascending, lookup, places


@dataclass(frozen=True, eq=False)
class People:
    """All profiles, and how to find them by profile id and by identifier node."""

    universe: Universe
    profiles: Lookup
    nodes: Lookup

    @property
    def n_bins(self) -> int:
        """One more than there are profiles."""
        return self.universe.size + 1

    def having(self, nodes: Ids) -> Bits:
        """Whose these identifiers are."""
        found = np.zeros(self.n_bins, dtype=np.bool_)
        found[self.nodes.of(nodes)] = True
        return found[1:]

    def extends(self, other: People) -> bool:
        """Whether every profile and identifier there was before has the same bin as before."""
        return (
            _begins_with(self.universe.profile_ids, other.universe.profile_ids)
            and len(self.nodes.ids) >= len(other.nodes.ids)
            and bool(np.array_equal(self.nodes.of(other.nodes.ids), other.nodes.bins))
        )


def _begins_with(longer: Ids, shorter: Ids) -> bool:
    return len(longer) >= len(shorter) and bool(np.array_equal(longer[: len(shorter)], shorter))


def read_people(engine: Engine) -> People:
    """Everyone, from the tables `profiles` and `identity_map`."""
    found = engine.table("SELECT profile_id FROM profiles WHERE profile_id IS NOT NULL")
    universe = Universe(ascending(_ids(found, "profile_id")))
    profiles = places(universe.profile_ids)
    mapped = engine.table(
        "SELECT node_id, profile_id FROM identity_map WHERE node_id IS NOT NULL AND profile_id IS NOT NULL"
    )
    return People(
        universe, profiles, lookup(_ids(mapped, "node_id"), profiles.of(_ids(mapped, "profile_id")))
    )


def _ids(rows: pa.Table, name: str) -> Ids:
    return np.asarray(rows[name].to_numpy(), dtype=np.int64)
