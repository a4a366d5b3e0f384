"""What the stream took in on its way to the tables: events, attributes, consents, identifiers, and what was refused.

Reads the log of outcomes from where it was last read to, `nodes`, `attributes`, `consents`. Writes `events`, `nodes`, `links`,
`attributes`, `consents`, `rejected_events`, `refused_signals` and `source_loads`; each source's share in one publication, which
also notes how far it came, so that nothing is written twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa

from headwater.collect.log.reader import read_all
from headwater.collect.outcome import NOT_KEPT, Accepted, Moved, Outcome, Refused, unpacked
from headwater.core.sealing.seals import Seals
from headwater.events import consents, facts, nodes
from headwater.events.process import Taken, append_rows
from headwater.events.step import Identifier, Load
from headwater.sources.declare import (
    AttributeColumn,
    AttributeType,
    ConsentMapping,
    EventMapping,
    SourceDeclaration,
)
from headwater.tables import events, rejected_events, source_loads
from headwater.tables.rejection import Reason
from headwater.tables.table import ARROW, VALUE_TYPES, Type
from headwater.tables.workspace import Publication, Workspace

MARK, LAST = "collected", "last collected event"
AT_ONCE = 100_000  # outcomes in memory together
_ROWS, _EVENTS = "collected_rows", "collected_events"
_OBJECT = "log"
Row = dict[str, object]
Placed = tuple[int, Outcome]
_REASONS: Mapping[str, Reason] = {each.value: each for each in Reason}


@dataclass(frozen=True)
class Stretch:
    """Outcomes of one stretch of the log: those of one source."""

    source: str
    begin: int
    end: int
    accepted: Sequence[Accepted]
    refused: Sequence[Refused]


def collected_until(workspace: Workspace, source: str = "") -> int:
    """How far the log of outcomes is in the tables: all of it, or one source's share."""
    return int(workspace.snapshot.stages.get(f"{MARK} {source}".strip(), "0"))


def last_event(workspace: Workspace) -> int:
    """The position of the last live event that is in the tables; -1: none is."""
    return int(workspace.snapshot.stages.get(LAST, "-1"))


def take_in_collected(
    workspace: Workspace, folder: Path, until: int, identifiers: Mapping[str, Identifier]
) -> Iterator[Taken]:
    """Bring what the stream took in into the tables, up to a position of its log; gives an account of each publication."""
    for begin, end, outcomes in _chunks(folder, workspace.seals, collected_until(workspace), until):
        for stretch in _by_source(_not_yet(outcomes, workspace), begin, end):
            yield _write(stretch, workspace, identifiers)
        with workspace.publish() as out:
            out.mark(MARK, str(end))
            out.mark(LAST, str(max([last_event(workspace), *_positions(outcomes)])))


def take_in_statement(
    said: Sequence[Accepted], workspace: Workspace, identifiers: Mapping[str, Identifier]
) -> None:
    """Bring what persons of one source said of purposes into the tables at once.

    The log that holds it too brings it again, with the same moment, which changes nothing.
    """
    load = _load(said[0].source, said, workspace, identifiers)
    workspace.engine.register(_ROWS, _rows(said, load))
    try:
        with workspace.publish() as out:
            nodes.write_nodes(load, _ROWS, out)
            consents.write_consents(load, _ROWS, out, list(_wishes(said)))
    finally:
        workspace.engine.drop(_ROWS)


def _chunks(folder: Path, seals: Seals, begin: int, until: int) -> Iterator[tuple[int, int, list[Placed]]]:
    """Stretches of the log: where each begins and ends, and what is in it, with the positions there."""
    held: list[Placed] = []
    for record in read_all(folder, seals, begin, until):
        held += [(record.position, each) for each in unpacked(record.payload)]
        if len(held) >= AT_ONCE:
            yield begin, record.next_position, held
            begin, held = record.next_position, []
    if begin < until:
        yield begin, until, held


def _positions(outcomes: Iterable[Placed]) -> Iterator[int]:
    return (each.position for _, each in outcomes if isinstance(each, (Accepted, Refused)))


