"""Evidence that two identifiers belong to one person."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="links",
    meaning="Evidence that two identifiers belong to one person; once more where it turned out to have been seen earlier.",
    columns=(
        Column("node_id", Type.INTEGER, "The smaller node.", Pii.LINKED, names=Names.NODE),
        Column("other_node_id", Type.INTEGER, "The larger node.", Pii.LINKED, names=Names.NODE),
        Column("rule", Type.TEXT, "What made it evidence: seen_together, …"),
        Column("source", Type.TEXT, "Where it was seen."),
        Column(
            "first_seen_at",
            Type.INSTANT,
            "When it was first seen; of several rows that are alike otherwise the earliest counts.",
        ),
        Column("confidence", Type.NUMBER, "From 0 to 1."),
        Column("is_revoked", Type.BOOLEAN, "Taken back: it counts no longer."),
    ),
    key=(
        "node_id",
        "other_node_id",
        "rule",
        "source",
        "first_seen_at",
    ),
    purpose="recognise a person across sources",
    sort_by=(
        "node_id",
        "other_node_id",
        "rule",
    ),
    distinct=("node_id", "other_node_id"),
)
