"""A project opened for work: its tables of one snapshot, readable by name in an engine; and the way to publish.

`read` opens for looking (any number of processes); `work` also owns the project and may publish (one
process).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from headwater.core.clock import Clock
from headwater.core.errors import StorageError
from headwater.core.owner import own
from headwater.core.progress import Progress, Silent, Step
from headwater.core.project import Project
from headwater.core.scratch import scratch_folder
from headwater.core.sealing.keeping import seals_of
from headwater.core.sealing.seals import Seals
from headwater.engine.bitmaps import Ids
from headwater.engine.changed_files import Change
from headwater.engine.engine import Engine
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.lake import Lake, Snapshot, Transaction
from headwater.engine.query import Query, name as quoted
from headwater.engine.sealing import define_sealing
from headwater.tables.moves import at_rest, with_moves
from headwater.tables.table import Table, all_tables

_NOWHERE: Ids = np.zeros(0, dtype=np.int64)
NEVER = "FALSE"
"""SQL of a condition that no row meets."""
T = TypeVar("T")


class Workspace:
    """The tables of a project under their names in an engine.

    Attributes:
        clock: stands still: one run has one "now".
        stand_ins: tables whose names stand for other rows than the lake's, for as long as this is open.
        loaded_at: the real moment this run began, noted on rows it writes.
    """

    def __init__(
        self, project: Project, engine: Engine, lake: Lake, progress: Progress, loaded_at: datetime
    ) -> None:
        self.project = project
        self.engine = engine
        self.lake = lake
        self.progress = progress
        self.clock: Clock = project.clock.frozen()
        self.loaded_at = loaded_at
        self.snapshot: Snapshot = Snapshot()
        self.stand_ins: set[str] = set()
        self._scanned: dict[str, int | None] = {}
        self._kept: dict[str, tuple[object, Any]] = {}
        define_sealing(engine, lambda: self.seals)
        self.refresh()

    @cached_property
    def seals(self) -> Seals:
        """What seals and opens with the project's keys; they are made when something is sealed first.

        Raises:
            KeysError: the keys are missing, damaged, or open to others.
        """
        return seals_of(self.project)

    def refresh(self, snapshot: Snapshot | None = None) -> None:
        """Turn to a snapshot of the lake, by itself the current one: every table's name stands for its rows then."""
        self.snapshot = snapshot or self.lake.snapshot()
        versions = {name: self.snapshot.versions.get(name) for name in all_tables()}
        changed = [name for name in versions if self._scanned.get(name, -1) != versions[name]]
        _scan(changed, self.engine, self.lake, self.snapshot)
        self._scanned = versions

    def catch_up(self) -> None:
        """Turn to the lake as it is now, and to the moment that it is now, as if the project were opened anew."""
        self.clock = self.project.clock.frozen()
        self.refresh()

    @contextmanager
    def publish(self, step: Step | None = None) -> Iterator[Publication]:
        """Write several tables; on leaving the block they become visible together, or, after an error, none.

        `step` is told of every row as it is written.
        """
        with self.lake.transaction() as transaction:
            yield Publication(self.engine, transaction, step)
        self.refresh()

    def version(self, name: str) -> str | None:
        """What changes whenever a table's rows do; None: it has none yet."""
        moves = all_tables()[name].moves
        versions = [self.snapshot.versions.get(each) for each in (name, moves) if each]
        return None if not any(each is not None for each in versions) else " ".join(map(str, versions))

    def kept(self, name: str, tables: Collection[str], make: Callable[[], T], *, given: object = None) -> T:
        """What is made of some tables, made once for as long as this is open and their rows stay the same.

        `name` says what it is; `given`: what else it is made of.
        """
        if self.stand_ins.intersection(tables):
            return make()
        made_of = (given, [self.version(each) for each in tables])
        if name not in self._kept or self._kept[name][0] != made_of:
            self._kept[name] = (made_of, make())
        kept: T = self._kept[name][1]
        return kept

    def scan_added(self, name: str, table: Table, version: int | None) -> bool:
        """Let a name stand for the rows that were added to a table since a version; None: since there is one.

        False: it cannot be told, because rows went away, too, or that version is forgotten.
        """
        before: set[Path] = set()
        if version is not None:
            try:
                before = set(self.lake.files(table.layout, Snapshot({table.name: version})))
            except StorageError:
                return False
        now = set(self.lake.files(table.layout, self.snapshot))
        if before <= now:
            self.engine.scan(name, sorted(now - before), table.schema, partitions=table.partition_by)
        return before <= now

    def is_done(self, stage: str, fingerprint: str) -> bool:
        """Whether a stage has already worked on exactly these inputs."""
        return self.snapshot.stages.get(stage) == fingerprint


def _scan(names: Iterable[str], engine: Engine, lake: Lake, snapshot: Snapshot) -> None:
    """Let tables' names stand for their rows in a snapshot."""
    tables = all_tables()
    for name in names:
        table = tables[name]
        files = lake.files(table.layout, snapshot)
        shown = at_rest(table) if table.moves else name
        engine.scan(shown, files, table.schema, partitions=table.partition_by)
    for table in tables.values():
        if table.moves:
            engine.view(table.name, with_moves(table))


@dataclass(frozen=True)
class Elsewhere:
    """The tables of a workspace's snapshot in another engine, with its clock."""

    engine: Engine
    clock: Clock


