"""The Parquet files of a table: sorted rows in, one file a folder out, with what the Delta log notes of each.

Reads record batches in the table's order; writes files below the table's folder. Nobody sees a file before a version of the
table names it, so a half-written one does no harm.

Parquet is written here rather than by delta-rs, which keeps a writer open for every folder until the last row has come: rows
come sorted, so a folder that is left can be closed, and memory stays that of a few folders, however many there are.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pyarrow as pa
from deltalake.transaction import AddAction
from pyarrow import parquet

from headwater.engine.batches import by_folder

NO_VALUE = "__HIVE_DEFAULT_PARTITION__"  # how Hive, and everybody since, names the folder of NULL
ROWS_TOGETHER = (
    1 << 17
)  # rows come sorted, so who looks for a few passes over most groups of rows by their bounds
LONGEST_BOUND = 64  # characters; a longer text says nothing as the least or greatest of a file
_NOTHING, _ALMOST_A_MILLISECOND = timedelta(), timedelta(microseconds=999)


def write_files(
    table: Path, rows: pa.RecordBatchReader, partition_by: Sequence[str], distinct: Sequence[str]
) -> list[AddAction]:
    """Write the rows, which must come in the table's order; gives what a commit must say of each new file.

    Args:
        table: the table's folder.
        rows: shape (n, columns of the table).
        partition_by: columns that name the folders and are left out of the files.
        distinct: columns whose values hardly repeat, stored without a dictionary; numbers and instants by their differences.

    Raises:
        OSError: a file cannot be written.
        HeadwaterError: the rows cannot be made.
    """
    began = time.time_ns()
    # Sorted by name, files are in the order that they were written in: so rows that ascend do so from file to file.
    named = (
        (f"{began:020}-{number:05}-{_unique()}", batch)
        for number, batch in enumerate(by_folder(rows, partition_by))
    )
    return _write_all(table, named, partition_by, distinct)


def link_anew(table: Path, file: Path, values: Mapping[str, str | None]) -> AddAction:
    """The same file under another name: nothing of it is copied. `values`: of the partition columns."""
    name = file.with_name(named_anew(file)).relative_to(table)
    os.link(file, table / name)
    return added(table, name, values)


def named_anew(file: Path) -> str:
    """A name that nothing has, in the same place by order."""
    began, number, _ = file.name.split("-", 2)
    return f"{began}-{number}-{_unique()}"


def _unique() -> str:
    return f"{uuid4().hex[:12]}.zstd.parquet"


def _write_all(
    table: Path,
    named: Iterable[tuple[str, pa.RecordBatch]],
    partition_by: Sequence[str],
    distinct: Sequence[str],
) -> list[AddAction]:
    """Write batches, each into a file of its own, several at a time."""
    threads = pa.cpu_count()
    pending: list[Future[AddAction]] = []
    written: list[AddAction] = []
    with ThreadPoolExecutor(threads, "parquet") as pool:
        for name, batch in named:
            pending.append(pool.submit(_write, table, name, batch, partition_by, distinct))
            if len(pending) > 2 * threads:  # one at work and one waiting, for each
                written.append(pending.pop(0).result())
        written.extend(future.result() for future in pending)
    return written


def _write(
    table: Path, file: str, batch: pa.RecordBatch, partition_by: Sequence[str], distinct: Sequence[str]
) -> AddAction:
    values = {name: _partition_value(batch.column(name)[0]) for name in partition_by}
    folder = Path(*(f"{quote(name, safe='')}={_folder_value(value)}" for name, value in values.items()))
    (table / folder).mkdir(parents=True, exist_ok=True)
    name = folder / file
    write_file(table / name, pa.Table.from_batches([batch]).drop_columns(list(partition_by)), distinct)
    return added(table, name, values)


def write_file(path: Path, rows: pa.Table, distinct: Sequence[str]) -> None:
    """Write one file, whose folder is there: columns that name folders are not among the rows."""
    parquet.write_table(
        rows,
        path,
        compression="zstd",
        compression_level=1,  # nearly as small as at higher levels, and much quicker
        row_group_size=ROWS_TOGETHER,
        use_dictionary=[
            each.name
            for each in rows.schema
            if each.name not in distinct and not pa.types.is_nested(each.type)
        ],
        column_encoding=_encodings(rows.schema, distinct),
        store_schema=False,
    )


def added(table: Path, name: Path, values: Mapping[str, str | None]) -> AddAction:
    """What a commit must say of a file."""
    status = (table / name).stat()
    return AddAction(
        path=name.as_posix(),
        size=status.st_size,
        partition_values=dict(values),
        modification_time=status.st_mtime_ns // 1_000_000,
        data_change=True,
        stats=json.dumps(_statistics(parquet.read_metadata(table / name))),
    )


def _encodings(schema: pa.Schema, distinct: Sequence[str]) -> dict[str, str] | None:
    """How columns are stored that have no dictionary: the differences of numbers that ascend, or nearly do, are small."""
    numbers = [
        each.name
        for each in schema
        if each.name in distinct and (pa.types.is_integer(each.type) or pa.types.is_timestamp(each.type))
    ]
    return dict.fromkeys(numbers, "DELTA_BINARY_PACKED") or None


def _partition_value(value: pa.Scalar) -> str | None:
    return None if value.as_py() is None else str(value.as_py())


def _folder_value(value: str | None) -> str:
    return NO_VALUE if value is None else quote(value, safe="")


def _statistics(footer: parquet.FileMetaData) -> dict[str, object]:
    """What lets readers skip a file: its number of rows, and of each plain column the bounds and the number of NULLs."""
    least: dict[str, object] = {}
    greatest: dict[str, object] = {}
    nulls: dict[str, int] = {}
    for name, found in _columns(footer).items():
        nulls[name] = sum(each.null_count for each in found)
        bounded = [each for each in found if each.has_min_max]
        low, high = (
            (min(each.min for each in bounded), max(each.max for each in bounded))
            if bounded
            else (None, None)
        )
        if _is_bound(low) and _is_bound(high):
            least[name], greatest[name] = (
                _as_json(low, later=_NOTHING),
                _as_json(high, later=_ALMOST_A_MILLISECOND),
            )
    return {"numRecords": footer.num_rows, "minValues": least, "maxValues": greatest, "nullCount": nulls}


def _columns(footer: parquet.FileMetaData) -> dict[str, list[parquet.Statistics]]:
    """The statistics that each row group keeps of each column that is not nested."""
    found: dict[str, list[parquet.Statistics]] = {}
    for group in range(footer.num_row_groups):
        for number in range(footer.num_columns):
            column = footer.row_group(group).column(number)
            if column.statistics and "." not in column.path_in_schema:
                found.setdefault(column.path_in_schema, []).append(column.statistics)
    return found


def _is_bound(value: object) -> bool:
    match value:
        case bool() | int() | date():
            return True
        case float():
            return math.isfinite(value)
        case str():
            return len(value) <= LONGEST_BOUND
        case _:
            return False


def _as_json(value: object, *, later: timedelta) -> object:
    """A bound as Delta's statistics spell it; they know instants to the millisecond, so an upper bound is the next one."""
    match value:
        case datetime():
            return (value + later).isoformat(" ", "milliseconds")
        case date():
            return value.isoformat()
        case _:
            return value
