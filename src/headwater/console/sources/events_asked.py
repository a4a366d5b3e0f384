"""One event asked for: where it stands in the log, in the tables, or among what was refused; masked, and recorded.

Reads the log of outcomes, `events`, `nodes` and `rejected_events`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from headwater.access.roles import Action
from headwater.collect.log.reader import Reader
from headwater.collect.outcome import Accepted, Refused, unpacked
from headwater.console.desk.masked import masked
from headwater.console.desk.question import Given, Question
from headwater.console.sources.parting import (
    COLUMNS,
    TRACING,
    payload_of,
    properties_said,
    refused_payload,
)
from headwater.console.sources.payload import Identified, Parts, Payload, Wrong
from headwater.core.errors import UserError
from headwater.engine.query import DIALECT, literal
from headwater.explore.rejections import one
from headwater.flow.live_log import Folders
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace


def _of_log(given: Given, source: str, position: int, place: int) -> Payload:
    """The event that stands somewhere in the log of outcomes.

    Raises:
        UserError: it is not there any more, or was erased.
    """
    reader = Reader(Folders.of(given.project.root).outcomes, given.workspace.seals, position)
    try:
        records = reader.read(1) if position < reader.end else []
    finally:
        reader.close()
    found = unpacked(records[0].payload) if records and records[0].position == position else []
    event = found[place] if place < len(found) else None
    if not isinstance(event, (Accepted, Refused)) or event.source != source:
        raise UserError("that event is not kept any more", next_step="choose another one")
    return masked(payload_of(event, given), given)


def _of_table(given: Given, source: str, event_id: str) -> Payload:
    """An event as the tables have it.

    Raises:
        UserError: it is not there any more.
    """
    rows = given.workspace.engine.table(
        f"SELECT * FROM events WHERE source = {literal(source).sql(DIALECT)} AND event_id = {literal(event_id).sql(DIALECT)} "
        "LIMIT 1"
    ).to_pylist()
    if not rows:
        raise UserError("that event is not kept any more", next_step="choose another one")
    row = rows[0]
    held = {name: row[name] for name in (*COLUMNS, *sorted(TRACING), "url") if row[name] is not None}
    told = {**held, **json.loads(row["properties"] or "{}")}
    nodes = [each for each in (row["node_id"], *(row["other_node_ids"] or ())) if each is not None]
    found = Payload(
        source,
        row["event"],
        event_id,
        row["loaded_at"],
        row["occurred_at"],
        identifiers=_of_nodes(nodes, given.workspace),
        parts=Parts.of(properties_said(row["event"], told, given)),
    )
    return masked(found, given)


def _of_rejected(given: Given, source: str, line: int, object_: str) -> Payload:
    """A refused row as the tables have it.

    Raises:
        UserError: none was refused there.
    """
    found = one(source, line, given.workspace, object_)
    wrong = Wrong.of(found.reason, found.detail, f"{found.object}, line {found.line}")
    return masked(refused_payload(given, source, found.raw or "", wrong, found.loaded_at), given)


def _of_nodes(nodes: list[int], workspace: Workspace) -> tuple[Identified, ...]:
    if not nodes:
        return ()
    rows = workspace.engine.table(
        f"SELECT identifier, {opened()} AS value FROM nodes WHERE node_id IN ({', '.join(str(int(each)) for each in nodes)})"
    ).to_pylist()
    return tuple(Identified(row["identifier"], row["value"] or "") for row in rows)


def _one(_: object) -> Mapping[str, int]:
    return {"seen": 1}


def _about(source: str, *_: object) -> tuple[str, ...]:
    return (source,)


PEOPLE = Action.SEE_PEOPLE
OF_LOG = Question("console event", PEOPLE, _of_log, seconds=0.0, about=_about, counts=_one)
OF_TABLE = Question("console event", PEOPLE, _of_table, seconds=0.0, about=_about, counts=_one)
OF_REJECTED = Question("console rejected event", PEOPLE, _of_rejected, seconds=0.0, about=_about, counts=_one)
