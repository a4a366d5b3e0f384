"""Whether the lake says of anybody in the live store, or of anybody in the base who is not there, that they are others.

The batch hears evidence in another order than the stream, hears more of it, and some stops counting by time alone. Reads the live
store, `nodes`, `identity_map`, `identity_changes`. Writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

import pyarrow as pa

from headwater.engine.query import DIALECT, literal
from headwater.engine.sealing import INDEX
from headwater.events.collected import last_event
from headwater.live.base import Made
from headwater.live.state import Node, moment
from headwater.live.store import View
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

_ASKED = "asked_identifiers"
_AT_ONCE = 50_000  # persons


def is_grouped_otherwise(view: View, made: Made, workspace: Workspace) -> bool:
    """Whether a new base would split or join anybody, or say of an identifier that it names nobody.

    Of those whom later events than the lake has brought together, nothing can be said yet.
    """
    position = last_event(workspace)
    return any(view.key_of(node) is None for node in _moved_since(made, workspace)) or _are_others(
        view, made, position, workspace
    )


def _are_others(view: View, made: Made, position: int, workspace: Workspace) -> bool:
    keys_of: defaultdict[int, set[int]] = defaultdict(set)
    everyone = view.people()
    while keys := list(islice(everyone, _AT_ONCE)):
        owners = {node: key for key in keys for node in view.card(key).identifiers}
        profiles_of: defaultdict[int, set[int | None]] = defaultdict(set)
        for node, profile in _profiles(owners, workspace):
            profiles_of[owners[node]].add(profile)
            if profile is not None:
                keys_of[profile].add(owners[node])
        torn = (key for key, profiles in profiles_of.items() if len(profiles) > 1 or None in profiles)
        if any(_is_settled(key, view, made, position) for key in torn):
            return True
    return any(
        all(_is_settled(key, view, made, position) for key in keys)
        for keys in keys_of.values()
        if len(keys) > 1
    )


def _is_settled(key: int, view: View, made: Made, position: int) -> bool:
    """Whether somebody is in line with the base, and the lake has heard all that ties their identifiers."""
    past = view.past(key)
    return past.base == made.name and all(seen.positions[0] <= position for seen in past.seen)


def _profiles(nodes: Iterable[Node], workspace: Workspace) -> list[tuple[Node, int | None]]:
    """The profile of each of these identifiers that the lake has; None: it names nobody."""
    asked = list(nodes)
    if not asked:
        return []
    engine = workspace.engine
    engine.register(
        _ASKED, pa.table({"identifier": [kind for kind, _ in asked], "value": [value for _, value in asked]})
    )
    try:
        rows = engine.table(
            "SELECT identifier, asked.value, profile_id FROM "
            f"(SELECT *, {INDEX}(identifier, value) AS value_index FROM {_ASKED}) AS asked "
            "JOIN nodes USING (identifier, value_index) LEFT JOIN identity_map USING (node_id)"
        ).to_pylist()
    finally:
        engine.drop(_ASKED)
    return [((row["identifier"], row["value"]), row["profile_id"]) for row in rows]


def _moved_since(made: Made, workspace: Workspace) -> Iterable[Node]:
    """The identifiers that have gone from one profile to another since a base was made."""
    since = literal(moment(made.now)).sql(dialect=DIALECT)
    rows = workspace.engine.table(
        f"SELECT DISTINCT identifier, {opened()} AS value FROM identity_changes JOIN nodes USING (node_id) "
        f"WHERE changed_at > {since}"
    )
    return ((row["identifier"], row["value"]) for row in rows.to_pylist() if row["value"] is not None)
