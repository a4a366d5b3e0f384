"""What people did: one row an event, as it was seen, never rewritten when identities change."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="events",
    meaning="What people did: one row an event, as it was seen, never rewritten when identities change.",
    columns=(
        Column(
            "event_id",
            Type.TEXT,
            "The id the source gave it, or one made of its duplicates key; unique within the source.",
            Pii.LINKED,
        ),
        Column("source", Type.TEXT, "Which source it came from."),
        Column("event", Type.TEXT, "What happened: purchase, page, coupon_redeemed, …"),
        Column("occurred_at", Type.INSTANT, "When it happened.", Pii.LINKED),
        Column("loaded_at", Type.INSTANT, "When Headwater took it in."),
        Column(
            "node_id",
            Type.INTEGER,
            "The identifier it was seen with; the strongest, if there were several.",
            Pii.LINKED,
            names=Names.NODE,
        ),
        Column(
            "other_node_ids",
            Type.INTEGERS,
            "The further identifiers it was seen with.",
            Pii.LINKED,
            names=Names.NODES,
        ),
        Column("order_id", Type.TEXT, "The order or basket.", Pii.LINKED),
        Column("product_id", Type.TEXT, "The product, as the catalogue names it.", Pii.LINKED),
        Column("product_name", Type.TEXT, "The product in words.", Pii.LINKED),
        Column(
            "department",
            Type.TEXT,
            "The department, from the catalogue when the source does not say.",
            Pii.LINKED,
        ),
        Column(
            "category",
            Type.TEXT,
            "The category, from the catalogue when the source does not say.",
            Pii.LINKED,
        ),
        Column("brand", Type.TEXT, "The brand, from the catalogue when the source does not say.", Pii.LINKED),
        Column("quantity", Type.NUMBER, "How many.", Pii.LINKED),
        Column("revenue", Type.NUMBER, "Money received, in the currency of the project.", Pii.LINKED),
        Column(
            "discount", Type.NUMBER, "Money taken off by any kind of offer, as a positive number.", Pii.LINKED
        ),
        Column("coupon_id", Type.TEXT, "The coupon used.", Pii.LINKED),
        Column("campaign_id", Type.TEXT, "The campaign it belongs to.", Pii.LINKED),
        Column("channel", Type.TEXT, "Where it happened: store, web, app, email, mail, …", Pii.LINKED),
        Column("store_id", Type.TEXT, "The shop.", Pii.LINKED),
        Column("url", Type.TEXT, "The page.", Pii.LINKED),
        Column("properties", Type.TEXT, "All else the source said, as a JSON object.", Pii.LINKED),
        Column("month", Type.TEXT, "Month of occurred_at in UTC, as YYYY-MM: a folder of the table."),
        Column("bucket", Type.SMALL_INTEGER, "node_id modulo the number of buckets: a folder of the table."),
    ),
    key=(
        "source",
        "event_id",
    ),
    purpose="know what people do, to serve and reach them",
    retention_days=1095,
    aged_by="occurred_at",
    partition_by=(
        "month",
        "bucket",
    ),
    sort_by=("node_id", "occurred_at"),
    distinct=("event_id", "occurred_at"),
)
