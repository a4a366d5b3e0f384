"""Who an identifier or a profile id is, as a bin to count in: bin 0 is nobody's, bin n + 1 that of ordinal n.

So bins stay what they are when profiles are added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from headwater.engine.bitmaps import Bits, Ids, Universe
from headwater.engine.engine import Engine

Bins = npt.NDArray[np.int32]
SPARSE = 16  # ids that leave more gaps than this are looked up by search


@dataclass(frozen=True, eq=False)
class Lookup:
    """Ids to bins; an id that is no one's finds bin 0.

    Attributes:
        ids: ascending.
        bins: of each id.
        table: the same by id itself, where ids are dense; the last place, which greater ids are clipped to, holds 0.
    """

    ids: Ids
    bins: Bins
    table: Bins | None

    def of(self, ids: npt.NDArray[np.signedinteger]) -> Bins:
        """The bins of ids, in their order."""
        if not len(self.ids):
            return np.zeros(len(ids), dtype=np.int32)
        if self.table is not None:
            return np.take(self.table, ids, mode="clip")
        places = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[places] == ids, self.bins[places], np.int32(0))


def lookup(ids: Ids, bins: Bins) -> Lookup:
    """A lookup of these ids, which need not be sorted but must differ."""
    if not bool(np.all(ids[1:] > ids[:-1])):
        order = np.argsort(ids)
        ids, bins = ids[order], bins[order]
    return Lookup(ids, bins, _table(ids, bins))


def _table(ids: Ids, bins: Bins) -> Bins | None:
    if not len(ids) or ids[0] < 0 or int(ids[-1]) > SPARSE * len(ids) + 1_000_000:
        return None
    table = np.zeros(int(ids[-1]) + 2, dtype=np.int32)
    table[ids] = bins
    return table


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
    universe = Universe(_ascending(_ids(found, "profile_id")))
    profiles = lookup(universe.profile_ids, np.arange(1, universe.size + 1, dtype=np.int32))
    mapped = engine.table(
        "SELECT node_id, profile_id FROM identity_map WHERE node_id IS NOT NULL AND profile_id IS NOT NULL"
    )
    return People(
        universe, profiles, lookup(_ids(mapped, "node_id"), profiles.of(_ids(mapped, "profile_id")))
    )


def _ids(rows: pa.Table, name: str) -> Ids:
    return np.asarray(rows[name].to_numpy(), dtype=np.int64)


def _ascending(ids: Ids) -> Ids:
    """Ascending without repeats. Sorting is many times as fast as NumPy's `unique`, which hashes."""
    if bool(np.all(ids[1:] > ids[:-1])):
        return ids
    ids = np.sort(ids)
    found: Ids = ids[np.concatenate([[True], ids[1:] != ids[:-1]])]
    return found
