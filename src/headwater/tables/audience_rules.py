"""Every version of every audience's rule, as it was first refreshed."""

from __future__ import annotations

from headwater.tables.table import Column, Table, Type

TABLE = Table(
    name="audience_rules",
    meaning="Every version of every audience's rule, as it was first refreshed.",
    columns=(
        Column("audience", Type.TEXT, "The audience."),
        Column("rule_fingerprint", Type.TEXT, "Which rule: changes when its meaning does."),
        Column("rule", Type.TEXT, "The rule as canonical JSON: what its YAML says."),
        Column("description", Type.TEXT, "The rule in words."),
        Column("first_refreshed_at", Type.INSTANT, "When the audience was first refreshed with it."),
    ),
    key=(
        "audience",
        "rule_fingerprint",
    ),
    purpose="show how audiences move",
    sort_by=(
        "audience",
        "first_refreshed_at",
    ),
)
