"""The database of operational state: the ledger of deliveries, the API's keys, the audit log. What no kill loses.

It is that of the setting `state_url`, or `state/headwater.db` in the project. Each room keeps tables of its own there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random

from headwater.core.errors import StorageError
from headwater.core.project import Project


def connect_state(project: Project, what: str) -> sa.Engine:
    """The database, made if there is none yet; whoever asks disposes of it. `what`: what it is wanted for, as errors tell it.

    Raises:
        StorageError: its URL or folder cannot be used.
    """
    url = project.settings.state_url
    with explained(what):
        if not url:
            path = project.path("state", "headwater.db")
            path.parent.mkdir(parents=True, exist_ok=True)
            url = f"sqlite:///{path}"
        engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


@contextmanager
def explained(what: str) -> Iterator[None]:
    """The database's errors as ours; its URL may hold a password, so it is not shown."""
    try:
        yield
    except (SQLAlchemyError, OSError, ImportError) as error:
        cause = getattr(error, "orig", None) or error
        raise StorageError(
            f"{what} could not be read or written: {str(cause).splitlines()[0][:200]}",
            next_step="check the setting state_url, or free disk space and mend permissions of state/, then run again",
        ) from error


def _prepare_sqlite(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    """Commits outlive a power cut; readers do not wait for the writer; writers wait for each other."""
    cursor = connection.cursor()
    for pragma in ("busy_timeout = 10000", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


@retry(
    retry=retry_if_exception_type(sqlite3.OperationalError),
    wait=wait_random(0, 0.05),
    stop=stop_after_delay(10),
    reraise=True,
)
def _write_ahead(cursor: sa.engine.interfaces.DBAPICursor) -> None:
    """The first connections to a new file get in each other's way here, which SQLite's own waiting does not cover."""
    cursor.execute("PRAGMA journal_mode = WAL")
