"""What a query engine must do: the contract that DuckDB fulfils here and Spark elsewhere.

Names registered with an engine (tables, views) live for that engine's session. Results leave as Arrow, never
row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
from sqlglot import exp

from headwater.engine.bitmaps import Ids
from headwater.engine.query import Query


class Engine(Protocol):
    """A session of a query engine."""

    dialect: str

    def table(self, query: Query | str) -> pa.Table:
        """The result of a query (or of SQL text in the engine's dialect), whole."""

    def table_of(self, queries: Sequence[str]) -> pa.Table:
        """The results of several texts, which have the same columns, one below the other in any order; at least one text."""

    def project(self, rows: pa.Table, columns: Mapping[str, exp.Expr]) -> pa.Table:
        """Expressions over an Arrow table, row by row and in its order; nothing of it is kept."""

    def table_in_time(self, query: Query | str) -> pa.Table:
        """The same of a query that a person wrote: it may take no longer than the session allows such queries.

        Raises:
            TimeoutError: it took longer, and was stopped.
            MemoryError: it needed more than the session may use.
        """

    def stream(self, query: Query | str, *, batch_rows: int = 131_072) -> pa.RecordBatchReader:
        """The result of a query, batch by batch."""

    def create(self, name: str, query: Query | str, *, coded: Sequence[str] = ()) -> int:
        """Keep the result under a name, replacing what had it; gives the number of rows.

        `coded`: text columns of few values, to be kept as numbers where the engine can; they read as text all the same.
        """

    def view(self, name: str, query: Query | str) -> None:
        """Let a name stand for a query, replacing what had it."""

    def register(self, name: str, data: pa.Table) -> None:
        """Let a name stand for an Arrow table, replacing what had it."""

    def append(self, name: str, rows: pa.Table) -> None:
        """Add rows, matched by column name, to a table of the engine's; made by the first ones."""

    def retype(self, name: str, types: Mapping[str, pa.DataType]) -> None:
        """Give columns of a table of the engine's other types; its values are cast.

        Raises:
            SourceError: a value cannot be cast.
        """

    def scan_numbered(self, name: str, file: Path, number: str, columns: Mapping[str, str]) -> None:
        """Let a name stand for one Parquet file with the number of each row, from 1, as its column `number`.

        The rows stay in the file where it can be read in parallel; otherwise they are taken in once, so that what is
        asked of them can be computed in parallel.

        Args:
            name: what stands for the rows.
            file: the Parquet file.
            number: what the column with the row number is called.
            columns: the file's columns to show, each with the name to show it under.
        """

    def scan(self, name: str, files: Sequence[Path], schema: pa.Schema, *, partitions: Sequence[str]) -> None:
        """Let a name stand for Parquet files; exactly the schema's columns, NULL where an older file lacks one."""

    def places_by_file(
        self, condition: str, files: Sequence[Path], schema: pa.Schema, *, partitions: Sequence[str]
    ) -> dict[Path, Ids]:
        """For which rows of which Parquet files a condition, in the engine's SQL, is true; files without any are left out.

        Rows are named by their places in the file, from 0; these ascend.
        """

    def rows_by_file(
        self,
        columns: str,
        condition: str,
        files: Sequence[Path],
        schema: pa.Schema,
        *,
        partitions: Sequence[str],
    ) -> dict[Path, tuple[Ids, pa.Table]]:
        """Rows of Parquet files for which a condition is true, as SQL says of each, with their places, which ascend.

        What is given has at least the columns that `columns` selects.
        """

    def define(self, name: str, function: Callable[..., Any], returns: pa.DataType) -> None:
        """Let SQL call a function of Python, value by value; where the engine's own functions can say as much, use them.

        A name that stands for a function already stands for this one from now on. The function is pure, so it may be
        called once for many equal values, and NULL comes to it as None.
        """

    def define_over_arrays(
        self,
        name: str,
        function: Callable[..., pa.Array],
        takes: Sequence[pa.DataType],
        returns: pa.DataType,
        *,
        is_steady: bool = True,
    ) -> None:
        """Let SQL call a function of Python with its arguments as Arrow arrays, many rows at a time; replaces what had the name.

        Args:
            name: what SQL calls it.
            function: gives an array as long as those it is given; NULL is handed to it as any value.
            takes: the types of its arguments.
            returns: the type of its result.
            is_steady: whether the same arguments always give the same.
        """

    def drop(self, *names: str) -> None:
        """Forget names; unknown ones are ignored."""

    def close(self) -> None:
        """End the session and free what it holds."""
