"""How large each audience was after each refresh that changed something."""

from __future__ import annotations

from headwater.tables.table import Column, Table, Type

TABLE = Table(
    name="audience_sizes",
    meaning="How large each audience was after each refresh that changed something.",
    columns=(
        Column("audience", Type.TEXT, "The audience."),
        Column("refreshed_at", Type.INSTANT, "When."),
        Column("rule_fingerprint", Type.TEXT, "Changes when the rule does."),
        Column("size", Type.INTEGER, "Members."),
        Column("n_entered", Type.INTEGER, "Entered since the refresh before."),
        Column("n_left", Type.INTEGER, "Left since the refresh before."),
    ),
    key=(
        "audience",
        "refreshed_at",
    ),
    purpose="show how audiences move",
    sort_by=(
        "audience",
        "refreshed_at",
    ),
)
