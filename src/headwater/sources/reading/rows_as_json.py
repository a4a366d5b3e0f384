"""Staged rows as JSON text: the raw form of rows that never were text."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from headwater.engine.engine import Engine
from headwater.engine.query import literal, name as quoted
from headwater.sources.source import LINE


def rows_as_json(table: str, columns: Sequence[str], lines: Sequence[int], engine: Engine) -> dict[int, str]:
    """The rows with these numbers, each as a JSON object of the columns.

    Args:
        table: an engine table with a column `source_line`.
        columns: the columns to show.
        lines: the numbers, from 1.
        engine: where the table is.
    """
    wanted = f"{table}_wanted"
    pairs = ", ".join(f"{literal(column).sql()}, {quoted(column)}" for column in columns)
    engine.register(wanted, pa.table({LINE: pa.array(lines, pa.int64())}))
    try:
        found = engine.table(
            f"SELECT {LINE}, CAST(json_object({pairs}) AS VARCHAR) AS raw"
            f" FROM {quoted(table)} SEMI JOIN {quoted(wanted)} USING ({LINE})"
        )
    finally:
        engine.drop(wanted)
    return dict(zip(found[LINE].to_pylist(), found["raw"].to_pylist(), strict=True))
