"""A million keys from one, any of which can be destroyed by itself: a puncturable pseudorandom function.

The keys are the leaves of a binary tree. A node's secret gives those of its two children (keyed BLAKE2b, RFC 7693), never the
other way round; so whoever has the root has every leaf. To destroy leaves is to keep, in place of the nodes above them, the
nodes beside the way down to them: these give all other leaves, and nothing gives the destroyed ones.

Source: O. Goldreich, S. Goldwasser, S. Micali, How to construct random functions, Journal of the ACM 33 (1986) 792-807.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct

HEIGHT = 20
N_LEAVES = 1 << HEIGHT
BLOCK_HEIGHT = 8
BLOCK = 1 << BLOCK_HEIGHT
"""Leaves that are found together: one by one each would cost HEIGHT steps, together they cost two."""
_SECRET_BYTES = 32  # half of what BLAKE2b gives
_PERSON = b"headwater tree"
_NODE = Struct(f">BI{_SECRET_BYTES}s")

Node = tuple[int, int]
"""How high a node stands above the leaves, and which one it is there, from 0: (h, n) is above leaves n << h to (n + 1) << h."""


@dataclass(frozen=True, repr=False)
class KeyTree:
    """What is kept of a tree. `nodes`: their secrets; none is above another."""

    nodes: Mapping[Node, bytes]

    def block(self, number: int) -> list[bytes | None]:
        """The keys of the leaves BLOCK * number and after, BLOCK of them, 32 bytes each; None: destroyed."""
        found: list[bytes | None] = [None] * BLOCK
        for node, secret in self._within(number):
            first = (node[1] << node[0]) - number * BLOCK
            for place, leaf in enumerate(_leaves(node[0], secret)):
                found[first + place] = leaf
        return found

    def without(self, leaves: Collection[int]) -> KeyTree:
        """With some leaves destroyed; who are already, stay so."""
        wanted = sorted(set(leaves))
        left = (pair for node, secret in self.nodes.items() for pair in _beside(node, secret, wanted))
        return KeyTree(dict(left))

    def _within(self, number: int) -> Iterator[tuple[Node, bytes]]:
        """The nodes that give the leaves of a block, none higher than it."""
        for height in range(BLOCK_HEIGHT, HEIGHT + 1):
            above = (height, number >> (height - BLOCK_HEIGHT))
            if above in self.nodes:
                yield (BLOCK_HEIGHT, number), _down(self.nodes[above], height, number)
                return
        for height in range(BLOCK_HEIGHT):
            first = number << (BLOCK_HEIGHT - height)
            for place in range(first, first + (1 << (BLOCK_HEIGHT - height))):
                if (height, place) in self.nodes:
                    yield (height, place), self.nodes[height, place]


def new_tree() -> KeyTree:
    """A tree with all its leaves."""
    return KeyTree({(HEIGHT, 0): os.urandom(_SECRET_BYTES)})


def write_tree(tree: KeyTree) -> bytes:
    """A tree as bytes, with its secrets: for the place where keys are kept, and for nothing else."""
    return b"".join(_NODE.pack(*node, secret) for node, secret in sorted(tree.nodes.items()))


def read_tree(data: bytes) -> KeyTree:
    """The tree that `write_tree` wrote.

    Raises:
        ValueError: these bytes are none.
    """
    if len(data) % _NODE.size:
        raise ValueError("a part of a node is missing")
    return KeyTree({(height, place): secret for height, place, secret in _NODE.iter_unpack(data)})


def _children(secret: bytes) -> tuple[bytes, bytes]:
    both = blake2b(key=secret, person=_PERSON).digest()
    return both[:_SECRET_BYTES], both[_SECRET_BYTES:]


def _leaves(height: int, secret: bytes) -> Iterable[bytes]:
    """All leaves below a node, in order."""
    found = [secret]
    for _ in range(height):
        found = [child for each in found for child in _children(each)]
    return found


def _down(secret: bytes, height: int, block: int) -> bytes:
    """The secret at the top of a block, from that of a node above it."""
    for level in range(height - 1, BLOCK_HEIGHT - 1, -1):
        secret = _children(secret)[(block >> (level - BLOCK_HEIGHT)) & 1]
    return secret


def _beside(node: Node, secret: bytes, leaves: list[int]) -> Iterator[tuple[Node, bytes]]:
    """What is kept of a node when some leaves are destroyed; `leaves` ascending, also those of other nodes."""
    height, place = node
    end = (place + 1) << height
    begin_at = bisect_left(leaves, place << height)
    if begin_at == len(leaves) or leaves[begin_at] >= end:
        yield node, secret
    elif height:
        for side, child in enumerate(_children(secret)):
            yield from _beside((height - 1, 2 * place + side), child, leaves)
