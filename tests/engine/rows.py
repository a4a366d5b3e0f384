"""Small tables for tests of the lake: every row says in which generation it was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.lake import Lake, Layout, Snapshot

SCHEMA = pa.schema([("id", pa.int64()), ("part", pa.string()), ("generation", pa.int64())])
LAYOUTS = tuple(Layout(name, SCHEMA, ("part",), ("id",)) for name in ("first", "second", "third"))
FIRST = LAYOUTS[0]


def rows(generation: int, n: int = 6, schema: pa.Schema = SCHEMA) -> pa.RecordBatchReader:
    """`n` rows of a generation, in the order of the layouts."""
    data = [{"id": number, "part": f"p{number * 2 // n}", "generation": generation} for number in range(n)]
    return pa.RecordBatchReader.from_batches(schema, [pa.RecordBatch.from_pylist(data, schema=schema)])


def held(lake: Lake, layout: Layout = FIRST, snapshot: Snapshot | None = None) -> list[dict[str, object]]:
    """All rows of a table, read as the product reads them."""
    engine = DuckDB(threads=1)
    try:
        files = lake.files(layout, snapshot or lake.snapshot())
        engine.scan("read_back", files, layout.schema, partitions=layout.partition_by)
        rows: list[dict[str, object]] = engine.table("SELECT * FROM read_back ORDER BY ALL").to_pylist()
        return rows
    finally:
        engine.close()


def generations(lake: Lake, layout: Layout = FIRST) -> set[object]:
    """The generations whose rows a table holds."""
    return {row["generation"] for row in held(lake, layout)}


def column_of_file(file: Path, name: str) -> Sequence[object]:
    """A column of one Parquet file, in the order it lies there."""
    values: list[object] = pq.ParquetFile(file).read(columns=[name]).column(name).to_pylist()
    return values
