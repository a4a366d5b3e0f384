"""Identifiers that are noted as blind indexes alone: so that they are known again without being kept.

Reads and writes tables of the database of operational state. Whoever reads these without the project's keys learns nothing of
whom they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from headwater.core.project import Project
from headwater.core.state import connect_state, explained
from headwater.privacy.shown import Harmless, Pseudonymous

_METADATA = sa.MetaData()


def noting(name: str) -> sa.Table:
    """A table of noted identifiers."""
    return sa.Table(
        name,
        _METADATA,
        sa.Column("value_index", sa.String(32), primary_key=True),
        sa.Column("identifier", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
    )


@dataclass(frozen=True)
class Noted:
    """An identifier that is noted: its kind, its blind index, by which request, since when (UTC, without zone)."""

    identifier: Harmless
    value_index: Pseudonymous
    request_id: Harmless
    since: datetime


class NotedIdentifiers:
    """Those of one table of one project."""

    def __init__(self, engine: sa.Engine, table: sa.Table) -> None:
        self._engine = engine
        self._table = table
        with explained(table.name):
            _METADATA.create_all(engine)

    def add(self, of: Iterable[tuple[str, str]], request_id: str) -> None:
        """Note identifiers, given as kinds and blind indexes; those that are noted already stay as they are."""
        now = datetime.now(UTC).replace(tzinfo=None)
        with self._begin() as connection:
            there = set(connection.execute(sa.select(self._table.c.value_index)).scalars())
            new = {index: kind for kind, index in of if index not in there}
            rows = [
                {"value_index": index, "identifier": kind, "request_id": request_id, "since": now}
                for index, kind in new.items()
            ]
            if rows:
                connection.execute(self._table.insert(), rows)

    def lift(self, value_index: str) -> int:
        """Note an identifier no more, with all that its request noted; gives how many that were."""
        with self._begin() as connection:
            request = (
                sa.select(self._table.c.request_id)
                .where(self._table.c.value_index == value_index)
                .scalar_subquery()
            )
            of_it = self._table.c.request_id == request
            return int(connection.execute(self._table.delete().where(of_it)).rowcount)

    def remove(self, indexes: Iterable[str]) -> int:
        """Note identifiers no more, given as blind indexes; gives how many were noted."""
        named = self._table.c.value_index.in_(list(indexes))
        with self._begin() as connection:
            return int(connection.execute(self._table.delete().where(named)).rowcount)

    def all(self) -> list[Noted]:
        """Every identifier that is noted, oldest first."""
        order = (self._table.c.since, self._table.c.value_index)
        with self._begin() as connection:
            rows = connection.execute(sa.select(self._table).order_by(*order)).mappings()
            return [
                Noted(row["identifier"], row["value_index"], row["request_id"], row["since"]) for row in rows
            ]

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with explained(self._table.name), self._engine.begin() as connection:
            yield connection


@contextmanager
def open_noted(project: Project, table: sa.Table) -> Iterator[NotedIdentifiers]:
    """The identifiers that a table notes for a project.

    Raises:
        StorageError: its database cannot be reached, read or written.
    """
    engine = connect_state(project, table.name)
    try:
        yield NotedIdentifiers(engine, table)
    finally:
        engine.dispose()
