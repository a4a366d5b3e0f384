"""Compute which profile each identifier belongs to, from evidence alone.

Reads `nodes` and `links`; writes `identity_map`. A profile is a connected component of the graph whose vertices are the
identifiers and whose edges are the links that were not revoked; its id is its smallest node. The result does not depend on
the order in which evidence came, and taking evidence back gives exactly what was there before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from headwater.tables import identity_map
from headwater.tables.workspace import Workspace

Nodes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Resolved:
    """What came of it."""

    n_identifiers: int
    n_links: int
    n_profiles: int


def resolve(workspace: Workspace, mark: tuple[str, str]) -> Resolved:
    """Recompute `identity_map`; `mark` is (stage, fingerprint), noted with it."""
    engine = workspace.engine
    nodes = _column(engine.table("SELECT node_id FROM nodes ORDER BY node_id"), "node_id")
    links = engine.table("SELECT node_id, other_node_id FROM links WHERE NOT is_revoked")
    profiles = profile_of(nodes, _column(links, "node_id"), _column(links, "other_node_id"))
    engine.register("resolved", pa.table({"node_id": nodes, "profile_id": profiles}))
    with workspace.publish() as out:
        out.replace(identity_map.TABLE, "SELECT * FROM resolved")
        out.mark(*mark)
    engine.drop("resolved")
    return Resolved(len(nodes), len(links), len(np.unique(profiles)))


def profile_of(nodes: Nodes, left: Nodes, right: Nodes) -> Nodes:
    """The smallest node of each node's component.

    Args:
        nodes: all nodes, ascending, shape (n,).
        left: one end of each link, shape (m,); must be among the nodes.
        right: the other end, shape (m,).

    Returns:
        the profile of each node, shape (n,).

    >>> profile_of(np.array([3, 5, 8]), np.array([8]), np.array([3])).tolist()
    [3, 5, 3]
    """
    if not len(nodes):
        return nodes
    ends = np.searchsorted(nodes, left), np.searchsorted(nodes, right)
    graph = coo_array((np.ones(len(left), dtype=np.int8), ends), shape=(len(nodes), len(nodes)))
    _, component = connected_components(graph, directed=False)
    # Nodes ascend, so the first node met of each component is its smallest.
    _, first = np.unique(component, return_index=True)
    return nodes[first[component]]


def _column(table: pa.Table, name: str) -> Nodes:
    return np.asarray(table.column(name).to_numpy(), dtype=np.int64)
