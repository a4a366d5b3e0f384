"""Numbers of profiles and identifiers, in arrays: put in order, and looked up.

NumPy's `unique` hashes, and takes ten times as long as sorting; looking up by a table of all numbers is faster still, where they
are as dense as they are given out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.engine.bitmaps import Ids

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


def places(ids: Ids) -> Lookup:
    """A lookup of ids, ascending without repeats, by their places: from 1."""
    return lookup(ids, np.arange(1, len(ids) + 1, dtype=np.int32))


def _table(ids: Ids, bins: Bins) -> Bins | None:
    if not len(ids) or ids[0] < 0 or int(ids[-1]) > SPARSE * len(ids) + 1_000_000:
        return None
    table = np.zeros(int(ids[-1]) + 2, dtype=np.int32)
    table[ids] = bins
    return table


def ascending(ids: Ids) -> Ids:
    """Ascending without repeats: the same array, if it is so already.

    >>> ascending(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    if bool(np.all(ids[1:] > ids[:-1])):
        return ids
    ids = np.sort(ids)
    found: Ids = ids[np.concatenate([[True], ids[1:] != ids[:-1]])]
    return found
