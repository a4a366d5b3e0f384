"""One load on its way in: from the rows a source staged to published tables, all of it or nothing.

Reads a staged load and its mapping, `nodes`, `events`, `products`, `attributes`, `consents`.
Writes `events`, `nodes`, `links`, `attributes`, `consents` (or `products`, `campaigns`), `rejected_events`, `refused_signals`
and `source_loads`, in one publication.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from headwater.core.documents import Declared
from headwater.core.progress import Step as ProgressStep
from headwater.engine.query import Query
from headwater.events import catalogue, consents, facts, nodes
from headwater.events.step import Identifier, Load, Step, last_of
from headwater.events.steps.drop_duplicates import drop_duplicates
from headwater.events.steps.drop_future import drop_future
from headwater.events.steps.drop_suppressed import drop_suppressed
from headwater.events.steps.drop_unidentified import drop_unidentified
from headwater.events.steps.put_identifiers import put_identifiers
from headwater.events.steps.put_product import put_product
from headwater.sources import source as sources
from headwater.sources.declare import SourceDeclaration
from headwater.sources.mapping import Check, map_rows
from headwater.sources.source import Staged
from headwater.tables import rejected_events, source_loads
from headwater.tables.rejection import Reason
from headwater.tables.table import Table
from headwater.tables.workspace import Publication, Workspace

IDENTIFY: tuple[Step, ...] = (
    put_identifiers,  # one spelling of each identifier
)
JUDGE: tuple[Step, ...] = (
    *IDENTIFY,
    drop_suppressed,  # whoever asked to be forgotten
    drop_unidentified,  # nobody to tie it to
    drop_future,  # a wrong clock
    drop_duplicates,  # the same row again
)
ENRICH: tuple[Step, ...] = (
    put_product,  # what kind of thing it is
)


BAD, IDENTIFIED, ENRICHED = "bad_rows", "identified_rows", "enriched_rows"


@dataclass(frozen=True)
class Taken:
    """What became of a load: received = accepted + rejected; `rejected` counts by reason."""

    source: str
    object: str
    n_received: int
    n_accepted: int
    rejected: Mapping[Reason, int]
    notes: tuple[str, ...] = ()


def take_in(
    source: Declared[SourceDeclaration],
    load: sources.Load,
    staged: Staged,
    identifiers: Mapping[str, Identifier],
    workspace: Workspace,
    watching: ProgressStep,
) -> Taken:
    """Bring one staged load into the tables; `watching` is told of rows as they are written.

    Raises:
        SourceError: columns that the mapping names are missing.
    """
    schema = workspace.engine.table(f"SELECT * FROM {staged.table} LIMIT 0").schema
    mapped = map_rows(source.value, staged, schema, workspace.project.config.time_zone)
    coming = Load(
        source.name,
        staged.object,
        source.value,
        workspace,
        identifiers,
        list(mapped.checks),
        list(mapped.event_columns),
    )
    _judge(coming, mapped.query)
    rejected = _rejected(coming.checks, staged, workspace)
    counts = _count(rejected)
    taken = Taken(
        source.name,
        staged.object,
        staged.n_received,
        staged.n_received - sum(counts.values()),
        counts,
        _notes(source.name, staged, mapped.unused, workspace),
    )
    with workspace.publish(watching) as out:
        if source.value.catalogue:
            catalogue.write(coming, IDENTIFIED, out)
        else:
            _write_people(coming, out)
        _write_account(taken, load, staged, rejected, workspace, out)
    workspace.engine.drop(ENRICHED, IDENTIFIED, BAD)
    return taken


def _judge(load: Load, typed: Query) -> None:
    """Find the rows that cannot be used, by the columns that tell; let views stand for the others.

    Judging reads few columns and keeps little, so that the full rows pass through once, on their way to the lake.
    """
    engine, is_catalogue = load.workspace.engine, bool(load.source.catalogue)
    judged = typed if is_catalogue else _through(JUDGE, typed, load)
    engine.create(
        BAD, judged.step("bad", f"SELECT line, problem FROM {last_of(judged)} WHERE problem IS NOT NULL")
    )
    identified = typed if is_catalogue else _through(IDENTIFY, typed, load)
    good = f"SELECT * FROM {last_of(identified)} ANTI JOIN {BAD} USING (line)"
    engine.view(IDENTIFIED, identified.step("good", good))
    everything = Query().step("identified", f"SELECT * FROM {IDENTIFIED}")
    engine.view(ENRICHED, everything if is_catalogue else _through(ENRICH, everything, load))


def _through(steps: tuple[Step, ...], rows: Query, load: Load) -> Query:
    for step in steps:
        rows = step(rows, load)
    return rows


def _notes(name: str, staged: Staged, unused: tuple[str, ...], workspace: Workspace) -> tuple[str, ...]:
    """What the person should know of the columns: not used, new, gone."""
    notes = list(staged.notes)
    if unused:
        notes.append(f"columns not used: {', '.join(unused)}")
    previous = sources.last_columns(name, workspace)
    added, vanished = sources.column_changes(previous, staged.columns) if previous else ((), ())
    if added:
        notes.append(f"columns new since the last load: {', '.join(added)}")
    if vanished:
        notes.append(f"columns gone since the last load: {', '.join(vanished)}")
    return tuple(notes)


def _write_people(load: Load, out: Publication) -> None:
    nodes.write_nodes(load, IDENTIFIED, out)
    facts.write_events(load, ENRICHED, out)
    facts.write_attributes(load, IDENTIFIED, out)
    consents.write_consents(load, IDENTIFIED, out)


@dataclass(frozen=True)
class _Rejections:
    line: int
    n_rows: int
    reason: Reason
    detail: str
    raw: str


def _rejected(checks: list[Check], staged: Staged, workspace: Workspace) -> list[_Rejections]:
    """The reader's rejections and the steps'; of some reasons only how many rows there were is kept."""
    found = workspace.engine.table(f"SELECT line, problem FROM {BAD} ORDER BY line")
    lines, problems = found.column("line").to_pylist(), found.column("problem").to_pylist()
    fresh: list[tuple[int, Check]] = []
    not_kept: dict[Reason, list[int]] = {}
    for line, problem in zip(lines, problems, strict=True):
        if checks[problem].reason in _NOT_KEPT:
            not_kept.setdefault(checks[problem].reason, []).append(line)
        else:
            fresh.append((line, checks[problem]))
    raw = staged.raw([line for line, _ in fresh]) if fresh else {}
    return [
        *(_Rejections(row.line, 1, row.reason, row.detail, row.raw) for row in staged.rejected),
        *(_Rejections(line, 1, check.reason, check.detail, raw.get(line, "")) for line, check in fresh),
        *(_Rejections(of[0], len(of), reason, _NOT_KEPT[reason], "") for reason, of in not_kept.items()),
    ]


_NOT_KEPT: Mapping[Reason, str] = {
    Reason.ALREADY_LOADED: "rows that were loaded before",
    Reason.SUPPRESSED: "rows that name somebody who asked to be forgotten",
}
"""Reasons of which the number of rows is kept and no row: what is said of them."""


def _count(rejected: list[_Rejections]) -> dict[Reason, int]:
    counts: dict[Reason, int] = {}
    for row in rejected:
        counts[row.reason] = counts.get(row.reason, 0) + row.n_rows
    return counts


def _write_account(
    taken: Taken,
    load: sources.Load,
    staged: Staged,
    rejected: list[_Rejections],
    workspace: Workspace,
    out: Publication,
) -> None:
    at = workspace.loaded_at.replace(tzinfo=None)
    if rejected:
        rows = [
            {
                **vars(row),
                "reason": str(row.reason),
                "source": taken.source,
                "object": taken.object,
                "loaded_at": at,
            }
            for row in rejected
        ]
        append_rows(rejected_events.TABLE, rows, workspace, out)
    account: dict[str, object] = {
        "source": taken.source,
        "object": taken.object,
        "fingerprint": load.fingerprint,
        "declaration": sources.declaration_of(taken.source, workspace),
        "cursor": staged.cursor,
        "columns": json.dumps(list(staged.columns)),
        "n_received": taken.n_received,
        "n_accepted": taken.n_accepted,
        "n_rejected": taken.n_received - taken.n_accepted,
        "loaded_at": at,
    }
    append_rows(source_loads.TABLE, [account], workspace, out)


def append_rows(table: Table, rows: list[dict[str, object]], workspace: Workspace, out: Publication) -> None:
    """Add a few rows, given as they are, to a table; what is to be sealed of them is."""
    given = pa.Table.from_pylist(rows, schema=table.schema)
    for place in table.sealed:
        column = given.schema.get_field_index(place.column)
        given = given.set_column(column, place.column, workspace.seals.seal(given.column(column), place))
    workspace.engine.register("rows_to_append", given)
    out.append(table, Query().step("rows", "SELECT * FROM rows_to_append"))
