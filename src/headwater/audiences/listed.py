"""Who is on an uploaded list: profiles one of whose identifiers stands on it.

Reads `list_entries`, `nodes`, `identity_map`, at the moment it is asked: who is known only later is then found too.
"""

from __future__ import annotations

TABLES = frozenset({"list_entries", "nodes", "identity_map"})

LISTED = """
    SELECT DISTINCT list_entries.list, identity_map.profile_id
    FROM list_entries
    JOIN nodes ON nodes.identifier = list_entries.identifier AND nodes.value = list_entries.value
    JOIN identity_map ON identity_map.node_id = nodes.node_id
"""
"""The columns `list` and `profile_id`."""
