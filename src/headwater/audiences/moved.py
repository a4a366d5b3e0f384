"""Who entered and left audiences live, on the way to the tables: with the moment and the reason of each.

Reads outcomes of the stream, `nodes`, `identity_map`, `memberships`. Writes `membership_changes` and `membership_moves`. The
refresh that follows evaluates everyone, and finds there already what the stream had found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from headwater.collect.outcome import Moved, Node
from headwater.engine.sealing import INDEX
from headwater.tables import membership_changes, membership_moves
from headwater.tables.table import Table
from headwater.tables.workspace import Publication, Workspace

_ASKED = "moved_identifiers"
_BEGINNING = datetime(1970, 1, 1)  # noqa: DTZ001 - tables hold instants in UTC without a zone
Member = tuple[str, int]  # an audience and a profile


def write_moved(moved: Sequence[Moved], workspace: Workspace, out: Publication) -> int:
    """Add what moved to the tables; gives how many rows. Who is not in the lake (yet) is left to the refresh."""
    profiles = _profiles(moved, workspace)
    placed = [(each, profiles[each.identifiers[0]]) for each in moved if _is_known(each, profiles)]
    members = _members({(each.audience, profile) for each, profile in placed}, workspace)
    changes: list[dict[str, object]] = []
    last: dict[Member, Moved] = {}
    for each, profile in placed:
        key = (each.audience, profile)
        was_in = last[key].entered if key in last else key in members
        if was_in != each.entered:
            last[key] = each
            changes.append(_change(each, profile))
    if changes:
        out.append_rows(membership_changes.TABLE, _sorted(membership_changes.TABLE, changes))
        moves = [_move(each, profile, workspace) for (_, profile), each in last.items()]
        out.append_rows(membership_moves.TABLE, _sorted(membership_moves.TABLE, moves))
    return len(changes)


def _is_known(moved: Moved, profiles: Mapping[Node, int]) -> bool:
    return bool(moved.identifiers) and moved.identifiers[0] in profiles


def _profiles(moved: Iterable[Moved], workspace: Workspace) -> dict[Node, int]:
    """The profile of each identifier that moves name first."""
    asked = sorted({each.identifiers[0] for each in moved if each.identifiers})
    if not asked:
        return {}
    rows = pa.table({"identifier": [kind for kind, _ in asked], "value": [value for _, value in asked]})
    workspace.engine.register(_ASKED, rows)
    try:
        found = workspace.engine.table(
            f"SELECT identifier, asked.value, profile_id FROM "
            f"(SELECT *, {INDEX}(identifier, value) AS value_index FROM {_ASKED}) AS asked "
            "JOIN nodes USING (identifier, value_index) JOIN identity_map USING (node_id)"
        ).to_pylist()
    finally:
        workspace.engine.drop(_ASKED)
    return {(row["identifier"], row["value"]): row["profile_id"] for row in found}


def _members(asked: set[Member], workspace: Workspace) -> set[Member]:
    """Those of these who are members now."""
    if not asked:
        return set()
    rows = pa.table(
        {"audience": [name for name, _ in asked], "profile_id": pa.array([p for _, p in asked], pa.int64())}
    )
    workspace.engine.register(_ASKED, rows)
    try:
        found = workspace.engine.table(
            f"SELECT audience, profile_id FROM {_ASKED} JOIN memberships USING (audience, profile_id)"
        ).to_pylist()
    finally:
        workspace.engine.drop(_ASKED)
    return {(row["audience"], row["profile_id"]) for row in found}


def _change(moved: Moved, profile: int) -> dict[str, object]:
    return {
        "audience": moved.audience,
        "profile_id": profile,
        "change": "entered" if moved.entered else "left",
        "changed_at": _moment(moved.at),
        "reason": moved.reason,
    }


def _move(moved: Moved, profile: int, workspace: Workspace) -> dict[str, object]:
    return {
        "audience": moved.audience,
        "profile_id": profile,
        "entered_at": _moment(moved.at) if moved.entered else None,
        "is_there": moved.entered,
        "moved_in": workspace.snapshot.number,
    }


def _sorted(table: Table, rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, table.schema).sort_by([(name, "ascending") for name in table.sort_by])


def _moment(microseconds: int) -> datetime:
    return _BEGINNING + timedelta(microseconds=microseconds)