def _not_yet(outcomes: Iterable[Placed], workspace: Workspace) -> list[Outcome]:
    """Those that are not in the tables: a run that was killed may have written the share of some sources."""
    until: dict[str, int] = {}
    found: list[Outcome] = []
    for position, each in outcomes:
        if isinstance(each, Moved):
            continue
        if each.source not in until:
            until[each.source] = collected_until(workspace, each.source)
        if position >= until[each.source]:
            found.append(each)
    return found


def _by_source(outcomes: Iterable[Outcome], begin: int, end: int) -> list[Stretch]:
    accepted: dict[str, list[Accepted]] = {}
    refused: dict[str, list[Refused]] = {}
    for each in outcomes:
        if isinstance(each, Accepted):
            accepted.setdefault(each.source, []).append(each)
        elif isinstance(each, Refused):
            refused.setdefault(each.source, []).append(each)
    return [
        Stretch(source, begin, end, accepted.get(source, ()), refused.get(source, ()))
        for source in sorted(accepted.keys() | refused.keys())
    ]


def _write(stretch: Stretch, workspace: Workspace, identifiers: Mapping[str, Identifier]) -> Taken:
    """One publication."""
    # In the order of what happened: of two statements the later one counts, whichever came first.
    accepted = sorted(stretch.accepted, key=lambda each: (each.occurred_at, each.position))
    load = _load(stretch.source, accepted, workspace, identifiers)
    engine = workspace.engine
    engine.register(_ROWS, _rows(accepted, load))
    engine.view(_EVENTS, f"SELECT * FROM {_ROWS} WHERE event <> ''")
    try:
        with workspace.publish() as out:
            nodes.write_nodes(load, _ROWS, out)
            facts.write_events(load, _EVENTS, out)
            facts.write_attributes(load, _ROWS, out)
            consents.write_consents(load, _ROWS, out, list(_wishes(accepted)))
            refused = (signal for each in accepted for signal in each.refused_signals)
            consents.write_refused(stretch.source, refused, workspace, out)
            taken = _account(stretch, workspace, out)
            out.mark(f"{MARK} {stretch.source}", str(stretch.end))
    finally:
        engine.drop(_EVENTS, _ROWS)
    return taken


def _load(
    source: str, accepted: Sequence[Accepted], workspace: Workspace, identifiers: Mapping[str, Identifier]
) -> Load:
    """What the rows hold, said as a source's file says it."""
    found = sorted({kind for each in accepted for kind in each.identifiers})
    kinds = found or sorted(identifiers)[:1]  # where all were refused, one that nobody has
    purposes = sorted({purpose for each in accepted for purpose in each.consents})
    declaration = SourceDeclaration(
        kind=MARK,
        identifiers={kind: kind for kind in kinds},
        event=EventMapping(name=MARK, time="occurred_at", properties={MARK: MARK}),
        attributes={
            name: AttributeColumn(column=name, type=kind) for name, kind in _attributes(accepted).items()
        },
        consents=tuple(ConsentMapping(purpose=purpose, column=purpose) for purpose in purposes),
    )
    columns = [name for name in _columns() if any(name in each.properties for each in accepted)]
    return Load(
        source, _OBJECT, declaration, workspace, identifiers, event_columns=columns, keeps_repeats=True
    )


def _attributes(accepted: Sequence[Accepted]) -> dict[str, AttributeType]:
    """The attributes that are stated, with their types; of several types of one name the text counts."""
    found: dict[str, AttributeType] = {}
    for each in accepted:
        for name, value in each.traits.items():
            kind = _type_of(value)
            found[name] = kind if found.get(name, kind) == kind else "text"
    return dict(sorted(found.items()))


def _type_of(value: object) -> AttributeType:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "texts" if isinstance(value, list) else "text"


def _columns() -> list[str]:
    """The columns of `events` that properties fill."""
    filled = {"event_id", "source", "event", "properties", "month"}
    return [
        column.name
        for column in events.TABLE.columns
        if column.type in (Type.TEXT, Type.NUMBER) and column.name not in filled
    ]


