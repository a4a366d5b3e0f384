"""A property is read of every event in the order of the events, whatever type it is read as."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from headwater.audiences.columns.store import _loading_files
from headwater.audiences.properties import Read
from headwater.audiences.values import ValueType
from headwater.engine.engines.duckdb import DuckDB
from headwater.tables.events import TABLE as EVENTS

KINDS = [kind for kind in ValueType if kind is not ValueType.INSTANT]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eight files with one month each, read by several threads."""
    folder, found = tmp_path_factory.mktemp("events"), []
    for number in range(1, 9):
        path = folder / f"month=2017-0{number}" / "bucket=0" / "events.parquet"
        path.parent.mkdir(parents=True)
        said = [f'{{"n": {n}}}' if n % 3 else '{"n": "x"}' for n in range(number * 100, number * 100 + 90)]
        columns = {
            field.name: pa.array(said) if field.name == "properties" else pa.nulls(len(said), field.type)
            for field in EVENTS.schema
            if field.name not in EVENTS.partition_by
        }
        parquet.write_table(pa.table(columns), path)
        found.append(path)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_values_come_in_the_order_of_the_files(kind: ValueType, files: list[Path]) -> None:
    engine = DuckDB(threads=4)
    load = _loading_files(files, engine)
    every = [load(Read("n", kind)).to_pylist() for _ in range(8)]
    engine.close()
    assert all(each == every[0] for each in every)
    if kind is ValueType.NUMBER:
        numbers = [n for number in range(1, 9) for n in range(number * 100, number * 100 + 90)]
        assert every[0] == [float(n) if n % 3 else None for n in numbers]
