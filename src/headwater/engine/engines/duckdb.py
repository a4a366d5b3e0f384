"""DuckDB in this process: the embedded default.

Everything lives in memory and spills to the given folder; nothing here is a system of record, so a killed
process loses nothing that was committed to the lake.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from sqlglot import exp

from headwater.core.errors import Bug, HeadwaterError, SourceError, StorageError
from headwater.engine.query import Query, name as quoted

_PROJECTED = "arrow_being_projected"
_RAISED: dict[str, HeadwaterError] = {}  # by functions of Python that SQL called
_MOST_RAISED = 64


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
        with _attended(self._connection):
            return self.stream(query).read_all()

    def table_of(self, queries: Sequence[str]) -> pa.Table:
        """The results, one below the other; one statement, so that what they share is read once."""
        return self.table(" UNION ALL ".join(f"({query})" for query in queries))

    def project(self, rows: pa.Table, columns: Mapping[str, exp.Expr]) -> pa.Table:
        """Expressions over an Arrow table."""
        select = exp.select(*(exp.alias_(value, name, quoted=True) for name, value in columns.items()))
        with _attended(self._connection):
            self._connection.register(_PROJECTED, rows)
            try:
                text = select.from_(_PROJECTED).sql(self.dialect)
                return self._connection.sql(text).to_arrow_reader(1_000_000).read_all()
            finally:
                self._connection.unregister(_PROJECTED)

    def table_in_time(self, query: Query | str) -> pa.Table:
        """The result of a person's query, whole; on its own cursor, which can be stopped alone."""
        cursor = self._connection.cursor()
        with _limited(cursor, self._sql_seconds), _attended(cursor):
            return cursor.sql(_sql(query)).to_arrow_table()

    def stream(self, query: Query | str, *, batch_rows: int = 131_072) -> pa.RecordBatchReader:
        """The result, batch by batch; its own cursor, so that other queries can run meanwhile."""
        cursor = self._connection.cursor()
        with _attended(cursor):
            reader = cursor.sql(_sql(query)).to_arrow_reader(batch_rows)
        return pa.RecordBatchReader.from_batches(reader.schema, _attending(reader, cursor))

    def create(self, name: str, query: Query | str, *, coded: Sequence[str] = ()) -> int:
        """Keep the result under a name; coded columns as enums."""
        self.drop(name)
        with _attended(self._connection):
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
        with _attended(self._connection):
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
        with _attended(self._connection):
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
            with _attended(self._connection):
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
        with _attended(self._connection):
            found = self._connection.execute(
                f"SELECT num_row_groups >= current_setting('threads') FROM parquet_file_metadata({path})"
            ).fetchone()
        return bool(found and found[0])

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
            f"CAST(NULL AS {_type(field.type)}) AS {quoted(field.name)}"
            if field.name in missing
            else quoted(field.name)
            for field in schema
        )
        self.view(name, f"SELECT {columns} FROM {read}")

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
        with _attended(self._connection):
            if name in self._functions:
                self._connection.remove_function(name)
            self._connection.create_function(
                name,
                _heard(function),
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
        with _attended(self._connection):
            described = self._connection.execute(f"DESCRIBE SELECT * FROM {read}")
            return [row[0] for row in described.fetchall()]


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
        with _attended(cursor):
            batch = next(reader, None)
        if batch is None:
            return
        yield batch


@contextmanager
def _attended(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What happens while DuckDB works: an interrupt stops it at once, and its errors become ours."""
    with _interruptible(connection), _explained():
        yield


@contextmanager
def _limited(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Stop what still runs after so many seconds, and tell what took too much from what went wrong.

    Raises:
        TimeoutError: it was stopped.
        MemoryError: it needed more than the session may use.
    """
    is_over = threading.Event()

    def stop() -> None:
        is_over.set()
        connection.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        yield
    except (HeadwaterError, KeyboardInterrupt) as error:
        if is_over.is_set():
            raise TimeoutError(f"took longer than {seconds:g} seconds") from error
        if _is_memory(error.__cause__):
            raise MemoryError("needs more memory or spill space than it may use") from error
        raise
    finally:
        timer.cancel()
        timer.join()


@contextmanager
def _interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let Ctrl-C end a query on all its threads.

    By itself, DuckDB ends only the thread that hears the signal, and waits for the others until they are done.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        connection.interrupt()
        handler(number, frame)

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


@contextmanager
def _explained() -> Iterator[None]:
    """DuckDB's errors as ours: whose fault, and what to do.

    While a result streams, Arrow hands DuckDB's error on as an OSError whose text begins with its kind.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise _as_ours(error) from error
    except RuntimeError as error:
        if _first_line(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error  # DuckDB heard the signal first


def _is_memory(error: BaseException | None) -> bool:
    return isinstance(error, duckdb.OutOfMemoryException) or str(error).startswith("Out of Memory Error")


def _heard(function: Callable[..., pa.Array]) -> Callable[..., pa.ChunkedArray]:
    """The function as DuckDB wants it. Of an error DuckDB hands on only the text, so ours are kept under a number in it."""

    @wraps(function)  # DuckDB looks how many arguments it takes
    def called(*arrays: pa.ChunkedArray) -> pa.ChunkedArray:
        try:
            return pa.chunked_array([function(*arrays)])
        except HeadwaterError as error:
            number = uuid4().hex
            _RAISED[number] = error
            if len(_RAISED) > _MOST_RAISED:  # of several threads that fail, DuckDB tells of one
                _RAISED.pop(next(iter(_RAISED)), None)
            raise RuntimeError(f"raised:{number}") from None

    return called


def _as_ours(error: Exception) -> HeadwaterError:
    raised = re.search(r"raised:([0-9a-f]{32})", str(error))
    if raised and raised.group(1) in _RAISED:
        return _RAISED.pop(raised.group(1))
    text = _first_line(error)
    if _is_memory(error):
        return StorageError(
            f"the query needs more memory or spill space than it may use: {text}",
            next_step="raise the setting memory_mb, or free disk space under the project's work/ folder",
        )
    if isinstance(error, duckdb.IOException) or text.startswith("IO Error"):
        return StorageError(text, next_step="check that the file exists, is readable, and the disk has room")
    unfit = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException)
    if isinstance(error, unfit) or text.startswith(
        ("Conversion Error", "Invalid Input Error", "Out of Range Error")
    ):
        return SourceError(text)
    return Bug(f"the query engine refused a statement of ours: {text}")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
