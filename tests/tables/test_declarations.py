"""Every declared table is whole: its columns exist, have a meaning, and come back from the lake as they went in."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.lake import Lake
from headwater.tables.table import ARROW, SQL_TYPE, Pii, Table, Type, all_tables

TABLES = list(all_tables().values())
EXAMPLES: dict[Type, tuple[object, object]] = {
    Type.TEXT: ("Grüße, 'quoted' \"twice\" | %20", ""),
    Type.INTEGER: (2**62, -1),
    Type.SMALL_INTEGER: (2**31 - 1, 0),
    Type.NUMBER: (0.1, -1e300),
    Type.BOOLEAN: (True, False),
    Type.INSTANT: (datetime(2026, 3, 29, 1, 30, 0, 5), datetime(1969, 12, 31, 23, 59)),
    Type.DATE: (date(2026, 2, 28), date(1969, 12, 31)),
    Type.INTEGERS: ([1, 2, 2**62], []),
    Type.TEXTS: (["a", 'b, "c"', "é"], []),
}
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def test_there_are_tables() -> None:
    assert {"events", "nodes", "links", "profiles", "traits", "memberships", "consents"} <= set(all_tables())


@every_table
def test_a_table_has_the_name_of_its_file(table: Table) -> None:
    assert all_tables()[table.name] is table


@every_table
def test_key_folders_and_order_are_columns(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert table.key
    assert {*table.key, *table.partition_by, *table.sort_by} <= set(names)


@every_table
def test_everything_has_a_meaning(table: Table) -> None:
    assert table.meaning.endswith(".")
    assert table.purpose
    for column in table.columns:
        assert column.meaning.endswith((".", "…")), column.name


@every_table
def test_columns_are_named_by_the_conventions(table: Table) -> None:
    for column in table.columns:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        if column.name.endswith("_at"):
            assert column.type is Type.INSTANT, column.name
        if column.name.startswith("n_"):
            assert column.type is Type.INTEGER, column.name
        if column.name.startswith("is_"):
            assert column.type is Type.BOOLEAN, column.name


@every_table
def test_what_belongs_to_a_person_is_marked(table: Table) -> None:
    for column in table.columns:
        if column.name in ("profile_id", "node_id", "other_node_ids"):
            assert column.pii is not Pii.NONE, column.name


@every_table
def test_rows_come_back_from_the_lake_as_they_went_in(table: Table, tmp_path: Path) -> None:
    first = {column.name: EXAMPLES[column.type][0] for column in table.columns}
    second = {column.name: EXAMPLES[column.type][1] for column in table.columns}
    empty = {column.name: None for column in table.columns}
    second |= {
        name: f"x{value}" for name, value in second.items() if name in table.partition_by and value == ""
    }
    lake, engine = Lake(tmp_path), DuckDB(threads=1)
    for row in (first, second, empty):
        batch = pa.RecordBatch.from_pylist([row], schema=table.schema)
        with lake.transaction() as transaction:
            transaction.append(table.layout, pa.RecordBatchReader.from_batches(table.schema, [batch]))
    engine.scan(
        table.name, lake.files(table.layout, lake.snapshot()), table.schema, partitions=table.partition_by
    )
    read = engine.table(f"SELECT * FROM {table.name}")
    engine.close()
    assert read.schema == table.schema
    key = str
    assert sorted(read.to_pylist(), key=key) == sorted([first, second, empty], key=key)


def test_every_type_is_known_to_arrow_and_sql_alike() -> None:
    engine = DuckDB(threads=1)
    for kind in Type:
        assert (
            engine.table(f"SELECT CAST(NULL AS {SQL_TYPE[kind]}) AS v").schema.field("v").type == ARROW[kind]
        )
    engine.close()


def test_a_column_is_found_by_name_or_not_at_all() -> None:
    events = all_tables()["events"]
    assert events.column("revenue").type is Type.NUMBER
    assert events.has("revenue")
    assert not events.has("income")
    with pytest.raises(KeyError):
        events.column("income")
