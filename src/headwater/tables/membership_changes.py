"""Who entered and left which audience, and when."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="membership_changes",
    meaning="Who entered and left which audience, and when.",
    columns=(
        Column("audience", Type.TEXT, "The audience."),
        Column("profile_id", Type.INTEGER, "The profile.", Pii.LINKED, names=Names.PROFILE),
        Column("change", Type.TEXT, "entered or left.", Pii.LINKED),
        Column("changed_at", Type.INSTANT, "When.", Pii.LINKED),
        Column(
            "reason",
            Type.TEXT,
            "What made it so: an event, time, other rules, …; refresh: seen when everyone was evaluated; NULL: not noted.",
            Pii.LINKED,
        ),
    ),
    key=(
        "audience",
        "profile_id",
        "changed_at",
    ),
    purpose="tell destinations only what changed, and show how audiences move",
    retention_days=730,
    aged_by="changed_at",
    sort_by=(
        "audience",
        "changed_at",
        "profile_id",
    ),
)
