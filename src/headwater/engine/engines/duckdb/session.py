"""A session of DuckDB: its tables, queries, and functions of Python that SQL calls.

Everything lives in memory and spills to the given folder; nothing here is a system of record, so a killed
process loses nothing that was committed to the lake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.func import FunctionNullHandling, PythonUDFType
from sqlglot import exp

from headwater.engine.bitmaps import Ids
from headwater.engine.engines.duckdb.attended import attended, heard, limited
from headwater.engine.query import Query, name as quoted

_PLACED = "filename = true, file_row_number = true"  # a row says which file it is of, and where in it
_PROJECTED, _PLACE = "arrow_being_projected", "place in the arrow table"


class DuckDB:
    """A session of an in-memory DuckDB database."""

    dialect = "duckdb"

    def __init__(
        self,
        spill: Path | None = None,
        *,
        threads: int = 0,
        memory_mb: int = 0,
        sql_seconds: float = 30,
        is_shut: bool = False,
    ) -> None:
        """A fresh session.

        Args:
            spill: where intermediate results go that do not fit in memory; None: they are an error.
            threads: 0: one a core.
            memory_mb: 0: DuckDB's own limit, 80 % of the machine.
            sql_seconds: how long a query that a person wrote may take.
            is_shut: whether it can neither read files nor be told to.
        """
        self._connection = duckdb.connect(":memory:")
        self._sql_seconds = sql_seconds
        self._kinds: dict[
            str, str
        ] = {}  # what each name stands for; asking the catalogue costs more than a query
        self._functions: set[str] = set()
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")
        # Without a folder it must not spill at all: DuckDB's own choice would be the current directory.
        self._connection.execute(f"SET temp_directory = {_text(str(spill) if spill else '')}")
        if threads:
            self._connection.execute(f"SET threads = {int(threads)}")
        if memory_mb:
            self._connection.execute(f"SET memory_limit = '{int(memory_mb)}MB'")
        if is_shut:
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET lock_configuration = true")

    def table(self, query: Query | str) -> pa.Table:
        """The result, whole."""
        with attended(self._connection):
            return self.stream(query).read_all()

    def table_of(self, queries: Sequence[str]) -> pa.Table:
        """The results, one below the other; one statement, so that what they share is read once."""
        return self.table(" UNION ALL ".join(f"({query})" for query in queries))

    def project(self, rows: pa.Table, columns: Mapping[str, exp.Expr]) -> pa.Table:
        """Expressions over an Arrow table, in its order: DuckDB turns a long IN into a join, which keeps none."""
        wanted = {**columns, _PLACE: exp.column(_PLACE, quoted=True)}
        select = exp.select(*(exp.alias_(value, name, quoted=True) for name, value in wanted.items()))
        placed = rows.append_column(_PLACE, pa.array(np.arange(len(rows))))
        with attended(self._connection):
            self._connection.register(_PROJECTED, placed)
            try:
                text = select.from_(_PROJECTED).sql(self.dialect)
                found = self._connection.sql(text).to_arrow_reader(1_000_000).read_all()
            finally:
                self._connection.unregister(_PROJECTED)
        places = found[_PLACE].to_numpy()
        found = found.drop_columns([_PLACE])
        return found if np.all(places[1:] > places[:-1]) else found.take(pa.array(np.argsort(places)))

    def table_in_time(self, query: Query | str) -> pa.Table:
        """The result of a person's query, whole; on its own cursor, which can be stopped alone."""
        cursor = self._connection.cursor()
        with limited(cursor, self._sql_seconds), attended(cursor):
            return cursor.sql(_sql(query)).to_arrow_table()

    def stream(self, query: Query | str, *, batch_rows: int = 131_072) -> pa.RecordBatchReader:
        """The result, batch by batch; its own cursor, so that other queries can run meanwhile."""
        cursor = self._connection.cursor()
        with attended(cursor):
            reader = cursor.sql(_sql(query)).to_arrow_reader(batch_rows)
        return pa.RecordBatchReader.from_batches(reader.schema, _attending(reader, cursor))

    def create(self, name: str, query: Query | str, *, coded: Sequence[str] = ()) -> int:
        """Keep the result under a name; coded columns as enums."""
        self.drop(name)
        with attended(self._connection):
            created = self._connection.execute(f"CREATE TABLE {quoted(name)} AS {_sql(query)}").fetchone()
            self._kinds[name.lower()] = "TABLE"
            for column in coded:
                self._code(quoted(name), quoted(column), quoted(f"{name}.{column}"))
        return int(created[0]) if created else 0

    def _code(self, table: str, column: str, kind: str) -> None:
        """Turn a text column into an enum of its values; one without values stays as it is."""
        values = f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"
        if self._connection.execute(f"{values} LIMIT 1").fetchone():
            self._connection.execute(f"DROP TYPE IF EXISTS {kind}")
            self._connection.execute(f"CREATE TYPE {kind} AS ENUM ({values})")
            self._connection.execute(f"ALTER TABLE {table} ALTER {column} TYPE {kind}")

    def view(self, name: str, query: Query | str) -> None:
        """Let a name stand for a query."""
        self.drop(name)
        with attended(self._connection):
            self._connection.execute(f"CREATE VIEW {quoted(name)} AS {_sql(query)}")
            self._kinds[name.lower()] = "VIEW"

    def register(self, name: str, data: pa.Table) -> None:
        """Let a name stand for an Arrow table (a copy: DuckDB's own registrations are seen by one cursor only)."""
        self._connection.register("arrow_being_registered", data)
        try:
            self.create(name, "SELECT * FROM arrow_being_registered")
        finally:
            self._connection.unregister("arrow_being_registered")

    def append(self, name: str, rows: pa.Table) -> None:
        """Add rows to a table; made by the first ones."""
        with attended(self._connection):
            self._connection.register("arrow_being_added", rows)
            try:
                made = name.lower() in self._kinds
                verb = f"INSERT INTO {quoted(name)} BY NAME" if made else f"CREATE TABLE {quoted(name)} AS"
                self._connection.execute(f"{verb} SELECT * FROM arrow_being_added")
                self._kinds[name.lower()] = "TABLE"
            finally:
                self._connection.unregister("arrow_being_added")

    def retype(self, name: str, types: Mapping[str, pa.DataType]) -> None:
        """Give columns other types."""
        for column, kind in types.items():
            with attended(self._connection):
                self._connection.execute(
                    f"ALTER TABLE {quoted(name)} ALTER COLUMN {quoted(column)} SET DATA TYPE {_type(kind)}"
                )

    def scan_numbered(self, name: str, file: Path, number: str, columns: Mapping[str, str]) -> None:
        """Let a name stand for one Parquet file with numbered rows."""
        shown = "".join(f", {quoted(column)} AS {quoted(alias)}" for column, alias in columns.items())
        path = _text(str(file))
        read = f"read_parquet({path}, file_row_number = true, hive_partitioning = false)"
        rows = f"SELECT file_row_number + 1 AS {quoted(number)}{shown} FROM {read}"
        if self._is_divisible(path):
            self.view(name, rows)
        else:
            self.create(name, rows)

    def _is_divisible(self, path: str) -> bool:
        """Whether every thread can have a part of a Parquet file to read: a row group is read by one."""
        with attended(self._connection):
            found = self._connection.execute(
                f"SELECT num_row_groups >= current_setting('threads') FROM parquet_file_metadata({path})"
            ).fetchone()
        return bool(found and found[0])

    def scan(self, name: str, files: Sequence[Path], schema: pa.Schema, *, partitions: Sequence[str]) -> None:
        """Let a name stand for Parquet files."""
        if not files:
            self.register(name, schema.empty_table())
            return
        read = _read_parquet(files, schema, partitions)
        missing = set(schema.names) - set(self._columns(read))
        columns = ", ".join(
            f"CAST(NULL AS {_type(field.type)}) AS {quoted(field.name)}"
            if field.name in missing
            else quoted(field.name)
            for field in schema
        )
        self.view(name, f"SELECT {columns} FROM {read}")

    def places_by_file(
        self, condition: str, files: Sequence[Path], schema: pa.Schema, *, partitions: Sequence[str]
    ) -> dict[Path, Ids]:
        """For which rows of which Parquet files a condition holds."""
        if not files:
            return {}
        read = _read_parquet(files, schema, partitions, also=_PLACED)
        found = self.table(
            f"SELECT filename, list(file_row_number) AS places FROM {read} WHERE {condition} GROUP BY filename ORDER BY filename"
        )
        names, places = found["filename"].to_pylist(), found["places"].combine_chunks()
        return {Path(name): np.sort(each.values.to_numpy()) for name, each in zip(names, places, strict=True)}

    def rows_by_file(
        self,
        columns: str,
        condition: str,
        files: Sequence[Path],
        schema: pa.Schema,
        *,
        partitions: Sequence[str],
    ) -> dict[Path, tuple[Ids, pa.Table]]:
        """Rows of Parquet files for which a condition holds. Nothing but the order that is asked for tells which is which."""
        if not files:
            return {}
        read = _read_parquet(files, schema, partitions, also=_PLACED)
        rows = self.table(
            f"SELECT {columns} FROM {read} WHERE {condition} ORDER BY filename, file_row_number"
        )
        of_file = {
            name: rows.filter(pc.equal(rows["filename"], name))
            for name in rows["filename"].unique().to_pylist()
        }
        return {Path(name): (part["file_row_number"].to_numpy(), part) for name, part in of_file.items()}

    def define(self, name: str, function: Callable[..., Any], returns: pa.DataType) -> None:
        """Let SQL call a function of Python, which is called once for the equal values of a batch."""
        if name in self._functions:
            self._connection.remove_function(name)
        self._connection.create_function(
            name,
            _over_batches(function, returns),
            None,
            _type(returns),
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )
        self._functions.add(name)

    def define_over_arrays(
        self,
        name: str,
        function: Callable[..., pa.Array],
        takes: Sequence[pa.DataType],
        returns: pa.DataType,
        *,
        is_steady: bool = True,
    ) -> None:
        """Let SQL call a function of arrays."""
        with attended(self._connection):
            if name in self._functions:
                self._connection.remove_function(name)
            self._connection.create_function(
                name,
                heard(function),
                [_type(kind) for kind in takes],
                _type(returns),
                type=PythonUDFType.ARROW,
                null_handling=FunctionNullHandling.SPECIAL,
                side_effects=not is_steady,
            )
            self._functions.add(name)

    def drop(self, *names: str) -> None:
        """Forget names."""
        for name in names:
            kind = self._kinds.pop(name.lower(), None)
            if kind:
                self._connection.execute(f"DROP {kind} IF EXISTS {quoted(name)}")

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    def _columns(self, read: str) -> list[str]:
        with attended(self._connection):
            described = self._connection.execute(f"DESCRIBE SELECT * FROM {read}")
            return [row[0] for row in described.fetchall()]


