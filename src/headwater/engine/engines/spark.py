"""Spark, on a cluster or in this process: for what does not fit one machine.

A session reads the lake's files by their list, as the embedded engine does, and answers the same SQL with the same meaning:
UTC, instants without zone, and errors where a value does not fit (ANSI). Functions that Spark's SQL lacks are defined from
Python (`define`); the workers' Python must then have Headwater installed.

What audiences do not need of an engine is refused: Spark takes in no raw files here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema, from_arrow_type
from sqlglot import exp

from headwater.core.errors import Bug, HeadwaterError, SourceError, StorageError, UserError
from headwater.engine.bitmaps import Ids
from headwater.engine.query import Query

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.pythonUDF.arrow.enabled": "true",
}
_AT_START = {"spark.ui.showConsoleProgress": "false"}


class Spark:
    """A session of a Spark cluster."""

    dialect = "spark"

    def __init__(self, session: SparkSession, *, sql_seconds: float = 30) -> None:
        """Speak to a session; its settings of time zone, instants and errors are set here.

        `sql_seconds`: how long a query that a person wrote may take.
        """
        self._session = session
        self._sql_seconds = sql_seconds
        self._names: set[str] = set()
        for key, value in _SETTINGS.items():
            session.conf.set(key, value)

    @classmethod
    def connect(
        cls, master: str, settings: Mapping[str, str] | None = None, *, sql_seconds: float = 30
    ) -> Spark:
        """A new session.

        Args:
            master: where the cluster is: `spark://host:7077`, or `local[2]` for this process.
            settings: what else Spark is to know, by its own names.
            sql_seconds: how long a query that a person wrote may take.

        Raises:
            UserError: the cluster cannot be reached.
        """
        builder = SparkSession.builder.appName("headwater").master(master)
        for key, value in (_SETTINGS | _AT_START | dict(settings or {})).items():
            builder = builder.config(key, value)
        try:
            return cls(builder.getOrCreate(), sql_seconds=sql_seconds)
        except (PySparkException, Py4JError, OSError) as error:
            raise UserError(
                f"no Spark session at {master}: {_first_line(error)}",
                next_step="check that Java 17 is installed, the cluster is up and the address is right",
            ) from error

    def table(self, query: Query | str) -> pa.Table:
        """The result, whole."""
        with _explained():
            return self._rows(query).toArrow()

    def table_of(self, queries: Sequence[str]) -> pa.Table:
        """The results, one below the other. Each is analysed by itself.

        Spark 4 sometimes loses columns when it analyses one text in which several branches with HAVING read the same view.
        """
        with _explained():
            return reduce(lambda above, below: above.unionAll(below), map(self._rows, queries)).toArrow()

    def project(self, rows: pa.Table, columns: Mapping[str, exp.Expr]) -> pa.Table:
        """Refused: what is held in memory is projected by the embedded engine."""
        raise _refused("compute over rows held in memory")

    def table_in_time(self, query: Query | str) -> pa.Table:
        """The result of a person's query, whole; its jobs are cancelled when the time is over."""
        context, group = self._session.sparkContext, uuid4().hex
        is_over = threading.Event()

        def stop() -> None:
            is_over.set()
            context.cancelJobGroup(group)

        timer = threading.Timer(self._sql_seconds, stop)
        context.setJobGroup(group, "a query that a person wrote", interruptOnCancel=True)
        timer.start()
        try:
            return self.table(query)
        except HeadwaterError as error:
            if is_over.is_set():
                raise TimeoutError(f"took longer than {self._sql_seconds:g} seconds") from error
            raise
        finally:
            timer.cancel()
            context.setJobGroup("", "")

    def stream(self, query: Query | str, *, batch_rows: int = 131_072) -> pa.RecordBatchReader:
        """The result, batch by batch; it is fetched whole."""
        found = self.table(query)
        return pa.RecordBatchReader.from_batches(found.schema, found.to_batches(max_chunksize=batch_rows))

    def create(self, name: str, query: Query | str, *, coded: Sequence[str] = ()) -> int:
        """Keep the result under a name, in the executors' memory and on their disks; `coded` means nothing here."""
        with _explained():
            rows = self._rows(query).cache()
            n_rows = rows.count()
        self._name(name, rows)
        return int(n_rows)

    def view(self, name: str, query: Query | str) -> None:
        """Let a name stand for a query."""
        with _explained():
            self._name(name, self._rows(query))

    def register(self, name: str, data: pa.Table) -> None:
        """Let a name stand for an Arrow table."""
        with _explained():
            rows = self._session.createDataFrame(data) if data.num_rows else self._empty(data.schema)
            self._name(name, rows)

    def append(self, name: str, rows: pa.Table) -> None:
        """Refused."""
        raise _refused("add rows to a table")

    def retype(self, name: str, types: Mapping[str, pa.DataType]) -> None:
        """Refused."""
        raise _refused("change the type of a column")

    def scan_numbered(self, name: str, file: Path, number: str, columns: Mapping[str, str]) -> None:
        """Refused."""
        raise _refused("number the rows of a file")

    def scan(self, name: str, files: Sequence[Path], schema: pa.Schema, *, partitions: Sequence[str]) -> None:
        """Let a name stand for Parquet files, which every worker must be able to read under the same path."""
        with _explained():
            if not files:
                self._name(name, self._empty(schema))
                return
            base = files[0].parents[len(partitions)]
            read = self._session.read.schema(from_arrow_schema(schema)).option("basePath", str(base))
            rows = read.parquet(*map(str, files)).select(*map(quoted_for_spark, schema.names))
            self._name(name, rows)

    def places_by_file(
        self, condition: str, files: Sequence[Path], schema: pa.Schema, *, partitions: Sequence[str]
    ) -> dict[Path, Ids]:
        """Refused: tables are written by the project's own engine."""
        raise _refused("find rows in files")

    def rows_by_file(
        self,
        columns: str,
        condition: str,
        files: Sequence[Path],
        schema: pa.Schema,
        *,
        partitions: Sequence[str],
    ) -> dict[Path, tuple[Ids, pa.Table]]:
        """Refused: tables are written by the project's own engine."""
        raise _refused("find rows in files")

    def define(self, name: str, function: Callable[..., Any], returns: pa.DataType) -> None:
        """Let SQL call a function of Python."""
        self._session.udf.register(name, function, from_arrow_type(returns))

    def define_over_arrays(
        self,
        name: str,
        function: Callable[..., pa.Array],
        takes: Sequence[pa.DataType],
        returns: pa.DataType,
        *,
        is_steady: bool = True,
    ) -> None:
        """Refused: what is asked of arrays needs the project's keys, and they do not leave this process."""
        raise Bug(f"{name} is for the project's own engine: keys do not go to a cluster")

    def drop(self, *names: str) -> None:
        """Forget names."""
        for name in names:
            if name in self._names:
                self._names.discard(name)
                self._session.table(quoted_for_spark(name)).unpersist()
                self._session.catalog.dropTempView(name)

    def close(self) -> None:
        """End the session and free what it holds."""
        self._session.stop()

    def _rows(self, query: Query | str) -> DataFrame:
        return self._session.sql(query if isinstance(query, str) else query.sql(self.dialect))

    def _name(self, name: str, rows: DataFrame) -> None:
        self.drop(name)
        rows.createOrReplaceTempView(name)
        self._names.add(name)

    def _empty(self, schema: pa.Schema) -> DataFrame:
        return self._session.createDataFrame([], from_arrow_schema(schema))


def quoted_for_spark(name: str) -> str:
    """An identifier as Spark's SQL has it.

    >>> quoted_for_spark("a`b")
    '`a``b`'
    """
    return exp.to_identifier(name, quoted=True).sql(dialect="spark")


def _refused(what: str) -> UserError:
    return UserError(f"Spark cannot {what} here", next_step="do this with the embedded engine")


@contextmanager
def _explained() -> Iterator[None]:
    """Spark's errors as ours: whose fault, and what to do."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise _as_ours(error) from error


def _as_ours(error: Exception) -> HeadwaterError:
    text = _first_line(error)
    kind = error.getCondition() if isinstance(error, PySparkException) else None
    if kind and kind.startswith(("CAST_", "ARITHMETIC_OVERFLOW", "DIVIDE_BY_ZERO", "NUMERIC_VALUE")):
        return SourceError(text)
    if "cancelled" in text or "Job aborted" in text or "SparkOutOfMemory" in text:
        return StorageError(f"Spark gave up: {text}", next_step="look at the cluster's logs for the cause")
    return Bug(f"the query engine refused a statement of ours: {text}")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
