"""How profiles came to be made of what they are made of: each time an identifier went from one profile to another."""

from __future__ import annotations

from headwater.tables.table import Column, Pii, Table, Type

TABLE = Table(
    name="identity_changes",
    meaning="Each time an identifier went from one profile to another.",
    columns=(
        Column("node_id", Type.INTEGER, "The identifier.", Pii.LINKED),
        Column("was_profile_id", Type.INTEGER, "The profile it was in.", Pii.LINKED),
        Column("profile_id", Type.INTEGER, "The profile it is in from then on; empty: none.", Pii.LINKED),
        Column("changed_at", Type.INSTANT, "When."),
    ),
    key=("node_id", "changed_at"),
    purpose="recognise a person across sources",
    sort_by=("node_id", "changed_at"),
)
