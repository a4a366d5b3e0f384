"""What was read of each source: one row an object (a file, a stretch of a table) and run."""

from __future__ import annotations

from headwater.tables.table import Column, Table, Type

TABLE = Table(
    name="source_loads",
    meaning="What was read of each source: one row an object (a file, a stretch of a table) and run.",
    columns=(
        Column("source", Type.TEXT, "The source."),
        Column("object", Type.TEXT, "The file or table."),
        Column("fingerprint", Type.TEXT, "Changes when the content does."),
        Column("declaration", Type.TEXT, "Changes when what the project says of the source does."),
        Column("cursor", Type.TEXT, "Where an incremental source goes on from; NULL for files."),
        Column("columns", Type.TEXT, "The columns found, as a JSON list."),
        Column("n_received", Type.INTEGER, "Rows read."),
        Column("n_accepted", Type.INTEGER, "Rows used."),
        Column("n_rejected", Type.INTEGER, "Rows rejected; received = accepted + rejected."),
        Column("loaded_at", Type.INSTANT, "When."),
    ),
    key=(
        "source",
        "object",
        "loaded_at",
    ),
    purpose="account for every row, and read only what is new",
    sort_by=(
        "source",
        "object",
        "loaded_at",
    ),
)
