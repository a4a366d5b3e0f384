"""A database at a URL: reached with secrets from the environment, read and never written, its faults told apart.

Reads what one SELECT yields; writes nothing. A password never stands in a message.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
import sqlglot
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from headwater.core.errors import EnvironmentFault, SourceError, UserError, suggest

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# What SQLAlchemy's names of databases are called in sqlglot, where they differ.
_DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}
_TIMEOUTS = dict.fromkeys(("psycopg", "psycopg2", "pymysql", "mysqldb"), "connect_timeout")
_WRITES = (exp.DML, exp.DDL, exp.Into, exp.Command, exp.Lock, exp.Copy, exp.Drop)


@dataclass(frozen=True)
class Database:
    """A database; `url` has its secrets filled in, `shown` has none."""

    url: URL

    @property
    def shown(self) -> str:
        """What people call it: kind, host and database."""
        host = f"{self.url.host or ''}{f':{self.url.port}' if self.url.port else ''}"
        return f"{self.url.get_backend_name()} database {'/'.join(part for part in (host, self.url.database) if part)}"

    @contextmanager
    def connected(self, timeout_seconds: int | None = None) -> Iterator[sa.Connection]:
        """A connection that only reads, all of it in one transaction.

        `timeout_seconds`: how long to wait for it, where the driver knows how to; None: as long as the driver does.

        Raises:
            EnvironmentFault: the database cannot be reached, or the connection broke.
            SourceError: the database refuses what is asked of it.
            UserError: the driver is not installed.
        """
        engine = self._engine(timeout_seconds)
        try:
            with self._explained(), engine.connect() as connection:
                yield self._read_only(connection)
        finally:
            engine.dispose()

    def _engine(self, timeout_seconds: int | None) -> sa.Engine:
        if self.url.get_backend_name() == "sqlite" and not _is_sqlite_file(self.url.database):
            raise SourceError(
                f"there is no SQLite file {self.url.database or ''}", next_step="correct `url` under `read:`"
            )
        try:
            return sa.create_engine(self.url, connect_args=self._patience(timeout_seconds))
        except ModuleNotFoundError as error:
            extra = "headwater[postgres]" if self.url.get_backend_name() == "postgresql" else error.name
            raise UserError(
                f"the driver {error.name} for {self.shown} is not installed",
                next_step=f"pip install '{extra}'",
            ) from error

    def _patience(self, seconds: int | None) -> dict[str, int]:
        """How long the driver is to wait for a connection, unless the URL says it."""
        option = _TIMEOUTS.get(self.url.get_driver_name())
        return {option: seconds} if option and seconds is not None and option not in self.url.query else {}

    def _read_only(self, connection: sa.Connection) -> sa.Connection:
        match self.url.get_backend_name():
            case "postgresql":
                # One snapshot for all that is read, so that counts and rows agree.
                return connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            case "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            told = self._without_secrets(error)
            if isinstance(error, OperationalError) and self._is_unreachable(error):
                raise EnvironmentFault(
                    f"the {self.shown} cannot be reached: {told}",
                    next_step="check that it runs, the network, and the user's rights; then run again",
                ) from None
            raise SourceError(
                f"the {self.shown} refuses: {told}",
                next_step="correct `query`, `table` or `cursor` under `read:`",
            ) from None

    def _is_unreachable(self, error: DBAPIError) -> bool:
        """SQLite calls every fault operational; it is out of reach only where it says so."""
        if self.url.get_backend_name() != "sqlite":
            return True
        return any(words in str(error.orig) for words in ("locked", "unable to open", "disk I/O"))

    def _without_secrets(self, error: DBAPIError) -> str:
        """The driver's first line; the rest may quote values."""
        told = str(error.orig).strip().splitlines()[0]
        password = self.url.password
        return told.replace(str(password), "***") if password else told


def database(url: str) -> Database:
    """The database at a URL; `${NAME}` in it stands for a variable of the environment.

    Raises:
        SourceError: a variable is not set, or the URL is none.
    """
    filled = filled_in(url)
    try:
        parsed = make_url(filled.replace("postgres://", "postgresql://", 1))
        parsed.get_dialect()
    except NoSuchModuleError as error:
        raise SourceError(
            f"`url` names a kind of database that is not known: {error}",
            next_step="write one like postgresql://…",
        ) from None
    except ModuleNotFoundError:
        pass  # said when it is needed, with what to install
    except (ArgumentError, ValueError):
        raise SourceError(
            "`url` is no database URL",
            next_step="write it like postgresql://user:${DB_PASSWORD}@host:5432/database",
        ) from None
    return Database(parsed)


def filled_in(url: str) -> str:
    """The URL with its variables; inside a URL a value's "@" and "%" are escaped, for they would mean something there.

    Raises:
        SourceError: a variable is not set.
    """
    names = _VARIABLE.findall(url)
    if unset := unset_variables(url):
        raise SourceError(
            f"`url` needs {', '.join(unset)}, which {'is' if len(unset) == 1 else 'are'} not set in the environment",
            next_step=f"set it: export {unset[0]}=…",
        )
    if _VARIABLE.fullmatch(url):
        return os.environ[names[0]]
    safe = "".join(chr(code) for code in range(33, 127) if chr(code) not in "@%")
    return _VARIABLE.sub(lambda found: quote(os.environ[found[1]], safe=safe), url)


def unset_variables(url: str) -> list[str]:
    """The variables of a URL that the environment lacks."""
    return sorted({name for name in _VARIABLE.findall(url) if name not in os.environ})


def demand_select(query: str, backend: str) -> None:
    """Let nothing but one SELECT through.

    Raises:
        ValueError: the query is something else, or several.
    """
    try:
        statements = sqlglot.parse(query, dialect=_DIALECTS.get(backend, backend) if backend else None)
    except (SqlglotError, ValueError) as error:
        raise ValueError(
            f"cannot be understood as SQL: {str(error).splitlines()[0]}; make a view of it and name that as `table`"
        ) from None
    if (
        len(statements) != 1
        or not isinstance(statements[0], exp.Query)
        or any(statements[0].find_all(*_WRITES))
    ):
        raise ValueError("must be one SELECT and nothing that writes or locks")


def demand_table(connection: sa.Connection, table: str) -> None:
    """The table or view must be there.

    Raises:
        SourceError: it is not; the nearest is named.
    """
    schema, _, name = table.rpartition(".")
    inspector = sa.inspect(connection)
    if inspector.has_table(name, schema=schema or None):
        return
    known = [
        *inspector.get_table_names(schema=schema or None),
        *inspector.get_view_names(schema=schema or None),
    ]
    raise SourceError(
        f"there is no table '{table}'; {suggest(name, known)}", next_step="correct `table` under `read:`"
    )


def _is_sqlite_file(database: str | None) -> bool:
    """SQLite would make a file that is missing, and have no tables in it."""
    return bool(database) and (str(database).startswith("file:") or Path(str(database)).is_file())
