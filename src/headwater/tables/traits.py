"""What is known or computed of each profile: one row a profile and trait that has a value."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="traits",
    meaning="What is known or computed of each profile: one row a profile and trait that has a value.",
    columns=(
        Column("profile_id", Type.INTEGER, "The profile.", Pii.LINKED, names=Names.PROFILE),
        Column("trait", Type.TEXT, "Its name: a folder of the table."),
        Column("type", Type.TEXT, "text, number, boolean, instant or texts: which value column holds it."),
        Column("text", Type.TEXT, "The value, if it is text.", Pii.LINKED),
        Column("number", Type.NUMBER, "The value, if it is a number.", Pii.LINKED),
        Column("boolean", Type.BOOLEAN, "The value, if it is true or false.", Pii.LINKED),
        Column("instant", Type.INSTANT, "The value, if it is a moment.", Pii.LINKED),
        Column("texts", Type.TEXTS, "The value, if it is a list of texts: sorted, each once.", Pii.LINKED),
        Column("origin", Type.TEXT, "The source that stated it, computed, or matching: which household."),
    ),
    key=(
        "profile_id",
        "trait",
    ),
    purpose="tell people apart, to serve and reach them",
    partition_by=("trait",),
    sort_by=("profile_id",),
    distinct=("profile_id",),
)