@contextmanager
def on_engine(workspace: Workspace, engine: Engine) -> Iterator[Elsewhere]:
    """The same tables in an engine that is closed afterwards."""
    try:
        _scan(all_tables(), engine, workspace.lake, workspace.snapshot)
        yield Elsewhere(engine, workspace.clock)
    finally:
        engine.close()


class Publication:
    """Tables being written; see `Workspace.publish`."""

    def __init__(self, engine: Engine, transaction: Transaction, step: Step | None = None) -> None:
        self._engine = engine
        self._transaction = transaction
        self._step = step

    def append(
        self, table: Table, query: Query | str, *, constants: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Add the rows of a query (matched by column name) to a table.

        `constants`: SQL of columns that are the same in every row; the query need not carry them through the sort.
        """
        self._transaction.append(table.layout, self._rows(table, query, constants))

    def replace(self, table: Table, query: Query | str) -> None:
        """Let the rows of a query be the whole table."""
        self._transaction.replace(table.layout, self._rows(table, query))

    def append_rows(self, table: Table, rows: pa.Table) -> None:
        """Add rows that have the table's columns and stand in its order already."""
        self._transaction.append(table.layout, self._told(rows.select(table.schema.names).to_reader()))

    def replace_rows(self, table: Table, rows: pa.Table) -> None:
        """Let these rows, which have the table's columns and stand in its order already, be the whole table."""
        self._transaction.replace(table.layout, self._told(rows.select(table.schema.names).to_reader()))

    def append_batches(self, table: Table, rows: pa.RecordBatchReader) -> None:
        """Add rows, batch by batch, that have the table's columns and stand in its order already."""
        self._transaction.append(table.layout, self._told(rows))

    def replace_parts(self, table: Table, rows: pa.RecordBatchReader, values: Sequence[str]) -> None:
        """Let rows be all that a table holds where its first partition column has one of these values.

        The rows have the table's columns and stand in its order already.
        """
        self._transaction.replace_parts(table.layout, self._told(rows), table.partition_by[0], values)

    def take_out(self, table: Table, where: str, becomes: str = "*", stays: str = NEVER) -> int:
        """Take rows out of a table, and change others; gives how many. Only files that hold any are written anew.

        Args:
            table: the table; it has not been changed in this publication.
            where: SQL of a condition that is TRUE for what is concerned.
            becomes: what is selected of the rows that stay.
            stays: SQL of a condition that is TRUE for rows that are concerned and stay.
        """
        engine, schema, partitions = self._engine, table.schema, table.partition_by
        files = self._transaction.files(table.layout)
        concerned = engine.places_by_file(where, files, schema, partitions=partitions)
        beside = f"({where}) AND ({stays})"
        staying = engine.rows_by_file(becomes, beside, list(concerned), schema, partitions=partitions)
        nothing = (_NOWHERE, schema.empty_table())
        changes = {
            file: Change(np.setdiff1d(places, changed, assume_unique=True), changed, rows)
            for file, places in concerned.items()
            for changed, rows in (staying.get(file, nothing),)
        }
        self._transaction.change_files(table.layout, changes)
        return sum(map(len, concerned.values()))

    def mark(self, stage: str, fingerprint: str) -> None:
        """Note what a stage worked on; see `Workspace.is_done`."""
        self._transaction.mark(stage, fingerprint)

    def _rows(
        self, table: Table, query: Query | str, constants: Mapping[str, str] = MappingProxyType({})
    ) -> pa.RecordBatchReader:
        return self._told(self._engine.stream(self._ordered(table, query, constants)))

    def _told(self, rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
        return rows if self._step is None else _watched(rows, self._step)

    def _ordered(self, table: Table, query: Query | str, constants: Mapping[str, str]) -> str:
        """The query's rows with the table's columns, in the table's order on disk."""
        text = query if isinstance(query, str) else query.sql(self._engine.dialect)
        varying = ", ".join(quoted(column.name) for column in table.columns if column.name not in constants)
        order = ", ".join(quoted(column) for column in (*table.partition_by, *table.sort_by))
        rows = f"SELECT {varying} FROM ({text}) AS rows_to_write" + (f" ORDER BY {order}" if order else "")
        columns = ", ".join(
            f"{constants[column.name]} AS {quoted(column.name)}"
            if column.name in constants
            else quoted(column.name)
            for column in table.columns
        )
        return f"SELECT {columns} FROM ({rows}) AS ordered_rows" if constants else rows


def _watched(rows: pa.RecordBatchReader, step: Step) -> pa.RecordBatchReader:
    """The same rows, told to a step as they pass."""

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            step.advance(batch.num_rows)
            yield batch

    return pa.RecordBatchReader.from_batches(rows.schema, batches())


@contextmanager
def read(project: Project) -> Iterator[Workspace]:
    """The project as it is now, to look at; another process may be working on it meanwhile."""
    with _opened(project, Silent()) as workspace:
        yield workspace


@contextmanager
def work(project: Project, progress: Progress | None = None) -> Iterator[Workspace]:
    """The project to work on, as its one owner.

    Raises:
        BusyError: another process owns it.
    """
    with own(project.root), _opened(project, progress or Silent()) as workspace:
        project.readings.keep()
        yield workspace


@contextmanager
def _opened(project: Project, progress: Progress) -> Iterator[Workspace]:
    settings = project.settings
    with scratch_folder(project.path("work")) as spill:
        engine = DuckDB(
            spill,
            threads=settings.threads,
            memory_mb=settings.memory_mb,
            sql_seconds=settings.sql_seconds,
        )
        try:
            yield Workspace(project, engine, Lake(project.path("lake")), progress, Clock().now())
        finally:
            engine.close()
