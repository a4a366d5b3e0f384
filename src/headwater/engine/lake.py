"""The lake: tables at rest, as Delta Lake tables that any engine can read, made visible all together or not at all.

    lake/snapshot.json    which version of which table is current, and what each stage last worked on
    lake/<table>/         one Delta table: Parquet files by partition, and its log

A transaction writes new Delta versions of several tables, then swaps `snapshot.json` in one atomic rename:
readers see all of it or none. What a killed process wrote past the snapshot is rolled back by the next
transaction on that table.

Reads hold on to a `Snapshot`: the file list of one version of each table, never a glob. Files that no
snapshot names are removed by `vacuum` once readers have had time to finish.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import unquote, urlparse

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema as DeltaSchema
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import AddAction

from headwater.core.errors import StorageError
from headwater.engine.changed_files import Change, write_changed
from headwater.engine.data_files import NO_VALUE, link_anew, write_files

SNAPSHOT = "snapshot.json"
Mode = Literal["append", "overwrite"]


@dataclass(frozen=True)
class Layout:
    """How one table lies on disk: its name, columns, the columns that cut it into folders, and the order within."""

    name: str
    schema: pa.Schema
    partition_by: tuple[str, ...] = ()
    sort_by: tuple[str, ...] = ()
    distinct: tuple[
        str, ...
    ] = ()  # columns whose values hardly repeat: a dictionary of them would be wasted work


@dataclass(frozen=True)
class Snapshot:
    """One consistent state of the lake: a version of each table, and each stage's last fingerprint of its inputs."""

    versions: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    number: int = 0


class Lake:
    """The tables at rest of one project."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opened: dict[str, tuple[int, DeltaTable]] = {}  # and which folder that was

    def snapshot(self) -> Snapshot:
        """The current state.

        Raises:
            StorageError: `snapshot.json` is damaged.
        """
        path = self.root / SNAPSHOT
        if not path.exists():
            return Snapshot()
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            return Snapshot(
                MappingProxyType(held["versions"]), MappingProxyType(held["stages"]), held["number"]
            )
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise StorageError(f"lake/{SNAPSHOT} cannot be read: {error}") from error

    def files(self, layout: Layout, snapshot: Snapshot) -> list[Path]:
        """The Parquet files of a table in a snapshot; none if the table has no version there."""
        with _explained():
            table = self._table(layout, snapshot)
            return sorted(_local(uri) for uri in table.file_uris()) if table else []

    def least(self, layout: Layout, snapshot: Snapshot, column: str) -> dict[str, str]:
        """The least text of a column in each folder of the first partition column, from statistics alone: no rows are read."""
        with _explained():
            table = self._table(layout, snapshot)
            if table is None:
                return {}
            files = pa.table(table.get_add_actions(flatten=True))
        folders, texts = files[f"partition.{layout.partition_by[0]}"], files[f"min.{column}"]
        found: dict[str, str] = {}
        for folder, text in zip(folders.to_pylist(), texts.to_pylist(), strict=True):
            if folder is not None and text is not None:
                found[folder] = min(text, found.get(folder, text))
        return found

    def _table(self, layout: Layout, snapshot: Snapshot) -> DeltaTable | None:
        version = snapshot.versions.get(layout.name)
        return None if version is None else self._at(layout.name, version)

    def _at(self, name: str, version: int) -> DeltaTable:
        """A table at a version. One that was opened before reads only what its log says since.

        To read all of a log takes several files at a time, each in a thread of delta-rs that stays and holds memory. A rebuild
        puts another folder in a table's place, whose versions are others.
        """
        folder = (self.root / name).stat().st_ino
        known, table = self._opened.get(name, (0, None))
        if table is not None and known == folder and table.version() < version:
            with suppress(DeltaError):  # notes of older versions may be gone
                table.update_incremental()
        if table is None or known != folder or table.version() != version:
            table = DeltaTable(self.folder(name), version=version)
        self._opened[name] = folder, table
        return table

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write to several tables; all become visible when the block ends without an error.

        Only the project's owner may: see `core.owner`.
        """
        transaction = Transaction(self, self.snapshot())
        with _explained():
            yield transaction
            transaction.commit()

    def vacuum(self, keep_hours: float) -> int:
        """Remove files that no snapshot has named for this long; gives how many were removed.

        Only the project's owner may: what an unfinished transaction left is undone first.
        """
        removed = 0
        with _explained():
            for name, version in self.snapshot().versions.items():
                table = DeltaTable(self.folder(name))
                _undo_past(table, version)
                removed += len(_vacuum(table, math.ceil(keep_hours)))
        return removed

    def forget(self, names: Iterable[str]) -> None:
        """Keep of these tables the version in the snapshot alone: every file and every note of older ones goes at once.

        Only the project's owner may. Who is reading an older version meanwhile finds files missing, and has to begin again.
        """
        versions = self.snapshot().versions
        with _explained():
            for name in names:
                table = DeltaTable(self.folder(name))
                _undo_past(table, versions[name])
                _vacuum(table, 0)
                DeltaTable(self.folder(name), version=versions[name]).create_checkpoint()
                _forget_notes(self.root / name / "_delta_log", versions[name])

    def folder(self, name: str) -> str:
        """Where a table lies, as delta-rs wants it."""
        return str(self.root / name)


