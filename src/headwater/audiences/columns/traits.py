"""Traits as coded columns, one value a profile in the order of ordinals, by type of value.

Read from the table `traits`; kept in `work/columns/traits/<key>/`, whose key changes with the table and with the profiles.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from headwater.audiences.columns.coding import Coded, encode, spelled_back
from headwater.audiences.columns.folder import Folder, remove
from headwater.audiences.columns.people import People
from headwater.audiences.columns.spelling import spelled
from headwater.audiences.properties import Read
from headwater.audiences.values import ValueType
from headwater.engine.engine import Engine
from headwater.engine.ids import Bins
from headwater.engine.query import column, literal
from headwater.tables.traits import TABLE as TRAITS
from headwater.tables.workspace import Workspace

TraitColumns = Mapping[ValueType, Coded]
KINDS = (ValueType.TEXT, ValueType.NUMBER, ValueType.BOOLEAN, ValueType.INSTANT, ValueType.TEXTS)
_THERE = pa.array([None, ""], pa.string())


def trait_folder(workspace: Workspace, people: People) -> Folder | None:
    """Where the traits of these profiles are kept, as the table is now; None if something else stands in for the table."""
    if TRAITS.name in workspace.stand_ins:
        return None
    digest = hashlib.blake2b(people.universe.profile_ids.tobytes(), digest_size=16)
    for file in workspace.lake.files(TRAITS.layout, workspace.snapshot):
        digest.update(file.name.encode())
    return Folder(_root(workspace) / digest.hexdigest())


def tidy_traits(workspace: Workspace, wanted: Folder | None) -> None:
    """Remove what is kept of other states of the table; only the project's owner may."""
    for path in _root(workspace).glob("[!.]*"):
        if wanted is None or path != wanted.path:
            remove(path)


def read_trait(name: str, engine: Engine, people: People, folder: Folder | None) -> TraitColumns:
    """A trait of every profile; a type that nobody has is not there, but ANY is: whether there is a value."""
    found = _kept(name, folder) if folder else None
    return _from_table(name, engine, people, folder) if found is None else found


def _root(workspace: Workspace) -> Path:
    return workspace.project.path("work") / "columns" / "traits"


def _kept(name: str, folder: Folder) -> TraitColumns | None:
    try:
        kinds = json.loads(_note(name, folder).read_text(encoding="utf-8"))
        columns = {ValueType(kind): folder.column(Read(name, ValueType(kind))) for kind in kinds}
    except (OSError, ValueError):
        return None
    coded = {kind: each for kind, each in columns.items() if isinstance(each, Coded)}
    return coded if len(coded) == len(columns) else None


def _note(name: str, folder: Folder) -> Path:
    """The file that says which types a trait has; written last."""
    return folder.path / f"{hashlib.sha256(name.encode()).hexdigest()[:20]}.json"


def _from_table(name: str, engine: Engine, people: People, folder: Folder | None) -> TraitColumns:
    chosen = exp.select("profile_id", *KINDS).from_("traits").where(column("trait").eq(literal(name)))
    rows = engine.table(chosen.sql(engine.dialect))
    bins = people.profiles.of(np.asarray(rows["profile_id"].to_numpy()))
    columns = {
        kind: _spread(_coded(_without_nan(rows[kind])), bins, people.n_bins)
        for kind in KINDS
        if rows[kind].null_count < len(rows)
    }
    there = np.zeros(people.universe.size, dtype=np.uint8)
    for each in columns.values():
        there |= each.codes > 0
    columns[ValueType.ANY] = Coded(there, _THERE)
    return _keep(name, columns, folder) if folder else columns


def _keep(name: str, columns: TraitColumns, folder: Folder) -> TraitColumns:
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        for kind, each in columns.items():
            folder.keep(Read(name, kind), each)
        _note(name, folder).write_text(json.dumps(list(columns)), encoding="utf-8")
    except OSError:
        pass  # no room, or not ours to write: they stay in memory
    return columns


def _spread(coded: Coded, bins: Bins, n_bins: int) -> Coded:
    """The codes of rows as codes of profiles; who has no row has code 0."""
    codes = np.zeros(n_bins, dtype=coded.codes.dtype)
    codes[bins] = coded.codes
    return Coded(codes[1:], coded.values)


def _coded(values: pa.ChunkedArray) -> Coded:
    """A column as codes, however many values it has."""
    if pa.types.is_list(values.type):
        return spelled_back(_coded(spelled(values)), values)
    found = encode(values)
    if isinstance(found, Coded):
        return found
    distinct = pc.unique(found.values.drop_null())
    codes = pc.fill_null(pc.index_in(found.values, distinct), -1).to_numpy() + 1
    return Coded(
        codes.astype(np.min_scalar_type(len(distinct))),
        pa.concat_arrays([pa.nulls(1, distinct.type), distinct]),
    )


def _without_nan(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(values.type):
        return values
    return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
