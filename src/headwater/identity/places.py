"""Where identifiers stand among all of them, which ascend: everything about the graph works on places instead of numbers."""

from __future__ import annotations

import numpy as np

from headwater.identity.graph import Integers


def distinct(*values: Integers) -> Integers:
    """All values, ascending, each once. Numbers that lie close are sorted far quicker than `np.unique` hashes them."""
    found = np.sort(np.concatenate(values))
    return found[np.concatenate([[True], found[1:] != found[:-1]])] if len(found) else found


_SPARSEST = (
    8  # numbers for each identifier, up to which a table of all numbers is small and much the quickest
)


class Places:
    """Looks up places."""

    def __init__(self, nodes: Integers) -> None:
        """`nodes`: ascending, shape (n,). They are dense as they are given out; what was erased leaves gaps."""
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
