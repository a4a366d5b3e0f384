"""The Parquet files of a table written anew, without some of their rows and with others in the place of some.

Reads and writes files below the table's folder, several at a time. What stays is copied column by column and asked nothing: which
rows are concerned was found out before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from deltalake.transaction import AddAction
from pyarrow import parquet

from headwater.engine.bitmaps import Ids
from headwater.engine.data_files import added, named_anew, write_file


@dataclass(frozen=True, eq=False)
class Change:
    """What becomes of a file's rows.

    Attributes:
        gone: the places, from 0 and ascending, of the rows that go.
        changed: those of rows that become others.
        rows: what these become, in the same order; with all of the table's columns.
    """

    gone: Ids
    changed: Ids
    rows: pa.Table


def write_changed(
    table: Path,
    changes: Iterable[tuple[Path, Change, Mapping[str, str | None]]],
    schema: pa.Schema,
    distinct: Sequence[str],
) -> list[AddAction]:
    """Write files anew, each of which keeps its place in the order of names; a file without any rows left is left out.

    Args:
        table: the table's folder.
        changes: files of it, what becomes of each, and its values of the columns that name folders.
        schema: the table's columns as they are now, which older files may lack some of.
        distinct: see `data_files.write_files`.

    Raises:
        OSError: a file cannot be read or written.
    """
    with ThreadPoolExecutor(pa.cpu_count(), "parquet") as pool:
        written = pool.map(partial(_write_changed, table, schema, distinct), changes)
        return [each for each in written if each is not None]


def _write_changed(
    table: Path,
    schema: pa.Schema,
    distinct: Sequence[str],
    one: tuple[Path, Change, Mapping[str, str | None]],
) -> AddAction | None:
    file, change, values = one
    own = pa.schema([each for each in schema if each.name not in values])
    rows = _after(change, _as_now(parquet.read_table(file, partitioning=None, use_threads=False), own))
    if not rows.num_rows:
        return None
    name = file.with_name(named_anew(file)).relative_to(table)
    write_file(table / name, rows, distinct)
    return added(table, name, values)


def _as_now(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The same rows with the columns of a schema, NULL where they lack one."""
    held = set(rows.column_names)
    columns = [
        rows[each.name].cast(each.type) if each.name in held else pa.nulls(rows.num_rows, each.type)
        for each in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _after(change: Change, rows: pa.Table) -> pa.Table:
    """The rows once they are changed."""
    places = np.arange(rows.num_rows)
    places[change.changed] = rows.num_rows + np.arange(len(change.changed))
    both = pa.concat_tables([rows, change.rows.select(rows.column_names).cast(rows.schema)])
    return both.combine_chunks().take(np.delete(places, change.gone))
