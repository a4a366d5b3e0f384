"""Who stands on uploaded lists, by identifier: people to include or to leave out, whether they are known yet or not."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="list_entries",
    meaning="Who stands on uploaded lists, by identifier: people to include or to leave out, whether they are known yet"
    " or not.",
    columns=(
        Column("list", Type.TEXT, "The list: a folder of the table."),
        Column("identifier", Type.TEXT, "The kind of identifier: email, user_id, …"),
        Column(
            "value",
            Type.TEXT,
            "The normalised value, sealed.",
            Pii.DIRECT,
            labels=frozenset({"identifier"}),
            is_sealed=True,
        ),
        Column(
            "value_index",
            Type.TEXT,
            "What stands for the value where it is looked up and compared.",
            Pii.LINKED,
            names=Names.INDEX,
        ),
        Column("uploaded_at", Type.INSTANT, "When it was first put on the list."),
    ),
    key=("list", "identifier", "value_index"),
    purpose="reach or leave out the people of a list, for as long as the list stands",
    partition_by=("list",),
    sort_by=("identifier", "value_index"),
)
