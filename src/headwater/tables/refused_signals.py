"""Consent signals that were refused, counted: what came with them was taken in, they themselves say nothing."""

from __future__ import annotations

from headwater.tables.table import Column, Table, Type

TABLE = Table(
    name="refused_signals",
    meaning="Consent signals that were refused, counted: what came with them was taken in, they themselves say nothing.",
    columns=(
        Column("source", Type.TEXT, "Which source they came from."),
        Column("signal", Type.TEXT, "What they should have been: tcf, gpp, us_privacy, consent_mode."),
        Column("reason", Type.TEXT, "Why, from the closed set headwater.privacy.signals.fault.Fault."),
        Column("detail", Type.TEXT, "Where, and what is wrong there; it never quotes a string."),
        Column("n_signals", Type.INTEGER, "How many."),
        Column("loaded_at", Type.INSTANT, "When Headwater took in what they came with."),
    ),
    key=(
        "source",
        "signal",
        "reason",
        "detail",
        "loaded_at",
    ),
    purpose="mend what makes signals that nobody can read",
    retention_days=90,
    aged_by="loaded_at",
    sort_by=(
        "source",
        "signal",
        "loaded_at",
    ),
)
