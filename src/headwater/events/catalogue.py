"""Catalogues: products and campaigns, newest statement of each id.

Reads the usable rows of a load and the catalogue's table; writes that table.
"""

from __future__ import annotations

from headwater.engine.query import DIALECT, Query, literal, name as quoted
from headwater.events.step import Load
from headwater.sources.declare import CATALOGUES
from headwater.sources.mapping import typed_null
from headwater.tables.workspace import Publication


def write(load: Load, rows: str, out: Publication) -> None:
    """Put the load's rows in the place of those with the same id; within a load, the last row speaks."""
    name = load.source.catalogue
    assert name is not None  # noqa: S101 - the caller has asked
    table = CATALOGUES[name]
    given: dict[str, str] = getattr(load.source, name)
    columns = ", ".join(
        quoted(column.name) if column.name in given else f"{typed_null(column.type)} AS {quoted(column.name)}"
        for column in table.columns
        if column.name != "source"
    )
    key = ", ".join(quoted(column) for column in table.key)
    source = literal(load.name).sql(dialect=DIALECT)
    query = (
        Query()
        .step("newest", f"SELECT * FROM {quoted(rows)} QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY line DESC) = 1")
        .step("rows_now", f"SELECT {columns}, {source} AS source FROM newest")
        .step("kept", f"SELECT * FROM {quoted(name)} ANTI JOIN rows_now USING ({key})")
        .step("both", "SELECT * FROM rows_now UNION ALL BY NAME SELECT * FROM kept")
    )  # fmt: skip
    out.replace(table, query)
