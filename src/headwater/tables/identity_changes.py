"""How profiles came to be made of what they are made of: each time an identifier went from one profile to another."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="identity_changes",
    meaning="Each time an identifier went from one profile to another.",
    columns=(
        Column("node_id", Type.INTEGER, "The identifier.", Pii.LINKED, names=Names.NODE),
        Column("was_profile_id", Type.INTEGER, "The profile it was in.", Pii.LINKED, names=Names.PROFILE),
        Column(
            "profile_id",
            Type.INTEGER,
            "The profile it is in from then on; empty: none.",
            Pii.LINKED,
            names=Names.PROFILE,
        ),
        Column("changed_at", Type.INSTANT, "When."),
    ),
    key=("node_id", "changed_at"),
    purpose="recognise a person across sources",
    sort_by=("node_id", "changed_at"),
)
