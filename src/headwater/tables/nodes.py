"""Identifiers, each a node with a dense number by which everything else refers to it."""

from __future__ import annotations

from headwater.engine.sealing import OPEN
from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="nodes",
    meaning="Identifiers, each a node with a dense number by which everything else refers to it.",
    columns=(
        Column("node_id", Type.INTEGER, "The number of the identifier.", Pii.LINKED, names=Names.NODE),
        Column("identifier", Type.TEXT, "Its kind: email, phone, household_id, …"),
        Column(
            "value",
            Type.TEXT,
            "The normalised value, sealed.",
            Pii.DIRECT,
            labels=frozenset({"identifier"}),
            is_sealed=True,
        ),
        Column(
            "value_index",
            Type.TEXT,
            "What stands for the value where it is looked up and compared.",
            Pii.LINKED,
            names=Names.INDEX,
        ),
        Column("first_source", Type.TEXT, "The source that named it first."),
        Column("loaded_at", Type.INSTANT, "When it was first seen."),
    ),
    key=("node_id",),
    purpose="recognise a person across sources",
    sort_by=("node_id",),
    distinct=("node_id", "value", "value_index"),
)


def opened(rows: str = "nodes") -> str:
    """SQL: the values of rows of `nodes`, by the name under which they are read, opened; NULL where the key was forgotten.

    >>> opened("one")
    "open_sealed('nodes.value', one.value)"
    """
    return f"{OPEN}('nodes.value', {rows}.value)"
