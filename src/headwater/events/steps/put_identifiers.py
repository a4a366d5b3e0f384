"""Normalise the identifiers; one that is not valid becomes NULL (the row may have others)."""

from __future__ import annotations

from headwater.engine.query import DIALECT, Query, column, name as quoted
from headwater.events.step import Load, last_of


def put_identifiers(rows: Query, load: Load) -> Query:
    """Replace every `identifier:<kind>` by its normalised value."""
    normalised = ", ".join(
        f"{load.identifiers[kind].to_sql(column(f'identifier:{kind}')).sql(dialect=DIALECT)} "
        f"AS {quoted(f'identifier:{kind}')}"
        for kind in load.kinds
    )
    return rows.step("put_identifiers", f"SELECT * REPLACE ({normalised}) FROM {last_of(rows)}")
