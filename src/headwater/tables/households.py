"""Which records live together, as a model of matching has it."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="households",
    meaning="Which records live together, as a model of matching has it: one row a record that was compared.",
    columns=(
        Column("model", Type.TEXT, "The file in `matching/`: a folder of the table."),
        Column("node_id", Type.INTEGER, "The record's identifier.", Pii.LINKED, names=Names.NODE),
        Column("household_id", Type.INTEGER, "The smallest node of the household.", Pii.LINKED),
    ),
    key=("model", "node_id"),
    purpose="tell who lives together",
    partition_by=("model",),
    sort_by=("node_id",),
)
