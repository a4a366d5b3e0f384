"""What a base says of who is not who: pairs of which somebody said that they are two, and evidence that is too old.

live/base/<name>/   apart.msgpack  keys of two identifiers each
                    expired.npy    a number for each pair that is tied by nothing but evidence that does not count any more
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np

from headwater.live.state import Node

APART, EXPIRED = "apart.msgpack", "expired.npy"
_NONE: frozenset[bytes] = frozenset()


class Parted:
    """Those of the base in a folder. `key_of`: the key by which the base knows an identifier.

    Raises:
        OSError: it has none.
    """

    def __init__(self, folder: Path, key_of: Callable[[Node], bytes]) -> None:
        self._key_of = key_of
        self._apart: dict[bytes, set[bytes]] = {}
        for one, other in msgspec.msgpack.decode(
            (folder / APART).read_bytes(), type=list[tuple[bytes, bytes]]
        ):
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)
        self._expired = np.load(folder / EXPIRED, mmap_mode="r")

    def are_apart(self, ones: Iterable[Node], others: Iterable[Node]) -> bool:
        """Whether somebody said of one of these and one of those that they are two people."""
        if not self._apart:
            return False
        keys = set(map(self._key_of, others))
        return any(not keys.isdisjoint(self._apart.get(self._key_of(each), _NONE)) for each in ones)

    def has_expired(self, one: Node, other: Node) -> bool:
        """Whether these two were tied, and it is too long ago."""
        if not len(self._expired):
            return False
        number = pair_number(self._key_of(one), self._key_of(other))
        place = int(np.searchsorted(self._expired, np.uint64(number)))
        return place < len(self._expired) and int(self._expired[place]) == number


def pair_number(one: bytes, other: bytes) -> int:
    """A number of 64 bits for two keys of identifiers, in whichever order; that two pairs share one is out of the question."""
    first, second = sorted((one, other))
    told = hashlib.blake2b(len(first).to_bytes(2, "big") + first + second, digest_size=8)
    return int.from_bytes(told.digest(), "big")
