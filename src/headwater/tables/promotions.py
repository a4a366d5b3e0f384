"""Where products stood in shops and mailers, week by week: what was offered, not to whom."""

from __future__ import annotations

from headwater.tables.table import Column, Table, Type

TABLE = Table(
    name="promotions",
    meaning="Where products stood in shops and mailers, week by week: what was offered, not to whom.",
    columns=(
        Column("product_id", Type.TEXT, "The product."),
        Column("store_id", Type.TEXT, "The shop."),
        Column("week", Type.INTEGER, "The week, as the source counts them."),
        Column("display_location", Type.TEXT, "Where in the shop; the source's own code."),
        Column("mailer_location", Type.TEXT, "Where in the mailer; the source's own code."),
        Column("source", Type.TEXT, "The source."),
    ),
    key=("product_id", "store_id", "week"),
    purpose="relate what people do to what was on offer",
    sort_by=("store_id", "week", "product_id"),
)