class Transaction:
    """Writes that are not visible yet."""

    def __init__(self, lake: Lake, base: Snapshot) -> None:
        self._lake = lake
        self._base = base
        self._versions = dict(base.versions)
        self._stages = dict(base.stages)
        self._number = base.number
        self._ready: set[str] = set()

    def append(self, layout: Layout, rows: pa.RecordBatchReader) -> None:
        """Add rows to a table; they must already be in the layout's order."""
        self._write(layout, rows, "append")

    def replace(self, layout: Layout, rows: pa.RecordBatchReader) -> None:
        """Let these rows be the whole table."""
        self._write(layout, rows, "overwrite")

    def replace_parts(
        self, layout: Layout, rows: pa.RecordBatchReader, column: str, values: Sequence[str]
    ) -> None:
        """Let these rows be all that a table holds where a partition column has one of these values."""
        self._write(layout, rows, "overwrite", [(column, "in", list(values))])

    def files(self, layout: Layout) -> list[Path]:
        """The files of a table before this transaction."""
        return self._lake.files(layout, self._base)

    def change_files(self, layout: Layout, changes: Mapping[Path, Change]) -> None:
        """Let files of a table, which this transaction has not changed yet, hold other rows; the others stay as they are.

        Args:
            layout: the table.
            changes: files, each with what becomes of its rows; one without any left goes.
        """
        path = Path(self._lake.folder(layout.name))
        folders: dict[tuple[str | None, ...], list[Path]] = {}
        for file in self.files(layout):
            folders.setdefault(_folder_of(file, path, layout.partition_by), []).append(file)
        changed = {values: files for values, files in folders.items() if not changes.keys().isdisjoint(files)}
        for group in _together(changed, layout.partition_by):
            held = [
                (file, dict(zip(layout.partition_by, values, strict=True)))
                for values in group
                for file in changed[values]
            ]
            written = write_changed(
                path,
                ((file, changes[file], values) for file, values in held if file in changes),
                layout.schema,
                layout.distinct,
            )
            linked = [link_anew(path, file, values) for file, values in held if file not in changes]
            table = self._ready_for(layout)
            self._commit(table, layout, [*written, *linked], "overwrite", _only(group, layout.partition_by))

    def mark(self, stage: str, fingerprint: str) -> None:
        """Note what a stage worked on, so that it can be skipped while that stays the same."""
        self._stages[stage] = fingerprint

    def commit(self) -> None:
        """Make everything visible, by one atomic rename."""
        # delta-rs leaves what it wrote to the system's cache: it must be on the disk before the snapshot names it.
        os.sync()
        held = {"number": self._number + 1, "versions": self._versions, "stages": self._stages}
        write_atomically(self._lake.root / SNAPSHOT, json.dumps(held, indent=1, sort_keys=True).encode())

    def _write(
        self,
        layout: Layout,
        rows: pa.RecordBatchReader,
        mode: Mode,
        only: list[tuple[str, str, list[str]]] | None = None,
    ) -> None:
        table = self._ready_for(layout)
        folder = Path(self._lake.folder(layout.name))
        files = write_files(folder, rows.cast(layout.schema), layout.partition_by, layout.distinct)
        self._commit(table, layout, files, mode, only)

    def _ready_for(self, layout: Layout) -> DeltaTable:
        """A table as it is visible, with the columns of its layout; made if there is none yet."""
        path = self._lake.folder(layout.name)
        table = self._rolled_back(layout.name, path) or DeltaTable.create(
            path, DeltaSchema.from_arrow(layout.schema), partition_by=list(layout.partition_by)
        )
        _widen(table, layout)
        return table

    def _commit(
        self,
        table: DeltaTable,
        layout: Layout,
        files: Sequence[AddAction],
        mode: Mode,
        only: list[tuple[str, str, list[str]]] | None = None,
    ) -> None:
        table.create_write_transaction(
            [*files],
            mode,
            table.schema(),
            list(layout.partition_by),
            only,
            commit_properties=_PLAIN,
            post_commithook_properties=_NO_HOOKS,
        )
        self._versions[layout.name] = DeltaTable(self._lake.folder(layout.name)).version()

    def _rolled_back(self, name: str, path: str) -> DeltaTable | None:
        """A table without the versions past the snapshot: a process was killed before it made them visible.

        None: there is no such table yet.
        """
        try:
            table = DeltaTable(path)
        except TableNotFoundError:
            return None
        if name in self._ready:
            return table
        self._ready.add(name)
        visible = self._versions.get(name)
        if visible is None:
            table.delete(commit_properties=_PLAIN, post_commithook_properties=_NO_HOOKS)
        else:
            _undo_past(table, visible)
        return table


