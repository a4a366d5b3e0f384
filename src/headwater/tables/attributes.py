"""What sources state about a person, as they stated it."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="attributes",
    meaning="What sources state about a person, as they stated it.",
    columns=(
        Column("node_id", Type.INTEGER, "The identifier it was stated of.", Pii.LINKED, names=Names.NODE),
        Column("attribute", Type.TEXT, "Its name."),
        Column("type", Type.TEXT, "text, number, boolean, instant or texts: which value column holds it."),
        Column("text", Type.TEXT, "The value, if it is text.", Pii.LINKED),
        Column("number", Type.NUMBER, "The value, if it is a number.", Pii.LINKED),
        Column("boolean", Type.BOOLEAN, "The value, if it is true or false.", Pii.LINKED),
        Column("instant", Type.INSTANT, "The value, if it is a moment.", Pii.LINKED),
        Column("texts", Type.TEXTS, "The value, if it is a list of texts: sorted, each once.", Pii.LINKED),
        Column("source", Type.TEXT, "Who states it."),
        Column("stated_at", Type.INSTANT, "When it was stated, or taken in if the source does not say."),
    ),
    key=(
        "node_id",
        "attribute",
        "source",
    ),
    purpose="know what people told us",
    aged_by="stated_at",
    sort_by=(
        "attribute",
        "node_id",
        "source",
    ),
    distinct=("node_id",),
)
