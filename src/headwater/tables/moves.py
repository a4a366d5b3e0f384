"""Tables that are kept as rows at rest and the moves since: a small change of a large table is a small write.

A row of the moves says that from some snapshot on a row is there, or is not; the newest one of a key counts. When moves have
become many, the table is written whole and they are emptied, in one publication.
"""

from __future__ import annotations

from headwater.engine.query import Query, name as quoted
from headwater.tables.table import Table


def at_rest(table: Table) -> str:
    """The name in the engine of a table's rows as they were last written whole."""
    return f"{table.name}_at_rest"


def with_moves(table: Table) -> Query:
    """The rows of a table as they are now, in SQL that any engine can say."""
    rest, moves = quoted(at_rest(table)), quoted(table.moves)
    columns = ", ".join(quoted(column.name) for column in table.columns)
    key = ", ".join(quoted(column) for column in table.key)
    same = " AND ".join(f"rest.{quoted(column)} = moves.{quoted(column)}" for column in table.key)
    newest = f"SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY moved_in DESC) AS place FROM {moves}"
    return (
        Query()
        .step("newest", f"SELECT * FROM ({newest}) AS numbered WHERE place = 1")
        .step(
            "stayed",
            f"SELECT {columns} FROM {rest} AS rest WHERE NOT EXISTS (SELECT 1 FROM {moves} AS moves WHERE {same})",
        )
        .step("now", f"SELECT {columns} FROM stayed UNION ALL SELECT {columns} FROM newest WHERE is_there")
    )
