"""Pairs of records that a model of matching holds for one person, or one household, and what speaks for it."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="matches",
    meaning="Pairs of records that a model of matching holds for one person, or one household, and what speaks for it.",
    columns=(
        Column("model", Type.TEXT, "The file in `matching/`: a folder of the table."),
        Column("level", Type.TEXT, "person, of which `links` has a row too; or household."),
        Column("node_id", Type.INTEGER, "The smaller node.", Pii.LINKED, names=Names.NODE),
        Column("other_node_id", Type.INTEGER, "The larger node.", Pii.LINKED, names=Names.NODE),
        Column("probability", Type.NUMBER, "From 0 to 1."),
        Column("match_weight", Type.NUMBER, "The logarithm of the odds, base 2."),
        Column(
            "evidence",
            Type.TEXT,
            "What each comparison found, and what it adds to the weight, as a JSON list of lists; no values.",
        ),
    ),
    key=("model", "node_id", "other_node_id"),
    purpose="recognise a person across sources",
    partition_by=("model",),
    sort_by=("node_id", "other_node_id"),
)
