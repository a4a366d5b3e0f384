"""Sets of profiles as bitmaps, over dense ordinals: profile number 0, 1, 2, … in ascending order of profile id.

A `Universe` fixes which profile has which ordinal. A set that is worked on is a NumPy array of booleans, one a profile
(`Bits`); one that is kept, combined or compared is packed, 64 profiles a number (`Words`): a million profiles are 125 KB.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]
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


def pack(bits: Bits) -> Words:
    """A set as 64 profiles a number, the last one filled up with nobody."""
    packed = np.zeros(-(-len(bits) // 64), dtype=np.uint64)
    packed.view(np.uint8)[: -(-len(bits) // 8)] = np.packbits(bits)
    return packed


def unpack(words: Words, size: int) -> Bits:
    """The set of so many profiles that was packed so."""
    return np.unpackbits(words.view(np.uint8), count=size).view(np.bool_)


def count_packed(words: Words) -> int:
    """How many profiles a packed set holds."""
    return int(np.bitwise_count(words).sum(dtype=np.int64))


class Sets(MutableMapping[str, Bits]):
    """Sets by name, over the same `size` profiles: kept packed, unpacked when asked for.

    `words`: the packed ones.
    """

    def __init__(self, size: int, words: dict[str, Words] | None = None) -> None:
        self.size = size
        self.words: dict[str, Words] = {} if words is None else words

    def __getitem__(self, name: str) -> Bits:
        return unpack(self.words[name], self.size)

    def __setitem__(self, name: str, bits: Bits) -> None:
        self.words[name] = pack(bits)

    def __delitem__(self, name: str) -> None:
        del self.words[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, name: object) -> bool:
        return name in self.words

    def only(self, names: Sequence[str]) -> Sets:
        """Those of these names, in their order; the empty set where there is none."""
        nobody = pack(np.zeros(self.size, dtype=np.bool_))
        return Sets(self.size, {name: self.words.get(name, nobody) for name in names})


def intersections(packed: Sequence[Words]) -> npt.NDArray[np.int64]:
    """How many profiles each pair of sets shares: a symmetric matrix whose diagonal is the sizes."""
    shared = np.zeros((len(packed), len(packed)), dtype=np.int64)
    for row, left in enumerate(packed):
        for column in range(row, len(packed)):
            n = count_packed(left & packed[column])
            shared[row, column] = shared[column, row] = n
    return shared
