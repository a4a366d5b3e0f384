"""Campaigns that reached people or meant to."""

from __future__ import annotations

from headwater.tables.table import Column, Table, Type

TABLE = Table(
    name="campaigns",
    meaning="Campaigns that reached people or meant to.",
    columns=(
        Column("campaign_id", Type.TEXT, "The campaign."),
        Column("campaign_name", Type.TEXT, "In words."),
        Column("channel", Type.TEXT, "How it reaches people."),
        Column("starts_at", Type.INSTANT, "When it begins."),
        Column("ends_at", Type.INSTANT, "When it ends."),
        Column("source", Type.TEXT, "The source."),
    ),
    key=("campaign_id",),
    purpose="relate what people do to what we sent",
    sort_by=("campaign_id",),
)
