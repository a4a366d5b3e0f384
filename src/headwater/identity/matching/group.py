"""Records that links hold together: if one record is linked to two others, the three are one person."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def groups(ids: pa.Array, links: pa.Table) -> pa.Table:
    """The group of every record.

    Args:
        ids: of all records, unique, in any order.
        links: columns left and right, both among the ids.

    Returns:
        `id` ascending, and `group_id`: the smallest id of the record's group.

    >>> pairs = pa.table({"left": ["b"], "right": ["c"]})
    >>> groups(pa.array(["c", "a", "b"]), pairs).to_pydict()
    {'id': ['a', 'b', 'c'], 'group_id': ['a', 'b', 'b']}
    """
    ordered = ids.sort()
    place = {each: number for number, each in enumerate(ordered.to_pylist())}
    ends = [[place[each] for each in links.column(end).to_pylist()] for end in ("left", "right")]
    size = len(ordered)
    graph = coo_array((np.ones(len(links), dtype=np.int8), (ends[0], ends[1])), shape=(size, size))
    component = connected_components(graph, directed=False)[1] if size else np.empty(0, dtype=np.int64)
    _, first = np.unique(component, return_index=True)
    return pa.table({"id": ordered, "group_id": ordered.take(pa.array(first[component], pa.int64()))})
