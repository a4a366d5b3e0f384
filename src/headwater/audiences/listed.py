"""Who is on an uploaded list: profiles one of whose identifiers stands on it.

Reads `list_entries`, `nodes`, `identity_map`, at the moment it is asked: who is known only later is then found too.
"""

from __future__ import annotations

import numpy as np
from sqlglot import exp

from headwater.engine.bitmaps import Ids
from headwater.engine.engine import Engine
from headwater.engine.query import column, literal

TABLES = frozenset({"list_entries", "nodes", "identity_map"})

LISTED = """
    SELECT DISTINCT list_entries.list, identity_map.profile_id
    FROM list_entries
    JOIN nodes ON nodes.identifier = list_entries.identifier AND nodes.value_index = list_entries.value_index
    JOIN identity_map ON identity_map.node_id = nodes.node_id
"""
"""The columns `list` and `profile_id`."""


def nodes_on(name: str, engine: Engine) -> Ids:
    """The identifier nodes that stand on a list; whose they are is not asked."""
    same = exp.and_(
        *(column(key, "nodes").eq(column(key, "list_entries")) for key in ("identifier", "value_index"))
    )
    chosen = (
        exp.select(column("node_id", "nodes"))
        .from_("list_entries")
        .join("nodes", on=same)
        .where(column("list", "list_entries").eq(literal(name)))
    )
    found = engine.table(chosen.sql(engine.dialect))["node_id"].drop_null()
    return np.asarray(found.to_numpy(), dtype=np.int64)
