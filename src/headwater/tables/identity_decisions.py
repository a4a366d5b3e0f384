"""What people decided of two identifiers: that they are one person, or two. Counts before all evidence."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="identity_decisions",
    meaning="What people decided of two identifiers: that they are one person, or two. The newest of a pair counts.",
    columns=(
        Column("node_id", Type.INTEGER, "The smaller node.", Pii.LINKED, names=Names.NODE),
        Column("other_node_id", Type.INTEGER, "The larger node.", Pii.LINKED, names=Names.NODE),
        Column("verdict", Type.TEXT, "same, different, or withdrawn: evidence alone counts again."),
        Column("reason", Type.TEXT, "Why, in the words of whoever decided.", is_of_staff=True),
        Column("decided_by", Type.TEXT, "Who decided.", Pii.LINKED, is_of_staff=True),
        Column("decided_at", Type.INSTANT, "When."),
    ),
    key=("node_id", "other_node_id", "decided_at"),
    purpose="recognise a person across sources",
    sort_by=("node_id", "other_node_id", "decided_at"),
)
