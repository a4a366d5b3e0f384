"""Which segments stand for the events of a project: those kept, as far as their files are still the lake's, and new ones.

A load adds files to the lake and so a segment here; whatever was there before is not read again. When small segments
become many, they are joined into one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from headwater.audiences.columns.folder import Folder, kept_in, key_of, remove
from headwater.audiences.columns.segment import Load, Segment, make_base
from headwater.audiences.properties import Read
from headwater.engine.engine import Engine
from headwater.tables.events import TABLE as EVENTS
from headwater.tables.workspace import Workspace

MOST_ROWS = 32_000_000  # of one segment: what making it needs in memory is about 60 bytes a row
MOST_SMALL = 6  # segments before small ones are joined
_ROWS = "columns_rows"
Segments = dict[str, Segment]


def segments_of(workspace: Workspace, known: Mapping[str, Segment]) -> Segments:
    """The segments by key; those that are `known` already as they are.

    Only the project's owner removes segments that nobody needs any more.
    """
    root = workspace.project.path("work") / "columns"
    paths = {
        os.path.relpath(path, workspace.lake.root): path
        for path in workspace.lake.files(EVENTS.layout, workspace.snapshot)
    }
    kept = _useful(kept_in(root), frozenset(paths))
    groups = _groups(kept, paths)
    return {
        key_of(files): known.get(key_of(files)) or _segment(root, files, paths, workspace.engine)
        for files in groups
    }


def tidy(workspace: Workspace, segments: Mapping[str, Segment]) -> None:
    """Remove what is kept of other states of the lake; only the project's owner may."""
    root = workspace.project.path("work") / "columns"
    for key in kept_in(root).keys() - segments.keys():
        remove(root / key)


def segment_of_relation(engine: Engine) -> Segment:
    """All events of the engine's session as one segment in memory."""
    rows = engine.table("SELECT event, occurred_at, node_id FROM events")
    return Segment("", make_base(rows), _loading(engine, "events"))


def _useful(kept: Mapping[str, frozenset[str]], files: frozenset[str]) -> list[list[str]]:
    """The files of those segments that hold nothing that is gone, and nothing twice; the largest first."""
    taken: set[str] = set()
    useful: list[list[str]] = []
    for held in sorted(kept.values(), key=lambda each: (-len(each), sorted(each))):
        if held and held <= files and not held & taken:
            taken |= held
            useful.append(sorted(held))
    return useful


def _groups(useful: list[list[str]], paths: Mapping[str, Path]) -> list[list[str]]:
    """All files, in groups of which each is to be a segment."""
    taken = {file for group in useful for file in group}
    new = [file for file in sorted(paths) if file not in taken]
    if new and len(useful) >= MOST_SMALL:
        useful, joined = _split(useful, paths)
        new = sorted([*new, *joined])
    return [*useful, *_cut(new, paths)]


def _split(useful: list[list[str]], paths: Mapping[str, Path]) -> tuple[list[list[str]], list[str]]:
    """Large segments to be left as they are, and the files of the others."""
    sizes = [sum(_n_rows(paths[file]) for file in group) for group in useful]
    large = [group for group, size in zip(useful, sizes, strict=True) if size > sum(sizes) // MOST_SMALL]
    rest = [file for group in useful if group not in large for file in group]
    return large, rest


def _cut(files: Sequence[str], paths: Mapping[str, Path]) -> list[list[str]]:
    groups: list[list[str]] = []
    room = 0
    for file in files:
        size = _n_rows(paths[file])
        if not groups or size > room:
            groups.append([])
            room = MOST_ROWS
        groups[-1].append(file)
        room -= size
    return groups


def _n_rows(path: Path) -> int:
    return int(parquet.read_metadata(path).num_rows)


def _segment(root: Path, files: Sequence[str], paths: Mapping[str, Path], engine: Engine) -> Segment:
    folder = Folder(root / key_of(files))
    load = _loading_files([paths[file] for file in files], engine)
    base = folder.base()
    if base is not None:
        return Segment(folder.path.name, base, load, folder)
    remove(folder.path)  # what is there cannot be read
    made = make_base(_scanned([paths[file] for file in files], "event, occurred_at, node_id", engine))
    try:
        folder.keep_base(made, files)
    except OSError:
        return Segment(folder.path.name, made, load)  # no room, or not ours to write: it stays in memory
    return Segment(folder.path.name, folder.base() or made, load, folder)


def _loading_files(files: Sequence[Path], engine: Engine) -> Load:
    def load(read: Read) -> pa.ChunkedArray:
        return _scanned(files, _value(read, engine), engine)["value"]

    return load


def _loading(engine: Engine, relation: str) -> Load:
    def load(read: Read) -> pa.ChunkedArray:
        return engine.table(f"SELECT {_value(read, engine)} FROM {relation}")["value"]

    return load


def _value(read: Read, engine: Engine) -> str:
    return f"{read.sql().sql(engine.dialect)} AS value"


def _scanned(files: Sequence[Path], select: str, engine: Engine) -> pa.Table:
    """Expressions over files, in the order of the files and of their rows."""
    engine.scan(_ROWS, files, EVENTS.schema, partitions=EVENTS.partition_by)
    try:
        return engine.table(f"SELECT {select} FROM {_ROWS}")
    finally:
        engine.drop(_ROWS)
