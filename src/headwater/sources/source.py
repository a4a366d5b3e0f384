"""What a kind of batch source must do: say what is new, and stage its rows for the mapping that follows.

Reads `source_loads` and the outside world; writes one table or view in the engine and nothing at rest.

A kind's module holds its one part under the name SOURCE. Staging gives back the object's own columns under their own
names, plus `source_line`; what the columns mean is for the mapping. SQL cannot tell names apart by case, so an object
whose columns differ only by case cannot be staged; a column of its own called `source_line` becomes `source_line_`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from headwater.core.documents import Declaration, Place
from headwater.core.errors import HeadwaterError
from headwater.engine.query import literal
from headwater.tables.rejection import Reason
from headwater.tables.workspace import Workspace

LINE = "source_line"


@dataclass(frozen=True)
class Load:
    """One thing to read: a file, or a stretch of a table.

    `object`: a file's path relative to the project, "package:NAME/inside/path", a table's name, or "query".
    `fingerprint`: changes when the content does. `cursor`: where an incremental source goes on from.
    """

    object: str
    fingerprint: str
    cursor: str | None = None


@dataclass(frozen=True)
class Rejected:
    """A row that the reader could not make a row of, with its raw text; `detail` never quotes a value."""

    line: int
    reason: Reason
    detail: str
    raw: str


@dataclass(frozen=True)
class Staged:
    """Rows in the engine, not yet understood.

    Attributes:
        object: what was read, as in its Load.
        table: name in the engine; columns: `source_line` BIGINT, then `columns`, in the object's order. Text formats:
            VARCHAR, NULL where there is nothing. Parquet and SQL: native types; an instant that knows its zone is a
            TIMESTAMPTZ. `source_line`: CSV, TSV and JSON lines: the physical line at which the row begins, from 1,
            header included; Parquet and SQL: the number of the row, from 1.
        columns: the object's columns as the table names them.
        n_received: all rows: those in `table` plus those in `rejected`.
        rejected: rows that are none.
        cursor: where to go on from next time; None for files.
        notes: what the person should know, such as columns that were not expected.
    """

    object: str
    table: str
    columns: tuple[str, ...]
    n_received: int
    rejected: tuple[Rejected, ...] = ()
    cursor: str | None = None
    notes: tuple[str, ...] = ()
    raw_of: Callable[[Sequence[int]], dict[int, str]] = field(default=lambda _: {}, repr=False, compare=False)

    def raw(self, lines: Sequence[int]) -> dict[int, str]:
        """The raw text of these rows: of text formats their physical lines, of others the row as a JSON object."""
        return self.raw_of(lines) if len(lines) else {}


@dataclass(frozen=True)
class Heading:
    """What a look at the beginning of one object tells, without its rows.

    Attributes:
        object: what was looked at, as in its Load; a pattern that matches nothing.
        at: where it is named, under `read:`.
        columns: as staging would name them; None: only all rows tell.
        error: why a run could not read it.
    """

    object: str
    at: Place
    columns: tuple[str, ...] | None = None
    error: HeadwaterError | None = None


class Source(Protocol):
    """A kind of batch source."""

    fields: type[Declaration]
    rows_keep_their_place: (
        bool  # whether a row's number means the same row at the next load, and so can be its id
    )

    def pending(self, name: str, read: Declaration, workspace: Workspace) -> list[Load]:
        """What is new or changed since the last run, in a stable order.

        Raises:
            SourceError: it cannot be read at all. EnvironmentFault: it cannot be reached now.
        """

    def headings(self, name: str, read: Declaration, workspace: Workspace) -> list[Heading]:
        """What a run would find of everything that it would read, seen without reading rows; it raises nothing."""

    def stage(self, name: str, read: Declaration, load: Load, workspace: Workspace) -> Staged:
        """The rows of one load in the engine; replaces what the source `name` staged before.

        Raises:
            SourceError: it cannot be read at all. EnvironmentFault: it cannot be reached now.
        """


def staged_table(name: str) -> str:
    """The engine's name for what a source staged."""
    return f"staged_{name}"


@dataclass(frozen=True)
class Loaded:
    """What `source_loads` last noted about one object.

    `fingerprint` is empty and `cursor` None where the project has since said something else of the source: then the object
    is to be read again, from its beginning.
    """

    fingerprint: str
    cursor: str | None
    columns: tuple[str, ...]


def last_loads(name: str, workspace: Workspace) -> Mapping[str, Loaded]:
    """The latest note about each object of a source, by object."""
    source = literal(name).sql(workspace.engine.dialect)
    latest = "QUALIFY row_number() OVER (PARTITION BY object ORDER BY loaded_at DESC) = 1"
    found = workspace.engine.table(
        'SELECT object, fingerprint, declaration, "cursor", "columns" '
        f"FROM source_loads WHERE source = {source} {latest}"
    )
    declared = declaration_of(name, workspace)
    loads = {}
    for row in found.to_pylist():
        is_same = row["declaration"] == declared
        columns = tuple(json.loads(row["columns"] or "[]"))
        loads[row["object"]] = Loaded(
            row["fingerprint"] if is_same else "", row["cursor"] if is_same else None, columns
        )
    return loads


def declaration_of(name: str, workspace: Workspace) -> str:
    """A hash of what the project says of a source, its description aside: rows read under another one mean something else."""
    said = [
        {key: value for key, value in document.data.items() if key != "description"}
        for document in workspace.project.documents["sources"]
        if document.name == name and isinstance(document.data, dict)
    ]
    canonical = json.dumps([said, workspace.project.config.time_zone], sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def last_columns(name: str, workspace: Workspace) -> tuple[str, ...]:
    """The columns of the source's newest load; none if it was never loaded."""
    source = literal(name).sql(workspace.engine.dialect)
    newest = f'SELECT "columns" FROM source_loads WHERE source = {source} ORDER BY loaded_at DESC, object DESC LIMIT 1'
    found = workspace.engine.table(newest).column(0).to_pylist()
    return tuple(json.loads(found[0])) if found else ()


def column_changes(previous: Sequence[str], now: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that came and the columns that vanished, each in its own order.

    >>> column_changes(["id", "mail"], ["id", "email", "name"])
    (('email', 'name'), ('mail',))
    """
    added = tuple(column for column in now if column not in previous)
    vanished = tuple(column for column in previous if column not in now)
    return added, vanished
