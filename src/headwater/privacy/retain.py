"""Keep rows no longer than the project says: by table, by the source that said it, and by the purpose that was agreed to.

Reads `retention:` of `headwater.yaml`, and each table that says by what its rows age; takes old rows out of them, and every file
and note of what the tables were before. That somebody refused a purpose is never forgotten by age: the newest word of each
identifier stays, if it is no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headwater.core.config import Retention, cutoff
from headwater.engine.query import DIALECT, literal, name as quoted
from headwater.tables import consents
from headwater.tables.table import Table, all_tables
from headwater.tables.workspace import Workspace

RETAINED = "retained on"
"""The mark under which the lake keeps the day on which old rows were looked for last."""
_LINE = (
    "node_id, purpose, coalesce(signal, '') = 'gpc'"  # that a browser says no by itself is a line of its own
)
_LAST_NO = (
    f"(state <> 'granted' AND ({_LINE}, stated_at) IN "
    f"(SELECT {_LINE}, max(stated_at) FROM consents GROUP BY ALL))"
)


@dataclass(frozen=True)
class Aging:
    """Which rows of a table are too old: SQL of a condition."""

    table: Table
    where: str


def count_old_rows(workspace: Workspace) -> dict[str, int]:
    """How many rows of which table are kept too long; tables without any are left out."""
    counts = {each.table.name: _count(each, workspace) for each in _agings(workspace)}
    return {name: n for name, n in counts.items() if n}


def take_out_old_rows(workspace: Workspace) -> dict[str, int]:
    """Take them out of every table, in one publication; gives how many of which table. They are gone from the disk, too."""
    taken: dict[str, int] = {}
    with workspace.publish() as out:
        for each in _agings(workspace):
            if n := out.take_out(each.table, each.where):
                taken[each.table.name] = n
        out.mark(RETAINED, _today(workspace))
    workspace.lake.forget(taken)
    workspace.refresh()
    return taken


def is_due(workspace: Workspace) -> bool:
    """Whether old rows are to be looked for: the project says how long they are kept, and today nobody has."""
    declared = workspace.project.config.retention is not None
    return declared and workspace.snapshot.stages.get(RETAINED) != _today(workspace)


def _agings(workspace: Workspace) -> Iterator[Aging]:
    retention = workspace.project.config.retention
    for table in all_tables().values():
        if retention is None or not table.aged_by or table.name not in workspace.snapshot.versions:
            continue
        if where := old_rows(table, retention, workspace):
            yield Aging(table, where)


def old_rows(table: Table, retention: Retention, workspace: Workspace) -> str:
    """SQL of a condition: a row of a table that ages is kept too long; empty: none ever is."""
    old = " OR ".join(_conditions(table, retention, workspace))
    return f"({old}) AND NOT {_LAST_NO}" if old and table is consents.TABLE else old


def _conditions(table: Table, retention: Retention, workspace: Workspace) -> Iterator[str]:
    days = f"{table.retention_days} days" if table.retention_days else None
    if period := getattr(retention, table.name, None) or days:
        yield _older(table, period, workspace)
    by_value: Mapping[str, Mapping[str, str]] = {"source": retention.sources}
    if table is consents.TABLE:
        by_value = {**by_value, "purpose": retention.purposes}
    for column, periods in by_value.items():
        if table.has(column):
            for value, period in periods.items():
                yield f"({column} = {_sql(value)} AND {_older(table, period, workspace)})"


def _older(table: Table, period: str, workspace: Workspace) -> str:
    return f"{quoted(table.aged_by)} < {literal(cutoff(period, workspace.clock)).sql(dialect=DIALECT)}"


def _count(aging: Aging, workspace: Workspace) -> int:
    query = f"SELECT count(*) AS n FROM {aging.table.name} WHERE {aging.where}"
    return int(workspace.engine.table(query)["n"][0].as_py())


def _today(workspace: Workspace) -> str:
    return workspace.loaded_at.date().isoformat()


def _sql(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
