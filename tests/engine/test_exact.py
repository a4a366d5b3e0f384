"""Sums do not depend on the order of rows, in SQL and in Python."""

from __future__ import annotations

import random

import pyarrow as pa

from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.exact import count_sql, millionths, total_sql


def test_a_total_is_the_same_in_any_order() -> None:
    shuffled = random.Random(7)
    values = [round(shuffled.uniform(-50, 100), 2) for _ in range(30_000)] + [1e11, 0.0000004, 1e13]
    wanted = sum(millionths(values)) / 1_000_000
    found, floats = set(), set()
    for _ in range(4):
        shuffled.shuffle(values)
        engine = DuckDB(threads=1)
        engine.register("sold", pa.table({"v": values}))
        row = engine.table(
            f"SELECT {total_sql('v')} AS total, {count_sql('v')} AS n, sum(v) AS plain FROM sold"
        ).to_pylist()[0]
        assert row["n"] == len(values) - 1
        found.add(row["total"])
        floats.add(row["plain"])
        engine.close()
    assert found == {wanted}
    assert len(floats) > 1  # what this is for: floating-point sums differ


def test_only_rows_that_meet_the_condition_count() -> None:
    engine = DuckDB()
    engine.register("sold", pa.table({"v": [1.0, 2.0, None, 4.0], "kind": ["a", "b", "a", "c"]}))
    when = "kind = 'a' OR kind = 'b'"
    row = engine.table(
        f"SELECT {total_sql('v', when)} AS total, {count_sql('v', when)} AS n, "
        f"{total_sql('v', 'FALSE')} AS nothing FROM sold"
    ).to_pylist()[0]
    assert row == {"total": 3.0, "n": 2, "nothing": None}
    engine.close()