def _rows(accepted: Sequence[Accepted], load: Load) -> pa.Table:
    """The rows as steps and facts expect them: one an outcome, in the order given."""
    held = set(load.event_columns)
    columns: dict[str, pa.Array] = {
        "line": pa.array(range(len(accepted)), pa.int64()),
        "event_id": pa.array([each.event_id for each in accepted], pa.string()),
        "event": pa.array([each.event for each in accepted], pa.string()),
        "occurred_at": pa.array([each.occurred_at for each in accepted], pa.timestamp("us")),
        "properties": pa.array([_json(each, held) for each in accepted], pa.string()),
    }
    for kind in load.source.identifiers:
        values = [each.identifiers.get(kind) for each in accepted]
        columns[f"identifier:{kind}"] = pa.array(values, pa.string())
    for name in load.event_columns:
        values_of = [each.properties.get(name) for each in accepted]
        columns[name] = pa.array(values_of, ARROW[events.TABLE.column(name).type])
    for name, attribute in load.source.attribute_columns().items():
        stated = [_stated(each.traits.get(name), attribute.type) for each in accepted]
        columns[f"attribute:{name}"] = pa.array(stated, ARROW[VALUE_TYPES[attribute.type]])
    for index, consent in enumerate(load.source.consents):
        said = [each.consents.get(consent.purpose or "") for each in accepted]
        columns[f"consent:{index}"] = pa.array(said, pa.bool_())
    return pa.table(columns)


def _wishes(accepted: Sequence[Accepted]) -> Iterator[Row]:
    """What signals said, of whom; the strongest identifier is each row's own."""
    for line, each in enumerate(accepted):
        for wish in each.wishes:
            strongest = next(iter(each.identifiers))
            for kind in each.said_of(wish):
                yield consents.wish_row(line, wish, None if kind == strongest else kind)


def _json(each: Accepted, held: set[str]) -> str | None:
    others = {name: value for name, value in each.properties.items() if name not in held}
    return json.dumps(others, ensure_ascii=False) if others else None


def _stated(value: object, kind: AttributeType) -> object:
    """A stated value as its attribute's type; None: nothing is stated."""
    if value is None or kind != "text" or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _account(stretch: Stretch, workspace: Workspace, out: Publication) -> Taken:
    """Note what was refused, and how many there were; what is not kept is counted together."""
    at = workspace.loaded_at.replace(tzinfo=None)
    counts: dict[Reason, int] = {}
    for each in stretch.refused:
        reason = _REASONS[each.reason]
        counts[reason] = counts.get(reason, 0) + 1
    rows = [*_refused(stretch, at), *_not_kept(stretch, counts, at)]
    if rows:
        append_rows(rejected_events.TABLE, rows, workspace, out)
    n_received = len(stretch.accepted) + len(stretch.refused)
    account: Row = {
        "source": stretch.source,
        "object": f"{_OBJECT} {stretch.begin} to {stretch.end}",
        "fingerprint": str(stretch.end),
        "declaration": "",
        "cursor": str(stretch.end),
        "columns": "[]",
        "n_received": n_received,
        "n_accepted": len(stretch.accepted),
        "n_rejected": len(stretch.refused),
        "loaded_at": at,
    }
    append_rows(source_loads.TABLE, [account], workspace, out)
    return Taken(stretch.source, str(account["object"]), n_received, len(stretch.accepted), counts)


def _refused(stretch: Stretch, at: datetime) -> Iterator[Row]:
    for each in stretch.refused:
        if each.reason not in NOT_KEPT:
            yield _rejected_row(stretch, each.position, each.reason, each.detail, each.raw, at)


def _not_kept(stretch: Stretch, counts: Mapping[Reason, int], at: datetime) -> Iterator[Row]:
    for reason, n_rows in counts.items():
        if reason.value in NOT_KEPT:
            first = next(islice((each for each in stretch.refused if each.reason == reason.value), 1))
            row = _rejected_row(stretch, first.position, reason.value, first.detail, "", at)
            yield {**row, "n_rows": n_rows}


def _rejected_row(stretch: Stretch, position: int, reason: str, detail: str, raw: str, at: datetime) -> Row:
    return {
        "source": stretch.source,
        "object": _OBJECT,
        "line": position,
        "n_rows": 1,
        "reason": reason,
        "detail": detail,
        "raw": raw,
        "loaded_at": at,
    }
