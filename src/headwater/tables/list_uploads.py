"""What was read of every file uploaded to a list: its rows, and what became of them."""

from __future__ import annotations

from headwater.tables.table import Column, Table, Type

TABLE = Table(
    name="list_uploads",
    meaning="What was read of every file uploaded to a list: its rows, and what became of them.",
    columns=(
        Column("list", Type.TEXT, "The list."),
        Column("uploaded_at", Type.INSTANT, "When."),
        Column("file", Type.TEXT, "The file's name, without its folder."),
        Column("identifier", Type.TEXT, "The kind of identifier it holds."),
        Column("n_rows", Type.INTEGER, "Its rows: valid + rejected."),
        Column("n_valid", Type.INTEGER, "Rows with a valid identifier, repeats included."),
        Column("rejected", Type.TEXT, "Rejected rows by reason, as a JSON object."),
    ),
    key=("list", "uploaded_at"),
    purpose="account for every row of a list",
    sort_by=("list", "uploaded_at"),
)
