"""Which profile each identifier belongs to: computed from evidence, recomputed at will."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="identity_map",
    meaning="Which profile each identifier belongs to: computed from evidence, recomputed at will.",
    columns=(
        Column("node_id", Type.INTEGER, "The identifier.", Pii.LINKED, names=Names.NODE),
        Column(
            "profile_id",
            Type.INTEGER,
            "The profile: the smallest node of its component.",
            Pii.LINKED,
            names=Names.PROFILE,
        ),
    ),
    key=("node_id",),
    purpose="recognise a person across sources",
    sort_by=("node_id",),
    distinct=("node_id", "profile_id"),
    moves="identity_moves",
)
