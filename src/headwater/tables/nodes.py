"""Identifiers, each a node with a dense number by which everything else refers to it."""

from __future__ import annotations

from headwater.tables.table import Column, Pii, Table, Type

TABLE = Table(
    name="nodes",
    meaning="Identifiers, each a node with a dense number by which everything else refers to it.",
    columns=(
        Column("node_id", Type.INTEGER, "The number of the identifier.", Pii.LINKED),
        Column("identifier", Type.TEXT, "Its kind: email, phone, household_id, …"),
        Column("value", Type.TEXT, "The normalised value.", Pii.DIRECT, labels=frozenset({"identifier"})),
        Column("first_source", Type.TEXT, "The source that named it first."),
        Column("loaded_at", Type.INSTANT, "When it was first seen."),
    ),
    key=("node_id",),
    purpose="recognise a person across sources",
    sort_by=("node_id",),
    distinct=("node_id", "value"),
)
