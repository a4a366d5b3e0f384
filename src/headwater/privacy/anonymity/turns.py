"""A room's tables in the database of operational state, and turns: what one process at a time may do with them.

Who takes a turn first raises the number in the one row of a table, which the database lets one transaction do at a time: so what
is read in a turn stays so until the turn has ended, on SQLite as on Postgres.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateTable

from headwater.core.state import explained


def turn_table(name: str, metadata: sa.MetaData) -> sa.Table:
    """The table whose one row says how many turns there were."""
    return sa.Table(
        name,
        metadata,
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
    )


@dataclass(frozen=True)
class Turns:
    """Tables in a database that are made if they are not there. `what`: what they hold, as errors tell it."""

    engine: sa.Engine
    what: str
    tables: sa.MetaData
    turn: sa.Table

    def __post_init__(self) -> None:
        """Make what is missing; another process may be making it at the same moment: then it is made."""
        for table in self.tables.sorted_tables:
            with suppress(IntegrityError, ProgrammingError), self._raw() as connection:
                connection.execute(CreateTable(table, if_not_exists=True))
        with suppress(IntegrityError, ProgrammingError), self._raw() as connection:
            values = sa.select(sa.literal(1), sa.literal(0)).where(~sa.exists(sa.select(self.turn.c.one)))
            connection.execute(self.turn.insert().from_select(["one", "number"], values))

    @contextmanager
    def look(self) -> Iterator[sa.Connection]:
        """A transaction, while others may work."""
        with self._raw() as connection:
            yield connection

    @contextmanager
    def take(self) -> Iterator[tuple[sa.Connection, int]]:
        """A transaction while nobody else has a turn, and the turn's number; what was written is on the disk afterwards.

        Raises:
            StorageError: the database cannot be reached, read or written.
        """
        with self._raw() as connection:
            connection.execute(self.turn.update().values(number=self.turn.c.number + 1))
            yield connection, connection.execute(sa.select(self.turn.c.number)).scalar_one()

    @contextmanager
    def _raw(self) -> Iterator[sa.Connection]:
        with explained(self.what), self.engine.begin() as connection:
            yield connection
