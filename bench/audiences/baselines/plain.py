"""The rows of a project as two Parquet files that any engine reads: events with profile ids, profiles with their traits.

events.parquet     profile_id, event, occurred_at, product_id, category, department, brand, channel, revenue
profiles.parquet   profile_id and one column a trait
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from bench.audiences.found import Found
from bench.audiences.place import Place
from bench.audiences.shape import TRAITS
from headwater.core.project import open_project
from headwater.tables.workspace import Workspace, read

AT_ONCE = 1_000_000  # profiles
_SQL_TYPE = {"text": "VARCHAR", "number": "DOUBLE", "boolean": "BOOLEAN", "instant": "TIMESTAMP"}
_EVENTS = """
SELECT profile_id, event, occurred_at, product_id, category, department, brand, channel,
       CAST(revenue AS DECIMAL(12, 2)) AS revenue
FROM events JOIN identity_map USING (node_id)
"""


def measured(place: Place) -> Found:
    """Write both files of a place."""
    found = Found()
    with found.timed("plain"):
        write_plain(place.project, place.plain)
    return found


def write_plain(project: Path, folder: Path) -> None:
    """Write both files into a folder; those that are there stay."""
    if (folder / "READY").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with read(open_project(project)) as workspace:
        _write(folder / "events.parquet", workspace.engine.stream(_EVENTS))
        _write(folder / "profiles.parquet", _people(workspace))
    (folder / "READY").touch()


def _people(workspace: Workspace) -> Iterator[pa.RecordBatch]:
    (most,) = workspace.engine.table("SELECT max(profile_id) AS most FROM profiles")["most"].to_pylist()
    for first in range(0, most + 1, AT_ONCE):
        yield from workspace.engine.stream(_wide(first, first + AT_ONCE))


def _wide(first: int, end: int) -> str:
    """The profiles from one id to another, with the value of each trait."""
    values = ", ".join(
        f"CAST(any_value({shape.type}) FILTER (trait = '{name}') AS {_SQL_TYPE[shape.type]}) AS {name}"
        for name, shape in TRAITS.items()
    )
    between = f"profile_id >= {first} AND profile_id < {end}"
    return (
        f"WITH held AS (SELECT profile_id, {values} FROM traits WHERE {between} GROUP BY profile_id) "
        f"SELECT profile_id, held.* EXCLUDE (profile_id) FROM profiles LEFT JOIN held USING (profile_id) "
        f"WHERE {between} ORDER BY profile_id"
    )


def _write(path: Path, batches: Iterator[pa.RecordBatch]) -> None:
    first = next(iter(batches))
    with parquet.ParquetWriter(path, first.schema, compression="zstd") as out:
        out.write_batch(first)
        for batch in batches:
            out.write_batch(batch)
