"""What the tables hold of some persons, made fit to be given to them: their rows, opened, without what is other people's.

Reads each table that names persons, by the walk that erasing goes (`naming.py`); writes nothing. Numbers of identifiers stand as
the identifiers themselves, if they are theirs, and else not at all; so do numbers of profiles. Rows of others that only name
them beside are counted. Texts are for whoever calls to clean: they may name others in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from headwater.core.sealing.seals import Place
from headwater.engine.query import name as quoted
from headwater.privacy.naming import Naming, Normalise, looking
from headwater.privacy.persons import Persons
from headwater.tables.nodes import opened
from headwater.tables.table import Column, Names, Pii, Table, Type
from headwater.tables.workspace import Workspace

Cell = str | int | float | bool | datetime | tuple[str, ...] | None
Row = Mapping[str, Cell]
Clean = Callable[[str], str]
WITHHELD = "(withheld: it names somebody else, too)"


@dataclass(frozen=True)
class HeldTable:
    """What one table holds of persons.

    Attributes:
        table: the table.
        rows: theirs, opened; not cleaned yet.
        n_of_others: how many rows of other people name them beside.
    """

    table: Table
    rows: tuple[Mapping[str, Any], ...]
    n_of_others: int


@dataclass(frozen=True)
class Own:
    """What is the persons' own: identifiers in words by number, and numbers of profiles."""

    nodes: Mapping[int, str]
    profiles: frozenset[int]


def held_tables(persons: Persons, normalise: Normalise, workspace: Workspace) -> list[HeldTable]:
    """Their rows in every table that has any, or has rows of others that name them."""
    with looking(persons, normalise, workspace) as namings:
        held = [_held(each, workspace) for each in namings]
    return [each for each in held if each.rows or each.n_of_others]


def own_of(persons: Persons, workspace: Workspace) -> Own:
    """What is their own."""
    numbers = ", ".join(map(str, persons.node_ids.tolist())) or "NULL"
    found = workspace.engine.table(
        f"SELECT node_id, identifier, {opened()} AS value FROM nodes WHERE node_id IN ({numbers})"
    ).to_pylist()
    names = {row["node_id"]: f"{row['identifier']}={row['value']}" for row in found}
    return Own(names, frozenset(persons.profile_ids.tolist()))


def texts_of(held: Iterable[HeldTable]) -> Iterator[str]:
    """Every text that is to be cleaned."""
    for each in held:
        columns = [column for column in each.table.columns if _is_told(column) and _may_name_others(column)]
        for row in each.rows:
            for column in columns:
                value = row[column.name]
                yield from [value] if isinstance(value, str) else value or ()


def shown_rows(held: HeldTable, own: Own, clean: Clean) -> tuple[Row, ...]:
    """The rows as they may be shown; `clean` takes out of a text what names others."""
    columns = [column for column in held.table.columns if _is_told(column)]
    return tuple(
        {column.name: _shown(column, row[column.name], own, clean) for column in columns} for row in held.rows
    )


def _held(naming: Naming, workspace: Workspace) -> HeldTable:
    table = naming.table
    columns = ", ".join(quoted(column.name) for column in table.columns)
    order = ", ".join(quoted(each) for each in table.sort_by or table.key)
    engine = workspace.engine
    rows = engine.table(f"SELECT {columns} FROM {naming.rows} WHERE {naming.goes} ORDER BY {order}")
    beside = engine.table(f"SELECT count(*) AS n FROM {naming.rows} WHERE {naming.beside}")
    return HeldTable(table, tuple(_opened(rows, table, workspace).to_pylist()), int(beside["n"][0].as_py()))


def _opened(rows: pa.Table, table: Table, workspace: Workspace) -> pa.Table:
    for column in table.columns:
        if column.is_sealed:
            opened_texts = workspace.seals.open_sealed(rows[column.name], Place(table.name, column.name))
            rows = rows.set_column(rows.schema.get_field_index(column.name), column.name, opened_texts)
    return rows


def _is_told(column: Column) -> bool:
    return column.names is not Names.INDEX and not column.is_of_staff


def _may_name_others(column: Column) -> bool:
    is_text = column.type in (Type.TEXT, Type.TEXTS)
    return is_text and column.pii is not Pii.NONE and (not column.is_sealed or column.names is Names.TEXT)


def _shown(column: Column, value: Any, own: Own, clean: Clean) -> Cell:
    match column.names:
        case Names.NODE:
            return own.nodes.get(value)
        case Names.NODES:
            return tuple(own.nodes[each] for each in value or () if each in own.nodes)
        case Names.PROFILE:
            return value if value in own.profiles else None
        case Names.TEXT:
            return value if value is None or clean(value) == value else WITHHELD
    if value is None or not _may_name_others(column):
        return tuple(value) if isinstance(value, list) else value
    return clean(value) if isinstance(value, str) else tuple(map(clean, value))
