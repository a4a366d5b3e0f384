"""Which identifiers went to another profile since `identity_map` was last written whole."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="identity_moves",
    meaning="Which identifiers went to another profile, or to none, since `identity_map` was last written whole.",
    columns=(
        Column("node_id", Type.INTEGER, "The identifier.", Pii.LINKED, names=Names.NODE),
        Column(
            "profile_id", Type.INTEGER, "The profile it is in; empty: none.", Pii.LINKED, names=Names.PROFILE
        ),
        Column("is_there", Type.BOOLEAN, "Whether it is in one.", Pii.LINKED),
        Column(
            "moved_in", Type.INTEGER, "The lake's snapshot this was worked out from; the greatest counts."
        ),
    ),
    key=("node_id", "moved_in"),
    purpose="let a small change of a large identity map be a small write",
    sort_by=("node_id",),
)
