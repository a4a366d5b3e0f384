"""Tables with sealed columns: opened, to be read in place of those at rest (`FROM {NODES}`); and rows sealed, to be written."""

from __future__ import annotations

from headwater.tables.table import Table, all_tables


def opened(name: str) -> str:
    """SQL that stands for a table with its sealed columns as they were before."""
    places = all_tables()[name].sealed
    columns = ", ".join(f"open_sealed('{each}', {each.column}) AS {each.column}" for each in places)
    if not columns:
        return name
    return f"(SELECT * REPLACE ({columns}) FROM {name}) AS {name}"


def sealed(table: Table, rows: str) -> str:
    """SQL for rows of a table, given by the name of a relation that holds them open, as they are to be written."""
    columns = [f"seal('{each}', {each.column}) AS {each.column}" for each in table.sealed]
    if table.has("value_index"):
        columns.append("blind_index(identifier, value) AS value_index")
    return f"SELECT * REPLACE ({', '.join(columns)}) FROM {rows}" if columns else f"SELECT * FROM {rows}"


NODES, LIST_ENTRIES, REJECTED_EVENTS = (opened(each) for each in ("nodes", "list_entries", "rejected_events"))
