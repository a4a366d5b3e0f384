"""Who is in which audience now."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="memberships",
    meaning="Who is in which audience now.",
    columns=(
        Column("audience", Type.TEXT, "The audience: a folder of the table."),
        Column("profile_id", Type.INTEGER, "The profile.", Pii.LINKED, names=Names.PROFILE),
        Column("entered_at", Type.INSTANT, "Since when.", Pii.LINKED),
    ),
    key=(
        "audience",
        "profile_id",
    ),
    purpose="reach the right people",
    partition_by=("audience",),
    sort_by=("profile_id",),
    moves="membership_moves",
    distinct=("profile_id",),
)
