"""Where identifiers stand among all of them, which ascend: everything about the graph works on places instead of numbers.

Numbers are dense as they are given out, and what was erased leaves gaps: so a table over all numbers is small, and much quicker
than searching or hashing. `np.unique` hashes, `np.isin` may: numbers that lie close take either of them a hundred times longer.
"""

from __future__ import annotations

import numpy as np

from headwater.identity.graph import Flags, Integers

_SPARSEST = 8  # numbers for each identifier, up to which a table of all numbers is small


def distinct(*values: Integers) -> Integers:
    """All values, ascending, each once."""
    found = np.sort(np.concatenate(values))
    return np.asarray(found[np.concatenate([[True], found[1:] != found[:-1]])]) if len(found) else found


def among(values: Integers, chosen: Integers) -> Flags:
    """Whether each value is one of those chosen, which ascend, each once; none is negative."""
    if not len(values) or not len(chosen):
        return np.zeros(len(values), np.bool_)
    greatest = max(int(values.max()), int(chosen[-1]))
    if greatest >= _SPARSEST * (len(values) + len(chosen)):
        place = np.minimum(np.searchsorted(chosen, values), len(chosen) - 1)
        return np.asarray(chosen[place] == values)
    is_chosen = np.zeros(greatest + 1, np.bool_)
    is_chosen[chosen] = True
    return is_chosen[values]


class Places:
    """Looks up places."""

    def __init__(self, nodes: Integers) -> None:
        """`nodes`: ascending, shape (n,)."""
        self._nodes = nodes
        self._first = int(nodes[0]) if len(nodes) else 0
        span = int(nodes[-1]) - self._first + 1 if len(nodes) else 0
        self._is_dense = span == len(nodes)
        self._table = None
        if not self._is_dense and span <= _SPARSEST * len(nodes):
            self._table = np.full(span, -1, dtype=np.int32)
            self._table[nodes - self._first] = np.arange(len(nodes), dtype=np.int32)

    def of(self, ids: Integers) -> Integers:
        """The places of nodes, shape as given; each must be among them."""
        if self._is_dense:
            return (ids - self._first).astype(np.int32)
        if self._table is not None:
            return self._table[ids - self._first]
        return np.searchsorted(self._nodes, ids).astype(np.int32)
