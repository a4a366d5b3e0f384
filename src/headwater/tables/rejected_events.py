"""Rows that could not be used, each with its reason and its raw text; nothing that came in is lost."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="rejected_events",
    meaning="Rows that could not be used, each with its reason and its raw text; nothing that came in is lost.",
    columns=(
        Column("source", Type.TEXT, "Which source it came from."),
        Column("object", Type.TEXT, "The file or table within the source."),
        Column("line", Type.INTEGER, "Line in the file, or row in the table, from 1."),
        Column(
            "n_rows",
            Type.INTEGER,
            "How many rows this stands for: 1, or all rows of an object that were loaded before.",
        ),
        Column("reason", Type.TEXT, "Why, from the closed set headwater.tables.rejection.Reason."),
        Column("detail", Type.TEXT, "The column and what is wrong with it."),
        Column("raw", Type.TEXT, "The row as it came, sealed.", Pii.DIRECT, is_sealed=True, names=Names.TEXT),
        Column("loaded_at", Type.INSTANT, "When Headwater took it in."),
    ),
    key=(
        "source",
        "object",
        "line",
        "reason",
        "loaded_at",
    ),
    purpose="repair and replay what could not be used",
    retention_days=90,
    aged_by="loaded_at",
    sort_by=(
        "source",
        "object",
        "line",
    ),
)
