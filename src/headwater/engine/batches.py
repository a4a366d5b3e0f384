"""Rows on their way to the lake: one batch a file.

Reads and gives record batches; a batch never holds rows of two folders, and a folder that fits into `most` rows comes
as one batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

MOST_ROWS = 1 << 18  # a row that is to go takes the file with it that it stands in: so files are small


def by_folder(
    batches: pa.RecordBatchReader, partition_by: Sequence[str], *, most: int = MOST_ROWS
) -> Iterator[pa.RecordBatch]:
    """The same rows in the same order, cut where a partition column changes and joined where it does not."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        for piece in _cut(batch, partition_by):
            full = sum(part.num_rows for part in waiting) + piece.num_rows > most
            if waiting and (full or _folder(waiting[0], partition_by) != _folder(piece, partition_by)):
                yield pa.concat_batches(waiting)
                waiting = []
            waiting.append(piece)
    if waiting:
        yield pa.concat_batches(waiting)


def _cut(batch: pa.RecordBatch, partition_by: Sequence[str]) -> Iterator[pa.RecordBatch]:
    if not batch.num_rows:
        return
    edges = {0, batch.num_rows}
    for name in partition_by:
        edges.update(pc.run_end_encode(batch.column(name)).run_ends.to_pylist())
    for start, end in pairwise(sorted(edges)):
        yield batch.slice(start, end - start)


def _folder(piece: pa.RecordBatch, partition_by: Sequence[str]) -> tuple[object, ...]:
    return tuple(piece.column(name)[0].as_py() for name in partition_by)
