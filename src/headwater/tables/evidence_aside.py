"""Evidence that does not count now, and why: computed with `identity_map`, from the same evidence."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="evidence_aside",
    meaning="Links between identifiers that do not count now, and why: computed together with `identity_map`.",
    columns=(
        Column("node_id", Type.INTEGER, "The smaller node.", Pii.LINKED, names=Names.NODE),
        Column("other_node_id", Type.INTEGER, "The larger node.", Pii.LINKED, names=Names.NODE),
        Column("reason", Type.TEXT, "limit, shared, apart, nobody or expired."),
    ),
    key=("node_id", "other_node_id"),
    purpose="recognise a person across sources",
    sort_by=("node_id", "other_node_id"),
)
