"""Segments on disk, read by mapping them into memory: one folder a segment, one file a column.

`work/columns/<key>/` holds `base.json`, `at.npy`, `node.npy`, `origin.npy`, and for each column `<name>.npy` (codes or
numbers) with `<name>.arrow` (what codes stand for). The key is made of the names of the lake's files, which never change
their content. All of it can be deleted at any time; it is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import ipc

from headwater.audiences.columns.coding import Coded, Column, Plain
from headwater.audiences.columns.segment import Base
from headwater.audiences.properties import Read

Stored = npt.NDArray[Any]
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, pa.ArrowInvalid)
FORM = 2  # of these files; older ones are made again


class Folder:
    """The folder of one segment."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def base(self) -> Base | None:
        """What every segment has; None if it is not here."""
        try:
            held = json.loads((self.path / "base.json").read_text(encoding="utf-8"))
            events = {name: (first, last) for name, first, last in held["events"]}
            return Base(events, self._mapped("at"), self._mapped("node"), self._mapped("origin"))
        except _UNREADABLE:
            return None

    def keep_base(self, base: Base, files: Sequence[str]) -> None:
        """Write a new segment: all of it appears, or nothing.

        Raises:
            OSError: it cannot be written.
        """
        draft = self.path.with_name(f".{self.path.name}.{uuid4().hex}")
        draft.mkdir(parents=True)
        try:
            for name, values in (("at", base.at), ("node", base.node), ("origin", base.origin)):
                np.save(draft / f"{name}.npy", values)
            held = {"files": list(files), "events": [(name, *ends) for name, ends in base.events.items()]}
            (draft / "base.json").write_text(json.dumps(held), encoding="utf-8")
            draft.rename(self.path)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)
            if not self.path.is_dir():  # otherwise another process made the same meanwhile
                raise

    def column(self, read: Read) -> Column | None:
        """A column kept before."""
        name = _file_name(read)
        try:
            numbers = self._mapped(name)
            with pa.memory_map(str(self.path / f"{name}.arrow")) as source:
                values = ipc.open_file(source).read_all()["values"].combine_chunks()
        except _UNREADABLE:
            return None
        return Coded(numbers, values) if len(values) else Plain(_with_nulls(numbers, values.type))

    def keep(self, read: Read, column: Column) -> Column:
        """Keep a column; where there is no room, it stays in memory."""
        name = _file_name(read)
        if isinstance(column, Plain) and not _is_number(column.values.type):
            return column
        numbers = column.codes if isinstance(column, Coded) else _without_nulls(column.values)
        values = column.values if isinstance(column, Coded) else column.values[:0]
        try:
            self._write(f"{name}.npy", lambda path: np.save(path, numbers))
            self._write(f"{name}.arrow", lambda path: _write_arrow(path, values))
        except OSError:
            return column
        return self.column(read) or column

    def _mapped(self, name: str) -> Stored:
        # As a plain array: slices of a memmap cost more.
        return np.asarray(np.load(self.path / f"{name}.npy", mmap_mode="r", allow_pickle=False))

    def _write(self, name: str, write: Callable[[Path], None]) -> None:
        draft = self.path / f".{uuid4().hex}.npy"
        try:
            write(draft)
            draft.replace(self.path / name)
        finally:
            draft.unlink(missing_ok=True)


def key_of(files: Sequence[str]) -> str:
    """The name of the folder of these files' events."""
    return hashlib.sha256("\n".join([str(FORM), *sorted(files)]).encode()).hexdigest()[:32]


def kept_in(root: Path) -> dict[str, frozenset[str]]:
    """The segments there are by key, with the files each was made of."""
    found: dict[str, frozenset[str]] = {}
    for path in sorted(root.glob("*/base.json")):
        try:
            files = frozenset(json.loads(path.read_text(encoding="utf-8"))["files"])
        except _UNREADABLE:
            continue
        if path.parent.name == key_of(sorted(files)):
            found[path.parent.name] = files
    return found


def remove(path: Path) -> None:
    """Forget a segment; a process that has it mapped reads on."""
    doomed = path.with_name(f".{path.name}.{os.getpid()}.gone")
    try:
        path.rename(doomed)
    except OSError:
        return
    shutil.rmtree(doomed, ignore_errors=True)


def _file_name(read: Read) -> str:
    return "c" + hashlib.sha256(f"{read.type}:{read.name}".encode()).hexdigest()[:20]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_float64(kind))


def _without_nulls(values: pa.Array) -> Stored:
    return np.asarray(values.to_numpy(zero_copy_only=False))  # NULL becomes NaN, which no column holds


def _with_nulls(numbers: Stored, kind: pa.DataType) -> pa.Array:
    return pa.array(numbers, kind, from_pandas=True)


def _write_arrow(path: Path, values: pa.Array) -> None:
    table = pa.table({"values": values})
    with ipc.new_file(str(path), table.schema) as out:
        out.write_table(table)
