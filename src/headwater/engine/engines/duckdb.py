"""DuckDB in this process: the embedded default.

Everything lives in memory and spills to the given folder; nothing here is a system of record, so a killed process loses
nothing that was committed to the lake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from headwater.core.errors import Bug, SourceError, StorageError
from headwater.engine.query import Query, name as quoted


class DuckDB:
    """A session of an in-memory DuckDB database."""

    dialect = "duckdb"

    def __init__(self, spill: Path | None = None, *, threads: int = 0, memory_mb: int = 0) -> None:
        """A fresh session.

        Args:
            spill: where intermediate results go that do not fit in memory.
            threads: 0: one a core.
            memory_mb: 0: DuckDB's own limit, 80 % of the machine.
        """
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")
        if spill:
            self._connection.execute(f"SET temp_directory = {_text(str(spill))}")
        if threads:
            self._connection.execute(f"SET threads = {int(threads)}")
        if memory_mb:
            self._connection.execute(f"SET memory_limit = '{int(memory_mb)}MB'")

    def table(self, query: Query | str) -> pa.Table:
        """The result, whole."""
        with _explained():
            return self.stream(query).read_all()

    def stream(self, query: Query | str, *, batch_rows: int = 131_072) -> pa.RecordBatchReader:
        """The result, batch by batch; its own cursor, so that other queries can run meanwhile."""
        with _explained():
            return self._connection.cursor().sql(_sql(query)).to_arrow_reader(batch_rows)

    def create(self, name: str, query: Query | str) -> int:
        """Keep the result under a name."""
        self.drop(name)
        with _explained():
            created = self._connection.execute(f"CREATE TABLE {quoted(name)} AS {_sql(query)}").fetchone()
        return int(created[0]) if created else 0

    def view(self, name: str, query: Query | str) -> None:
        """Let a name stand for a query."""
        self.drop(name)
        with _explained():
            self._connection.execute(f"CREATE VIEW {quoted(name)} AS {_sql(query)}")

    def register(self, name: str, data: pa.Table) -> None:
        """Let a name stand for an Arrow table (a copy: DuckDB's own registrations are seen by one cursor only)."""
        self._connection.register("arrow_being_registered", data)
        try:
            self.create(name, "SELECT * FROM arrow_being_registered")
        finally:
            self._connection.unregister("arrow_being_registered")

    def scan(self, name: str, files: Sequence[Path], schema: pa.Schema, *, partitions: Sequence[str]) -> None:
        """Let a name stand for Parquet files."""
        if not files:
            self.register(name, schema.empty_table())
            return
        listed = ", ".join(_text(str(file)) for file in files)
        types = ", ".join(f"{_text(part)}: {_type(schema.field(part).type)}" for part in partitions)
        hive = f", hive_partitioning = true, hive_types = {{{types}}}" if partitions else ""
        # By name, because a column added later is missing in older files.
        read = f"read_parquet([{listed}], union_by_name = true{hive})"
        missing = set(schema.names) - set(self._columns(read))
        columns = ", ".join(
            f"CAST(NULL AS {_type(field.type)}) AS {quoted(field.name)}" if field.name in missing else quoted(field.name)
            for field in schema
        )
        self.view(name, f"SELECT {columns} FROM {read}")

    def drop(self, *names: str) -> None:
        """Forget names."""
        for name in names:
            found = self._connection.execute(
                "SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]
            ).fetchone()
            if found:
                kind = "VIEW" if found[0] == "VIEW" else "TABLE"
                self._connection.execute(f"DROP {kind} {quoted(name)}")

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    def _columns(self, read: str) -> list[str]:
        with _explained():
            return [row[0] for row in self._connection.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()]


def _sql(query: Query | str) -> str:
    return query if isinstance(query, str) else query.sql(DuckDB.dialect)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _type(kind: pa.DataType) -> str:
    """DuckDB's name of an Arrow type that tables use."""
    if pa.types.is_list(kind):
        return f"{_type(kind.value_type)}[]"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz is None else "TIMESTAMPTZ"
    names = {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER", "double": "DOUBLE", "bool": "BOOLEAN"}
    names |= {"date32[day]": "DATE", "large_string": "VARCHAR"}
    return names[str(kind)]


@contextmanager
def _explained() -> Iterator[None]:
    """DuckDB's errors as ours: whose fault, and what to do."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StorageError(
            f"the query needs more memory or spill space than it may use: {_first_line(error)}",
            next_step="raise the setting memory_mb, or free disk space under the project's work/ folder",
        ) from error
    except duckdb.IOException as error:
        raise StorageError(_first_line(error), next_step="check that the file exists, is readable, and the disk has room") from error
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise SourceError(_first_line(error)) from error
    except duckdb.Error as error:
        raise Bug(f"the query engine refused a statement of ours: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
