"""The database of operational state: the ledger of deliveries, the API's keys, the audit log. What no kill loses.

It is that of the setting `state_url`, or `state/headwater.db` in the project. Each room keeps tables of its own there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

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
    """Commits outlive a power cut; readers do not wait for the writer."""
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
