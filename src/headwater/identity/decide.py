"""What people decide of two identifiers: that they are one person, or two, whatever evidence says.

Reads `nodes`; writes `identity_decisions`, which every later resolving heeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from headwater.core.errors import UserError
from headwater.engine.query import DIALECT, literal
from headwater.identity.evidence import DIFFERENT, NEWEST_DECISIONS, SAME, WITHDRAWN
from headwater.tables import identity_decisions
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

VERDICTS = (SAME, DIFFERENT, WITHDRAWN)
Node = tuple[str, str]


def decide(one: Node, other: Node, verdict: str, reason: str, decided_by: str, workspace: Workspace) -> None:
    """Note a decision; the newest of two identifiers counts from the next resolving on.

    Args:
        one: kind and normalised value of an identifier.
        other: of another.
        verdict: one of VERDICTS.
        reason: why, for whoever asks later.
        decided_by: who decides.
        workspace: of which this process is the owner.

    Raises:
        UserError: the two are one identifier, one of them is not known, or there is nothing to withdraw.
    """
    ends = sorted(node_of(each, workspace) for each in (one, other))
    if ends[0] == ends[1]:
        raise UserError("that is one identifier, named twice", next_step="name two identifiers")
    if verdict == WITHDRAWN and not _standing(ends, workspace):
        raise UserError("nothing was decided of these two", next_step="see `headwater identity decisions`")
    row = {
        "node_id": ends[0],
        "other_node_id": ends[1],
        "verdict": verdict,
        "reason": reason,
        "decided_by": decided_by,
        "decided_at": workspace.loaded_at,
    }
    with workspace.publish() as out:
        out.append_rows(
            identity_decisions.TABLE, pa.Table.from_pylist([row], schema=identity_decisions.TABLE.schema)
        )


def decisions(workspace: Workspace) -> list[Mapping[str, Any]]:
    """The newest decision of each pair that is not withdrawn, newest first, with both identifiers."""
    found: list[Mapping[str, Any]] = workspace.engine.table(
        f"SELECT one.identifier, {opened('one')} AS value, "
        f"other.identifier AS other_identifier, {opened('other')} AS other_value, "
        "verdict, newest.reason, decided_by, decided_at, "
        "aside.node_id IS NOT NULL AND verdict = 'same' AS is_contradicted "
        f"FROM ({NEWEST_DECISIONS}) AS newest "
        "JOIN nodes AS one ON one.node_id = newest.node_id JOIN nodes AS other ON other.node_id = newest.other_node_id "
        "LEFT JOIN evidence_aside AS aside ON aside.node_id = newest.node_id "
        "AND aside.other_node_id = newest.other_node_id AND aside.reason = 'apart' "
        f"WHERE verdict <> '{WITHDRAWN}' ORDER BY decided_at DESC, 1, 2, 3, 4"
    ).to_pylist()
    return found


def node_of(identifier: Node, workspace: Workspace) -> int:
    """The number of an identifier.

    Raises:
        UserError: nobody was ever seen with it.
    """
    kind, value = identifier
    index = literal(workspace.seals.index_text(value, kind)).sql(dialect=DIALECT)
    found = workspace.engine.table(
        f"SELECT node_id FROM nodes WHERE identifier = {literal(kind).sql(dialect=DIALECT)} AND value_index = {index}"
    )
    if not found.num_rows:
        raise UserError(
            f"nobody has that {identifier[0]}",
            next_step="run `headwater run` if it is in a source not yet loaded",
        )
    return int(found["node_id"][0].as_py())


def _standing(ends: list[int], workspace: Workspace) -> bool:
    newest = workspace.engine.table(
        f"SELECT verdict FROM identity_decisions WHERE node_id = {ends[0]} AND other_node_id = {ends[1]} "
        "ORDER BY decided_at DESC, verdict LIMIT 1"
    ).to_pylist()
    return bool(newest) and newest[0]["verdict"] != WITHDRAWN
