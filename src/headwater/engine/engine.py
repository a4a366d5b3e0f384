"""What a query engine must do: the contract that DuckDB fulfils here and Spark elsewhere.

Names registered with an engine (tables, views) live for that engine's session. Results leave as Arrow, never row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from headwater.engine.query import Query


class Engine(Protocol):
    """A session of a query engine."""

    dialect: str

    def table(self, query: Query | str) -> pa.Table:
        """The result of a query (or of SQL text in the engine's dialect), whole."""

    def stream(self, query: Query | str, *, batch_rows: int = 131_072) -> pa.RecordBatchReader:
        """The result of a query, batch by batch."""

    def create(self, name: str, query: Query | str) -> int:
        """Keep the result under a name, replacing what had it; gives the number of rows."""

    def view(self, name: str, query: Query | str) -> None:
        """Let a name stand for a query, replacing what had it."""

    def register(self, name: str, data: pa.Table) -> None:
        """Let a name stand for an Arrow table, replacing what had it."""

    def scan(self, name: str, files: Sequence[Path], schema: pa.Schema, *, partitions: Sequence[str]) -> None:
        """Let a name stand for Parquet files; exactly the schema's columns, NULL where an older file lacks one."""

    def drop(self, *names: str) -> None:
        """Forget names; unknown ones are ignored."""

    def close(self) -> None:
        """End the session and free what it holds."""
