"""Tables and queries of SQL databases, through SQLAlchemy: all of it, or what is new by a column that only grows.

Reads a database, never writes it; stages rows in the engine. With a `cursor` column, rows from the last cursor on are
read, that one included, because rows with the same cursor may have come later: the source's duplicates key leaves out
those that are there already. Rows whose cursor is NULL are read every time, for the same reason. Rows that get a
cursor below one already read (a transaction that commits late, a change that does not touch the cursor) are not seen.
Without a cursor everything is read whenever anything in it changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
from pydantic import Field, model_validator

from headwater.core.documents import Declaration
from headwater.core.errors import Bug, EnvironmentFault, HeadwaterError
from headwater.engine.engine import Engine
from headwater.sources.reading.columns import notes, staged_names
from headwater.sources.reading.database import database, demand_select, unset_variables
from headwater.sources.reading.python_rows import TEXT, column_of, kind_of, wider
from headwater.sources.reading.rows_as_json import rows_as_json
from headwater.sources.reading.selection import Rows, Selection, read_cursor, write_cursor
from headwater.sources.source import LINE, Heading, Load, Staged, last_loads, staged_table
from headwater.tables.workspace import Workspace

_LOOK_SECONDS = 3


class SqlRead(Declaration):
    """What `read:` says for a source of kind `sql_database`."""

    url: str = Field(
        min_length=1,
        description="SQLAlchemy URL; secrets come from the environment: postgresql://app:${DB_PASSWORD}@host/shop."
        " A variable that is the whole URL is taken as it is; inside a URL its @ and % are escaped.",
    )
    table: str | None = Field(
        None, min_length=1, description="A table or view, with its schema if need be: shop.orders."
    )
    query: str | None = Field(None, min_length=1, description="One SELECT, in place of a table.")
    cursor: str | None = Field(
        None,
        min_length=1,
        description="A column that only grows (a running number, a time of change): only rows from the last one on are"
        " read. Give the event a key, so that rows read twice count once.",
    )
    columns: tuple[str, ...] | None = Field(None, description="Columns that there must be.")
    batch_rows: int = Field(50_000, ge=1, le=10_000_000, description="Rows fetched at a time.")

    @model_validator(mode="after")
    def _reads_one_thing(self) -> SqlRead:
        if (self.table is None) == (self.query is None):
            raise ValueError("write either `table` or `query`")
        if self.query is not None:
            demand_select(
                self.query, self.url.partition(":")[0].partition("+")[0] if "://" in self.url else ""
            )
        return self

    @property
    def object(self) -> str:
        """What is read, as loads are noted."""
        return self.table or "query"


class SqlDatabase:
    """One table or query of a database."""

    fields: type[Declaration] = SqlRead
    rows_keep_their_place = False  # every load counts its rows from 1

    def pending(self, name: str, read: Declaration, workspace: Workspace) -> list[Load]:
        """The table or query, if it has anything new.

        Raises:
            SourceError: it cannot be read. EnvironmentFault: the database cannot be reached.
        """
        settings = _settings(read)
        noted = last_loads(name, workspace).get(settings.object)
        with database(settings.url).connected() as connection:
            selection = Selection(connection, settings.table, settings.query, settings.cursor)
            now = selection.high_water() if settings.cursor else selection.content(settings.batch_rows)
        if noted and noted.fingerprint == now:
            return []
        return [Load(settings.object, now, noted.cursor if noted and settings.cursor else None)]

    def headings(self, name: str, read: Declaration, workspace: Workspace) -> list[Heading]:
        """The columns of the table or query, if the database answers soon."""
        settings = _settings(read)
        at = "table" if settings.table else "query"
        try:
            return [Heading(settings.object, (at,), _columns(settings))]
        except EnvironmentFault as error:
            return [Heading(settings.object, ("url",), error=error)]
        except HeadwaterError as error:
            return [Heading(settings.object, (at,), error=error)]

    def stage(self, name: str, read: Declaration, load: Load, workspace: Workspace) -> Staged:
        """The rows from the load's cursor on, in the engine.

        Raises:
            SourceError: it cannot be read. EnvironmentFault: the database cannot be reached.
        """
        settings, table, engine = _settings(read), staged_table(name), workspace.engine
        with database(settings.url).connected() as connection:
            selection = Selection(connection, settings.table, settings.query, settings.cursor)
            columns = selection.columns()
            told = notes(columns, settings.columns, load.object)
            names = tuple(staged_names(columns, load.object).values())
            after = read_cursor(load.cursor) if load.cursor else None
            n_rows = _fill(table, names, selection.batches(after, settings.batch_rows), engine)
        return Staged(
            load.object,
            table,
            names,
            n_rows,
            (),
            write_cursor(selection.last) if selection.last is not None else load.cursor,
            told,
            lambda lines: rows_as_json(table, names, lines, engine),
        )


def _columns(read: SqlRead) -> tuple[str, ...]:
    """The columns as they would be staged.

    Raises:
        EnvironmentFault: a variable is not set here, or the database cannot be reached from here: the file may be right.
    """
    if unset := unset_variables(read.url):
        raise EnvironmentFault(
            f"the environment variable{'s' if len(unset) > 1 else ''} {', '.join(unset)} of `url`"
            f" {'are' if len(unset) > 1 else 'is'} not set",
            next_step=f"set it: export {unset[0]}=…",
        )
    with database(read.url).connected(_LOOK_SECONDS) as connection:
        columns = Selection(connection, read.table, read.query, read.cursor).columns()
    notes(columns, read.columns, read.object)
    return tuple(staged_names(columns, read.object).values())


def _fill(table: str, names: Sequence[str], batches: Iterable[Rows], engine: Engine) -> int:
    """Put the rows into the engine, numbered from 1; gives how many there are."""
    engine.drop(table)
    kinds = dict.fromkeys(names, pa.null())
    engine.append(table, _arrow([], 0, kinds))
    n_rows = 0
    for batch in batches:
        found = {
            name: wider(kinds[name], kind_of(values))
            for name, values in zip(names, zip(*batch, strict=True), strict=True)
        }
        engine.retype(table, {name: kind for name, kind in found.items() if kind != kinds[name]})
        kinds = found
        engine.append(table, _arrow(batch, n_rows, kinds))
        n_rows += len(batch)
    return n_rows


def _arrow(batch: Rows, n_before: int, kinds: Mapping[str, pa.DataType]) -> pa.Table:
    """Rows as an Arrow table; a column of which no value was seen yet stands as text."""
    types = [TEXT if pa.types.is_null(kind) else kind for kind in kinds.values()]
    values = list(zip(*batch, strict=True)) or [() for _ in types]
    numbers = pa.array(range(n_before + 1, n_before + 1 + len(batch)), pa.int64())
    arrays = [column_of(column, kind) for column, kind in zip(values, types, strict=True)]
    return pa.Table.from_arrays([numbers, *arrays], names=[LINE, *kinds])


def _settings(read: Declaration) -> SqlRead:
    if not isinstance(read, SqlRead):
        raise Bug(f"the kind sql_database was handed the settings {type(read).__name__}")
    return read


SOURCE = SqlDatabase()
