"""Sets of profiles as bitmaps, over dense ordinals: profile number 0, 1, 2, … in ascending order of profile id.

A `Universe` fixes which profile has which ordinal. A set is a NumPy array of booleans, one a profile, so that
and, or and not are array operations; packed to bits where many sets are compared with each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Universe:
    """All profiles there are, ascending and without repeats."""

    profile_ids: Ids

    @property
    def size(self) -> int:
        """How many profiles there are."""
        return len(self.profile_ids)

    def none(self) -> Bits:
        """The empty set."""
        return np.zeros(self.size, dtype=np.bool_)

    def all(self) -> Bits:
        """Everyone."""
        return np.ones(self.size, dtype=np.bool_)

    def set_of(self, profile_ids: Ids) -> Bits:
        """The set of these profiles; ids that are not in the universe are left out."""
        bits = self.none()
        bits[self.ordinals(profile_ids)] = True
        return bits

    def ordinals(self, profile_ids: Ids) -> Ids:
        """The ordinals of these profiles; ids that are not in the universe are left out."""
        if not self.size:
            return np.empty(0, dtype=np.int64)
        places = np.searchsorted(self.profile_ids, profile_ids)
        places[places == self.size] = 0
        found: Ids = places[self.profile_ids[places] == profile_ids].astype(np.int64)
        return found

    def members(self, bits: Bits) -> Ids:
        """The profile ids in a set, ascending."""
        return self.profile_ids[bits]


def count(bits: Bits) -> int:
    """How many profiles a set holds."""
    return int(np.count_nonzero(bits))


def intersections(sets: Sequence[Bits]) -> npt.NDArray[np.int64]:
    """How many profiles each pair of sets shares: a symmetric matrix whose diagonal is the sizes."""
    packed = [_words(bits) for bits in sets]
    shared = np.zeros((len(sets), len(sets)), dtype=np.int64)
    for row, left in enumerate(packed):
        for column in range(row, len(packed)):
            n = int(np.bitwise_count(left & packed[column]).sum())
            shared[row, column] = shared[column, row] = n
    return shared


def _words(bits: Bits) -> npt.NDArray[np.uint64]:
    """A set as 64 profiles a number, the last one filled up with nobody."""
    packed = np.packbits(bits)
    return np.pad(packed, (0, -len(packed) % 8)).view(np.uint64)