def _read_parquet(
    files: Sequence[Path], schema: pa.Schema, partitions: Sequence[str], *, also: str = ""
) -> str:
    """SQL that reads Parquet files of a table; by name, because a column added later is missing in older ones."""
    listed = ", ".join(_text(str(file)) for file in files)
    types = ", ".join(f"{_text(part)}: {_type(schema.field(part).type)}" for part in partitions)
    hive = f"hive_partitioning = true, hive_types = {{{types}}}" if partitions else ""
    options = ", ".join(filter(None, ("union_by_name = true", hive, also)))
    return f"read_parquet([{listed}], {options})"


def _sql(query: Query | str) -> str:
    return query if isinstance(query, str) else query.sql(DuckDB.dialect)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _over_batches(function: Callable[..., Any], returns: pa.DataType) -> Callable[..., pa.Array]:
    """A function of values as one of columns."""

    def over_batches(*columns: pa.ChunkedArray) -> pa.Array:
        rows = list(zip(*(column.to_pylist() for column in columns), strict=True))
        found = {row: function(*row) for row in dict.fromkeys(rows)}
        return pa.array([found[row] for row in rows], returns)

    return over_batches


def _type(kind: pa.DataType) -> str:
    """DuckDB's name of an Arrow type that tables use."""
    if pa.types.is_list(kind):
        return f"{_type(kind.value_type)}[]"
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz is None else "TIMESTAMPTZ"
    names = {
        "string": "VARCHAR",
        "int64": "BIGINT",
        "int32": "INTEGER",
        "double": "DOUBLE",
        "bool": "BOOLEAN",
    }
    names |= {"date32[day]": "DATE", "large_string": "VARCHAR"}
    return names[str(kind)]


def _attending(reader: pa.RecordBatchReader, cursor: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
    """The batches; what goes wrong while they are computed is explained too, and an interrupt stops it."""
    while True:
        with attended(cursor):
            batch = next(reader, None)
        if batch is None:
            return
        yield batch