def _folder_of(file: Path, table: Path, partition_by: Sequence[str]) -> tuple[str | None, ...]:
    """The values of the partition columns, as the names of a file's folders have them."""
    names = file.relative_to(table).parts[: len(partition_by)]
    values = (unquote(name.partition("=")[2]) for name in names)
    return tuple(None if value == NO_VALUE else value for value in values)


def _together(
    folders: Iterable[tuple[str | None, ...]], partition_by: Sequence[str]
) -> list[list[tuple[str | None, ...]]]:
    """Folders in groups, each of which is all combinations of values of its columns: what one commit can replace."""
    if not partition_by:
        return [list(folders)] if folders else []
    beside: dict[str | None, list[tuple[str | None, ...]]] = {}
    for values in folders:
        beside.setdefault(values[0], []).append(values[1:])
    alike: dict[tuple[tuple[str | None, ...], ...], list[str | None]] = {}
    for first, others in beside.items():
        alike.setdefault(tuple(sorted(others, key=str)), []).append(first)
    return [[(first, *each) for first in firsts for each in others] for others, firsts in alike.items()]


def _only(
    group: Sequence[tuple[str | None, ...]], partition_by: Sequence[str]
) -> list[tuple[str, str, list[str]]] | None:
    """What tells a commit to replace these folders alone."""
    if not partition_by:
        return None
    return [
        (column, "in", sorted({str(values[place]) for values in group}))
        for place, column in enumerate(partition_by)
    ]


def _widen(table: DeltaTable, layout: Layout) -> None:
    """Give a table the columns that its layout has and it has not; older rows hold NULL there."""
    held = {each.name for each in table.schema().fields}
    new = [each for each in DeltaSchema.from_arrow(layout.schema).fields if each.name not in held]
    if new:
        table.alter.add_columns(new, commit_properties=_PLAIN, post_commithook_properties=_NO_HOOKS)


def _undo_past(table: DeltaTable, visible: int) -> None:
    """Let a table's newest version hold what the visible one does; vacuums make versions too, and change nothing."""
    if table.version() == visible:
        return
    right = DeltaTable(table.table_uri, version=visible).file_uris()
    if set(table.file_uris()) != set(right):
        table.restore(visible, commit_properties=_PLAIN)


def _vacuum(table: DeltaTable, keep_hours: int) -> list[str]:
    return table.vacuum(
        retention_hours=keep_hours,
        dry_run=False,
        enforce_retention_duration=False,
        full=True,
        commit_properties=_PLAIN,
        post_commithook_properties=_NO_HOOKS,
    )


def _forget_notes(log: Path, version: int) -> None:
    """Remove what a table's log says of versions before one of which it has a checkpoint: least and greatest values, too."""
    for note in log.iterdir():
        number = note.name.partition(".")[0]
        if number.isdecimal() and int(number) < version:
            note.unlink()


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file so that readers, and a machine that loses power, see the old or the new bytes, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink(missing_ok=True)


_PLAIN = CommitProperties()
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


def _local(uri: str) -> Path:
    """delta-rs names local files as paths or file URIs, percent-encoded where a partition value needs it."""
    return Path(unquote(urlparse(uri).path)) if uri.startswith("file:") else Path(uri)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except DeltaError as error:
        raise StorageError(
            f"a table of the lake could not be read or written: {str(error).splitlines()[0]}",
            next_step="free disk space or mend permissions, then run again; what was visible before is unharmed",
        ) from error
    except OSError as error:
        raise StorageError(
            f"the lake could not be written: {error.strerror or error}",
            next_step="free disk space or mend permissions, then run again; what was visible before is unharmed",
        ) from error
