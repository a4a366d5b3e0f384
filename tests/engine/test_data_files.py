"""What the log of a table notes of each file is true of its rows, so that a reader may skip files by it."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.engine.data_files import LONGEST_BOUND, write_files
from headwater.engine.lake import Lake

from .rows import FIRST, rows as some_rows

SCHEMA = pa.schema(
    [
        ("part", pa.string()),
        ("text", pa.string()),
        ("integer", pa.int64()),
        ("number", pa.float64()),
        ("is_so", pa.bool_()),
        ("at", pa.timestamp("us")),
        ("day", pa.date32()),
        ("integers", pa.list_(pa.int64())),
    ]
)
rows = st.fixed_dictionaries(
    {
        "part": st.just("p"),
        "text": st.none() | st.text(max_size=80),
        "integer": st.none() | st.integers(-(2**63), 2**63 - 1),
        "number": st.none() | st.floats(),
        "is_so": st.none() | st.booleans(),
        "at": st.none() | st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)),
        "day": st.none() | st.dates(date(1, 1, 1), date(9999, 1, 1)),
        "integers": st.none() | st.lists(st.integers(0, 9), max_size=3),
    }
)


def reader(data: list[dict[str, object]]) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(SCHEMA, [pa.RecordBatch.from_pylist(data, schema=SCHEMA)])


def read_bound(bound: object, like: object) -> object:
    """A bound of the log as a value of the column's type."""
    match like:
        case datetime():
            return datetime.fromisoformat(str(bound))
        case date():
            return date.fromisoformat(str(bound))
        case _:
            return bound


@given(st.lists(rows, min_size=1, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_row_lies_outside_the_bounds_and_nulls_are_counted(
    tmp_path: Path, data: list[dict[str, object]]
) -> None:
    [file] = write_files(tmp_path, reader(data), ("part",), ("text",))
    told = json.loads(file.stats)
    assert told["numRecords"] == len(data)
    assert set(told["minValues"]) == set(told["maxValues"])
    for name in SCHEMA.names[1:-1]:
        values = [row[name] for row in data if row[name] is not None and row[name] == row[name]]
        assert told["nullCount"][name] == sum(row[name] is None for row in data)
        if name in told["minValues"]:
            low, high = (read_bound(told[side][name], values[0]) for side in ("minValues", "maxValues"))
            assert all(low <= value <= high for value in values)  # type: ignore[operator]


def test_bounds_are_told_where_they_help(tmp_path: Path) -> None:
    data: list[dict[str, object]] = [
        {
            "part": "p",
            "text": "b",
            "integer": 2,
            "at": datetime(2026, 3, 1, 12, 0, 0, 1),
            "number": float("inf"),
        },
        {"part": "p", "text": "a", "integer": 1, "at": datetime(2026, 3, 1), "number": 1.0},
    ]
    [file] = write_files(tmp_path, reader(data), ("part",), ())
    told = json.loads(file.stats)
    assert told["minValues"] == {"text": "a", "integer": 1, "at": "2026-03-01 00:00:00.000"}
    assert told["maxValues"] == {"text": "b", "integer": 2, "at": "2026-03-01 12:00:00.001"}


def test_a_long_text_is_no_bound(tmp_path: Path) -> None:
    data: list[dict[str, object]] = [{"part": "p", "text": "x" * (LONGEST_BOUND + 1)}]
    [file] = write_files(tmp_path, reader(data), ("part",), ())
    assert "text" not in json.loads(file.stats)["minValues"]


def test_what_hardly_repeats_gets_no_dictionary_and_the_rest_does(tmp_path: Path) -> None:
    [file] = write_files(tmp_path, reader([{"part": "p", "text": "a", "integer": 1}]), ("part",), ("text",))
    group = pq.read_metadata(tmp_path / file.path).row_group(0)
    encodings = {group.column(i).path_in_schema: group.column(i).encodings for i in range(group.num_columns)}
    assert "RLE_DICTIONARY" not in encodings["text"]
    assert "RLE_DICTIONARY" in encodings["integer"]


def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "part=p").write_text("in the way")
    with pytest.raises(OSError, match="part=p"):
        write_files(tmp_path, reader([{"part": "p"}]), ("part",), ())


def test_another_reader_of_delta_tables_finds_the_same_rows(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.transaction() as transaction:
        transaction.append(FIRST, some_rows(1))
    table = DeltaTable(lake.folder(FIRST.name))
    added = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    assert sorted(
        (row["num_records"], row["min.id"], row["max.id"], row["partition.part"]) for row in added
    ) == [
        (3, 0, 2, "p0"),
        (3, 3, 5, "p1"),
    ]
