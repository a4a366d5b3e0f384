"""People: one row a profile, with how much we know of each."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="profiles",
    meaning="People: one row a profile, with how much we know of each.",
    columns=(
        Column("profile_id", Type.INTEGER, "The profile.", Pii.LINKED, names=Names.PROFILE),
        Column("n_identifiers", Type.INTEGER, "How many identifiers it has.", Pii.LINKED),
        Column("n_events", Type.INTEGER, "How many events.", Pii.LINKED),
        Column("first_event_at", Type.INSTANT, "Its first event.", Pii.LINKED),
        Column("last_event_at", Type.INSTANT, "Its last event.", Pii.LINKED),
    ),
    key=("profile_id",),
    purpose="know whom we know",
    sort_by=("profile_id",),
    distinct=("profile_id", "first_event_at", "last_event_at"),
)
