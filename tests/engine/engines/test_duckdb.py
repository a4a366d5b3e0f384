"""DuckDB fulfils the engine contract and explains what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from headwater.core.errors import Bug, SourceError, StorageError
from headwater.engine.engine import Engine
from headwater.engine.engines.duckdb import DuckDB

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("note", pa.string()),
        ("seen_at", pa.timestamp("us")),
        ("others", pa.list_(pa.int64())),
    ]
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    duckdb = DuckDB(threads=2)
    yield duckdb
    duckdb.close()


def test_a_name_can_stand_for_a_result_then_for_a_view_then_for_a_table(engine: Engine) -> None:
    assert engine.create("thing", "SELECT * FROM range(5) AS t(x)") == 5
    engine.view("thing", "SELECT 1 AS y")
    assert engine.table("SELECT * FROM thing").to_pydict() == {"y": [1]}
    engine.register("thing", pa.table({"z": [7, 8]}))
    assert engine.table("SELECT * FROM thing").to_pydict() == {"z": [7, 8]}
    engine.drop("thing", "never_there")
    with pytest.raises(Bug, match="thing"):
        engine.table("SELECT * FROM thing")


def test_a_streaming_result_survives_other_queries(engine: Engine) -> None:
    engine.create("numbers", "SELECT * FROM range(300000) AS t(x)")
    total = 0
    for batch in engine.stream("SELECT x FROM numbers", batch_rows=50_000):
        total += engine.table("SELECT 1 AS one").num_rows * batch.num_rows
    assert total == 300_000


def test_an_older_file_without_a_column_gives_nulls_in_the_schemas_order(
    engine: Engine, tmp_path: Path
) -> None:
    pq.write_table(pa.table({"note": ["old"], "id": [1]}), tmp_path / "old.parquet")
    new = pa.table({"gone": [0], "others": [[5]], "id": [2], "note": ["new"]})
    pq.write_table(new, tmp_path / "new.parquet")
    for files in (["old", "new"], ["new", "old"]):
        engine.scan("things", [tmp_path / f"{file}.parquet" for file in files], SCHEMA, partitions=[])
        result = engine.table("SELECT * FROM things ORDER BY id")
        assert result.schema == SCHEMA
        assert result.to_pylist() == [
            {"id": 1, "note": "old", "seen_at": None, "others": None},
            {"id": 2, "note": "new", "seen_at": None, "others": [5]},
        ]


def test_a_column_that_no_file_has_is_null(engine: Engine, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1]}), tmp_path / "a.parquet")
    engine.scan("things", [tmp_path / "a.parquet"], SCHEMA, partitions=[])
    result = engine.table("SELECT * FROM things")
    assert result.schema == SCHEMA
    assert result.column("others").null_count == 1


def test_no_files_are_an_empty_table_of_the_schema(engine: Engine) -> None:
    engine.scan("things", [], SCHEMA, partitions=[])
    assert engine.table("SELECT * FROM things").schema == SCHEMA


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "kept"])
def test_a_value_that_does_not_convert_is_the_sources_fault(engine: Engine, streamed: bool) -> None:
    engine.create("t", "SELECT CASE WHEN range = 250000 THEN 'x' ELSE '1' END AS s FROM range(300000)")
    query = "SELECT CAST(s AS INTEGER) AS n FROM t"
    with pytest.raises(SourceError, match="Conversion Error"):
        engine.stream(query).read_all() if streamed else engine.create("n", query)


@pytest.mark.parametrize("rows_in_a_group", [1000, 10])
def test_rows_of_a_file_are_numbered_whether_it_can_be_read_in_parallel_or_not(
    engine: Engine, tmp_path: Path, rows_in_a_group: int
) -> None:
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": range(100), "b": ["x"] * 100}), file, row_group_size=rows_in_a_group)
    engine.scan_numbered("numbered", file, "line", {"a": "value"})
    found = engine.table("SELECT * FROM numbered ORDER BY line").to_pylist()
    assert found == [{"line": number + 1, "value": number} for number in range(100)]
    engine.scan_numbered("numbered", file, "line", {"b": "value"})
    assert engine.table("SELECT DISTINCT value FROM numbered").to_pylist() == [{"value": "x"}]


def test_a_statement_that_is_not_sql_is_our_bug(engine: Engine) -> None:
    with pytest.raises(Bug, match="refused a statement of ours"):
        engine.table("SELEKT 1")


def test_a_file_that_is_gone_is_the_storages_fault(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        engine.scan("things", [tmp_path / "never.parquet"], SCHEMA, partitions=[])


def test_too_little_memory_is_explained(tmp_path: Path) -> None:
    engine = DuckDB(threads=1, memory_mb=20)
    with pytest.raises(StorageError, match="needs more memory or spill space") as caught:
        engine.create(
            "big", "SELECT range AS a, hash(range) AS b, repeat('x', 50) || range AS c FROM range(3000000)"
        )
    assert caught.value.next_step is not None
    assert "memory_mb" in caught.value.next_step
    engine.close()


def test_sql_calls_a_function_of_python_once_for_equal_values(engine: Engine) -> None:
    called: list[tuple[str | None, str]] = []

    def joined(text: str | None, end: str) -> str | None:
        called.append((text, end))
        return None if text is None else text + end

    engine.define("joined", joined, pa.string())
    query = "SELECT joined(x, '!') AS y FROM (VALUES (1, 'a'), (2, NULL), (3, 'b'), (4, 'a')) AS t(n, x) ORDER BY n"
    assert engine.table(query)["y"].to_pylist() == ["a!", None, "b!", "a!"]
    assert sorted(called, key=str) == [("a", "!"), ("b", "!"), (None, "!")]


def test_a_function_of_python_is_seen_by_streams_and_views_and_can_be_replaced(engine: Engine) -> None:
    engine.define("marked", lambda text: f"{text}!", pa.string())
    engine.view("marks", "SELECT marked(CAST(x AS VARCHAR)) AS mark FROM range(300000) AS t(x)")
    assert sum(batch.num_rows for batch in engine.stream("SELECT DISTINCT mark FROM marks")) == 300_000
    engine.define("marked", lambda text: "?", pa.string())
    assert engine.table("SELECT DISTINCT mark FROM marks")["mark"].to_pylist() == ["?"]


def test_what_is_computed_of_a_table_stays_in_its_order_also_where_the_engine_joins(engine: Engine) -> None:
    # An IN of five values or more becomes a join, whose rows come as threads are done with them.
    values = np.arange(1_000_000) % 7919
    asked = exp.column("value").isin(*range(6))
    found = engine.project(pa.table({"value": values}), {"is_low": asked})
    assert found.column_names == ["is_low"]
    assert np.array_equal(found["is_low"].to_numpy(), values < 6)
