"""The lake shows all of a transaction or nothing of it, and keeps what a reader may still need."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headwater.core.errors import SourceError, StorageError
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.lake import Lake, Layout, write_atomically

from .rows import FIRST, LAYOUTS, SCHEMA, column_of_file, generations, held, rows


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def replace_all(lake: Lake, generation: int) -> None:
    with lake.transaction() as transaction:
        for layout in LAYOUTS:
            transaction.replace(layout, rows(generation))


def test_an_empty_lake_has_no_files_and_no_versions(lake: Lake) -> None:
    assert lake.files(FIRST, lake.snapshot()) == []
    assert lake.snapshot().number == 0


def test_what_was_committed_is_there(lake: Lake) -> None:
    replace_all(lake, 1)
    assert held(lake) == rows(1).read_all().to_pylist()


@pytest.mark.parametrize("n_before", [1, 2, 3])
def test_a_lake_that_was_put_in_its_place_is_read_as_it_is(lake: Lake, tmp_path: Path, n_before: int) -> None:
    for generation in range(1, n_before + 1):
        replace_all(lake, generation)
        assert generations(lake) == {generation}
    anew = Lake(tmp_path / "anew")
    replace_all(anew, 7)
    replace_all(anew, 8)
    shutil.rmtree(lake.root)
    anew.root.rename(lake.root)
    assert generations(lake) == {8}


def test_nothing_is_visible_before_the_block_ends(lake: Lake) -> None:
    replace_all(lake, 1)
    with lake.transaction() as transaction:
        transaction.replace(FIRST, rows(2))
        assert generations(lake) == {1}
    assert generations(lake) == {2}


def test_after_an_error_in_the_block_everything_is_as_it_was_and_the_next_one_starts_there(
    lake: Lake,
) -> None:
    replace_all(lake, 1)
    with pytest.raises(RuntimeError), lake.transaction() as transaction:
        transaction.replace(LAYOUTS[0], rows(2))
        transaction.append(LAYOUTS[1], rows(2))
        transaction.mark("stage", "two")
        raise RuntimeError
    assert [generations(lake, layout) for layout in LAYOUTS] == [{1}, {1}, {1}]
    assert lake.snapshot().stages == {}
    with lake.transaction() as transaction:
        for layout in LAYOUTS:
            transaction.append(layout, rows(3))
    assert [generations(lake, layout) for layout in LAYOUTS] == [{1, 3}, {1, 3}, {1, 3}]


def test_a_first_write_that_was_never_committed_leaves_nothing(lake: Lake) -> None:
    with pytest.raises(RuntimeError), lake.transaction() as transaction:
        transaction.append(FIRST, rows(1))
        raise RuntimeError
    assert lake.files(FIRST, lake.snapshot()) == []
    with lake.transaction() as transaction:
        transaction.append(FIRST, rows(2))
    assert generations(lake) == {2}


def test_two_appends_in_one_transaction_both_count(lake: Lake) -> None:
    with lake.transaction() as transaction:
        transaction.append(FIRST, rows(1))
        transaction.append(FIRST, rows(2))
    assert generations(lake) == {1, 2}


def test_replacing_a_part_touches_only_its_rows(lake: Lake) -> None:
    replace_all(lake, 1)
    of_p0 = pa.RecordBatchReader.from_batches(SCHEMA, [rows(2).read_next_batch().slice(0, 3)])
    with lake.transaction() as transaction:
        transaction.replace_parts(FIRST, of_p0, "part", ["p0"])
    assert {(row["part"], row["generation"]) for row in held(lake)} == {("p0", 2), ("p1", 1)}


def test_replacing_a_part_of_a_table_that_is_not_there_makes_it(lake: Lake) -> None:
    with lake.transaction() as transaction:
        transaction.replace_parts(FIRST, rows(1), "part", ["p0"])
    assert generations(lake) == {1}


def test_no_rows_at_all_empty_a_table(lake: Lake) -> None:
    replace_all(lake, 1)
    with lake.transaction() as transaction:
        transaction.replace(FIRST, rows(2, n=0))
    assert held(lake) == []


def test_a_stages_mark_is_kept_until_it_changes(lake: Lake) -> None:
    with lake.transaction() as transaction:
        transaction.mark("stage", "a")
    with lake.transaction() as transaction:
        transaction.mark("other", "b")
    assert lake.snapshot().stages == {"stage": "a", "other": "b"}
    assert lake.snapshot().number == 2


def test_a_column_added_later_is_null_in_older_rows(lake: Lake) -> None:
    replace_all(lake, 1)
    wider = Layout(FIRST.name, SCHEMA.append(pa.field("note", pa.string())), ("part",), ("id",))
    assert {row["note"] for row in held(lake, wider)} == {None}
    batch = pa.RecordBatch.from_pylist(
        [{"id": 9, "part": "p0", "generation": 2, "note": "new"}], schema=wider.schema
    )
    with lake.transaction() as transaction:
        transaction.append(wider, pa.RecordBatchReader.from_batches(wider.schema, [batch]))
    assert [row["note"] for row in held(lake, wider) if row["generation"] == 2] == ["new"]
    assert len(held(lake, wider)) == 7


def test_a_column_can_be_added_to_a_table_whose_first_write_was_never_committed(lake: Lake) -> None:
    with pytest.raises(RuntimeError), lake.transaction() as transaction:
        transaction.append(FIRST, rows(1))
        raise RuntimeError
    wider = Layout(FIRST.name, SCHEMA.append(pa.field("note", pa.string())), ("part",), ("id",))
    with lake.transaction() as transaction:
        transaction.append(wider, rows(2, schema=wider.schema))
    assert {row["generation"] for row in held(lake, wider)} == {2}


@pytest.mark.parametrize("value", ["a b", "50%", "a=b", "a/b", "ünï", "a'b", "#?&", None])
def test_any_text_can_name_a_folder(lake: Lake, value: str | None) -> None:
    batch = pa.RecordBatch.from_pylist([{"id": 1, "part": value, "generation": 1}], schema=SCHEMA)
    with lake.transaction() as transaction:
        transaction.append(FIRST, pa.RecordBatchReader.from_batches(SCHEMA, [batch]))
    assert [row["part"] for row in held(lake)] == [value]


def test_rows_keep_their_order_within_each_file(lake: Lake) -> None:
    n, size = 400_000, 7_000
    table = pa.table(
        {
            "id": pa.array([number % (n // 4) for number in range(n)]),
            "part": pa.array([f"p{number * 4 // n}" for number in range(n)]),
            "generation": pa.array([1] * n),
        }
    )
    with lake.transaction() as transaction:
        transaction.append(
            FIRST, pa.RecordBatchReader.from_batches(SCHEMA, table.to_batches(max_chunksize=size))
        )
    files = lake.files(FIRST, lake.snapshot())
    assert len(files) == 4
    for file in files:
        assert column_of_file(file, "id") == list(range(n // 4))


def test_files_are_compressed_with_zstd(lake: Lake) -> None:
    replace_all(lake, 1)
    [file, *_] = lake.files(FIRST, lake.snapshot())
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_value_that_does_not_convert_is_told_as_itself_and_changes_nothing(lake: Lake) -> None:
    replace_all(lake, 1)
    engine = DuckDB(threads=1)
    generation = "CAST(CASE WHEN range = 250000 THEN 'x' ELSE '1' END AS BIGINT) AS generation"
    query = f"SELECT 1 AS id, 'p0' AS part, {generation} FROM range(300000)"
    with pytest.raises(SourceError, match="Could not convert"), lake.transaction() as transaction:
        transaction.replace(FIRST, engine.stream(query))
    engine.close()
    assert generations(lake) == {1}


# Vacuum


def age(lake: Lake, hours: float) -> None:
    """Make all data files look as if they had been written and forgotten that long ago."""
    then = time.time() - hours * 3600
    for file in lake.root.rglob("*.parquet"):
        os.utime(file, (then, then))


def test_vacuum_keeps_what_the_snapshot_names(lake: Lake) -> None:
    for generation in (1, 2, 3):
        replace_all(lake, generation)
    assert lake.vacuum(0) > 0
    assert [generations(lake, layout) for layout in LAYOUTS] == [{3}, {3}, {3}]
    assert len(list(lake.root.rglob("*.parquet"))) == sum(
        len(lake.files(layout, lake.snapshot())) for layout in LAYOUTS
    )


def test_vacuum_keeps_the_files_of_a_reader_that_opened_the_snapshot_before(lake: Lake) -> None:
    replace_all(lake, 1)
    opened = lake.snapshot()
    files = lake.files(FIRST, opened)
    replace_all(lake, 2)
    age(lake, 100)
    lake.vacuum(24)
    assert all(file.exists() for file in files)
    assert {row["generation"] for row in held(lake, FIRST, opened)} == {1}


def test_part_of_an_hour_to_keep_is_not_no_time(lake: Lake) -> None:
    replace_all(lake, 1)
    files = lake.files(FIRST, lake.snapshot())
    replace_all(lake, 2)
    lake.vacuum(0.5)
    assert all(file.exists() for file in files)


def test_vacuum_removes_what_an_uncommitted_transaction_left(lake: Lake) -> None:
    replace_all(lake, 1)
    with pytest.raises(RuntimeError), lake.transaction() as transaction:
        transaction.replace(FIRST, rows(2))
        raise RuntimeError
    age(lake, 100)
    lake.vacuum(0)
    assert generations(lake) == {1}
    assert len(list((lake.root / "first").rglob("*.parquet"))) == len(lake.files(FIRST, lake.snapshot()))


def test_a_transaction_after_vacuum_goes_on_from_the_snapshot(lake: Lake) -> None:
    replace_all(lake, 1)
    replace_all(lake, 2)
    lake.vacuum(0)
    with lake.transaction() as transaction:
        transaction.append(FIRST, rows(3))
    assert generations(lake) == {2, 3}


# Damage


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"versions": {}}'], ids=repr)
def test_a_damaged_snapshot_is_told(lake: Lake, content: bytes) -> None:
    replace_all(lake, 1)
    (lake.root / "snapshot.json").write_bytes(content)
    with pytest.raises(StorageError, match="lake/snapshot.json cannot be read"):
        lake.snapshot()


def test_a_table_whose_log_is_gone_is_told(lake: Lake) -> None:
    replace_all(lake, 1)
    for file in (lake.root / "first" / "_delta_log").iterdir():
        file.unlink()
    with pytest.raises(StorageError, match="table of the lake"):
        lake.files(FIRST, lake.snapshot())


def test_a_file_is_replaced_whole_and_no_draft_is_left(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_atomically(path, b"old")
    with path.open("rb") as opened_before:
        write_atomically(path, b"new")
        assert opened_before.read() == b"old"
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]
