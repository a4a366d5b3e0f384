"""What people have had corrected of what is stated about them, as a history: the newest of a name counts."""

from __future__ import annotations

from headwater.tables.table import VALUE_TYPES, Column, Names, Pii, Table, Type

TABLE = Table(
    name="corrections",
    meaning="What people have had corrected of what is stated about them, as a history; what counts stands in `attributes`.",
    columns=(
        Column("node_id", Type.INTEGER, "The identifier it was corrected of.", Pii.LINKED, names=Names.NODE),
        Column("attribute", Type.TEXT, "The attribute's name."),
        Column("verdict", Type.TEXT, "corrected, or withdrawn: what sources say counts again."),
        Column("type", Type.TEXT, "text, number, boolean, instant or texts: which value column holds it."),
        *(
            Column(kind, type_, f"The corrected value, if its type is {kind}.", Pii.LINKED)
            for kind, type_ in VALUE_TYPES.items()
        ),
        Column("request_id", Type.TEXT, "The privacy request that asked for it."),
        Column("corrected_at", Type.INSTANT, "When."),
    ),
    key=("node_id", "attribute", "corrected_at"),
    purpose="keep right what people had corrected",
    sort_by=("attribute", "node_id", "corrected_at"),
)
