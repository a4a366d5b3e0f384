"""The rows of one table or query: all of them, or those from a cursor on, and what tells whether there is anything new.

Reads through a connection; gives rows in batches of Python values. Cursors travel as text that keeps their type:
"integer:42", "instant:2026-01-31T10:00:00+00:00".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa

from headwater.core.errors import Bug, SourceError, suggest
from headwater.sources.reading.database import demand_table

CursorValue = int | float | str | Decimal | date | datetime
Rows = Sequence[Sequence[object]]

_READ: dict[str, Callable[[str], CursorValue]] = {
    "integer": int,
    "number": float,
    "decimal": Decimal,
    "instant": datetime.fromisoformat,
    "date": date.fromisoformat,
    "text": str,
}


class Selection:
    """One table or query of a database.

    Attributes:
        last: the greatest cursor among the rows that `batches` has given; None: no row had one.
    """

    def __init__(
        self, connection: sa.Connection, table: str | None, query: str | None, cursor: str | None
    ) -> None:
        """A selection that has not read anything yet.

        Raises:
            SourceError: there is no such table.
        """
        self._connection = connection
        self._rows: sa.FromClause
        if query:
            # The text is taken as it is: a colon in it is no parameter.
            text = query.strip().rstrip(";").replace(":", "\\:")
            self._rows = sa.text(f"({text}\n) AS rows_read")  # type: ignore[assignment]
        else:
            demand_table(connection, str(table))
            schema, _, name = str(table).rpartition(".")
            self._rows = sa.table(name, schema=schema or None)
        self._cursor: sa.ColumnClause[object] | None = sa.column(cursor) if cursor else None
        self.last: CursorValue | None = None

    def columns(self) -> list[str]:
        """The names of the columns.

        Raises:
            SourceError: the cursor is none of them.
        """
        nothing = sa.select(sa.text("*")).select_from(self._rows).where(sa.false())
        with self._connection.execute(nothing) as result:
            columns = list(result.keys())
        if self._cursor is not None and self._cursor.name not in columns:
            raise SourceError(
                f"there is no column '{self._cursor.name}'; {suggest(self._cursor.name, columns)}",
                next_step="correct `cursor` under `read:`",
            )
        return columns

    def batches(self, after: CursorValue | None, batch_rows: int) -> Iterator[Rows]:
        """The rows from a cursor on, that one included, and those without a cursor; in the cursor's order.

        Args:
            after: None: all rows.
            batch_rows: rows a batch.
        """
        rows = sa.select(sa.text("*")).select_from(self._rows)
        place = None
        if self._cursor is not None:
            place = self.columns().index(self._cursor.name)
            rows = rows.order_by(self._cursor)
            if after is not None:
                rows = rows.where(sa.or_(self._cursor >= after, self._cursor.is_(None)))
        for batch in self._fetched(rows, batch_rows):
            if place is not None:
                self._note_last([cast("CursorValue | None", row[place]) for row in batch])
            yield batch

    def high_water(self) -> str:
        """Changes when rows come with a cursor at or above the greatest, or without one."""
        cursor = self._demand_cursor()
        greatest = self._value(sa.select(sa.func.max(cursor)).select_from(self._rows))
        at_it = self._value(sa.select(sa.func.count()).select_from(self._rows).where(cursor == greatest))
        without = self._value(sa.select(sa.func.count()).select_from(self._rows).where(cursor.is_(None)))
        shown = write_cursor(greatest) if greatest is not None else ""
        return f"{at_it} at {shown}, {without} without"

    def content(self, batch_rows: int) -> str:
        """Changes when any value does, whatever the order in which rows come.

        Rows are hashed one by one and the hashes added up: equal rows count as often as they occur.
        """
        total, count = 0, 0
        for batch in self._fetched(sa.select(sa.text("*")).select_from(self._rows), batch_rows):
            for row in batch:
                digest = hashlib.blake2b(repr(tuple(row)).encode("utf-8", "surrogatepass"), digest_size=16)
                total += int.from_bytes(digest.digest())
            count += len(batch)
        names = hashlib.blake2b(repr(self.columns()).encode(), digest_size=8).hexdigest()
        return f"{count}:{names}:{total % (1 << 128):032x}"

    def _fetched(self, rows: sa.Select[Any], batch_rows: int) -> Iterator[Rows]:
        options = {"stream_results": True, "max_row_buffer": batch_rows}
        with self._connection.execute(rows, execution_options=options) as result:
            yield from result.partitions(batch_rows)

    def _note_last(self, cursors: list[CursorValue | None]) -> None:
        """Databases order NULL first or last: the last row that has a cursor has the greatest."""
        given = [value for value in cursors if value is not None]
        if given:
            self.last = given[-1]

    def _demand_cursor(self) -> sa.ColumnClause[object]:
        if self._cursor is None:
            raise Bug("a selection without a cursor has no high water mark")
        self.columns()
        return self._cursor

    def _value(self, query: sa.Select[Any]) -> CursorValue | None:
        return cast("CursorValue | None", self._connection.execute(query).scalar())


def write_cursor(value: CursorValue) -> str:
    """A cursor as text.

    >>> write_cursor(date(2026, 1, 31))
    'date:2026-01-31'
    """
    match value:
        case bool() | int():
            return f"integer:{int(value)}"
        case float():
            return f"number:{value!r}"
        case Decimal():
            return f"decimal:{value}"
        case datetime():
            return f"instant:{value.isoformat()}"
        case date():
            return f"date:{value.isoformat()}"
    return f"text:{value}"


def read_cursor(text: str) -> CursorValue:
    """A cursor from its text.

    >>> read_cursor("integer:42")
    42

    Raises:
        SourceError: the text is no cursor; it was written by something else.
    """
    kind, _, value = text.partition(":")
    try:
        return _READ[kind](value)
    except (KeyError, ValueError, ArithmeticError):
        raise SourceError(
            f"the noted cursor {kind}:… cannot be read", next_step="load this source again from the beginning"
        ) from None
