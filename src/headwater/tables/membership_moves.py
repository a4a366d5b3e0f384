"""Who came into audiences and who went out of them since `memberships` was last written whole."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="membership_moves",
    meaning="Who came into audiences and who went out of them since `memberships` was last written whole.",
    columns=(
        Column("audience", Type.TEXT, "The audience."),
        Column("profile_id", Type.INTEGER, "The profile.", Pii.LINKED, names=Names.PROFILE),
        Column("entered_at", Type.INSTANT, "Since when it is in; NULL: it is not in any more.", Pii.LINKED),
        Column("is_there", Type.BOOLEAN, "Whether it is in.", Pii.LINKED),
        Column(
            "moved_in", Type.INTEGER, "The lake's snapshot this was worked out from; the greatest counts."
        ),
    ),
    key=("audience", "profile_id", "moved_in"),
    purpose="let a small change of large audiences be a small write",
    sort_by=("audience", "profile_id"),
)
