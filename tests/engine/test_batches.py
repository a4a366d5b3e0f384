"""Rows reach the lake in the order they came in, one batch a folder."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, strategies as st

from headwater.engine.batches import by_folder

SCHEMA = pa.schema([("month", pa.string()), ("bucket", pa.int32()), ("row", pa.int64())])
folders = st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([0, 1, None]))


def reader(chunks: list[list[tuple[str | None, int | None]]]) -> pa.RecordBatchReader:
    number = 0
    batches = []
    for chunk in chunks:
        rows = [
            {"month": month, "bucket": bucket, "row": number + i} for i, (month, bucket) in enumerate(chunk)
        ]
        number += len(chunk)
        batches.append(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))
    return pa.RecordBatchReader.from_batches(SCHEMA, batches)


@given(st.lists(st.lists(folders, max_size=6), max_size=6), st.integers(1, 8))
def test_no_row_is_lost_or_moved_and_no_batch_holds_two_folders(
    chunks: list[list[tuple[str | None, int | None]]], most: int
) -> None:
    batches = list(by_folder(reader(chunks), ("month", "bucket"), most=most))
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert [(row["month"], row["bucket"]) for row in rows] == [folder for chunk in chunks for folder in chunk]
    assert [row["row"] for row in rows] == list(range(len(rows)))
    assert all(len({(row["month"], row["bucket"]) for row in batch.to_pylist()}) == 1 for batch in batches)


def test_a_folder_that_came_in_pieces_leaves_whole() -> None:
    batches = by_folder(reader([[("a", 0)], [("a", 0), ("a", 1)], [("a", 1)]]), ("month", "bucket"))
    assert [batch.num_rows for batch in batches] == [2, 2]


def test_without_folders_rows_are_joined_up_to_the_limit() -> None:
    batches = by_folder(reader([[("a", 0)] * 3, [("b", 1)] * 3, [("c", 2)]]), (), most=6)
    assert [batch.num_rows for batch in batches] == [6, 1]
