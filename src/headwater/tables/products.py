"""The catalogue: what a product is, so that events can be put into categories."""

from __future__ import annotations

from headwater.tables.table import Column, Table, Type

TABLE = Table(
    name="products",
    meaning="The catalogue: what a product is, so that events can be put into categories.",
    columns=(
        Column("product_id", Type.TEXT, "The product."),
        Column("product_name", Type.TEXT, "In words."),
        Column("department", Type.TEXT, "The widest group."),
        Column("category", Type.TEXT, "The group within the department."),
        Column("brand", Type.TEXT, "The brand."),
        Column("size", Type.TEXT, "The package."),
        Column("source", Type.TEXT, "The source."),
    ),
    key=("product_id",),
    purpose="categorise what people buy",
    sort_by=("product_id",),
)
