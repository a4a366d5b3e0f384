"""What people agreed to and refused, as a history: absent is not no, and not yes."""

from __future__ import annotations

from headwater.tables.table import Column, Names, Pii, Table, Type

TABLE = Table(
    name="consents",
    meaning="What people agreed to and refused, as a history: absent is not no, and not yes.",
    columns=(
        Column(
            "node_id", Type.INTEGER, "The identifier that agreed or refused.", Pii.LINKED, names=Names.NODE
        ),
        Column("purpose", Type.TEXT, "The purpose, as headwater.yaml names it."),
        Column("state", Type.TEXT, "granted or denied.", Pii.LINKED),
        Column("source", Type.TEXT, "Where it was said."),
        Column("stated_at", Type.INSTANT, "When it was said."),
        Column("until_at", Type.INSTANT, "When it lapses; NULL: not by itself."),
        Column(
            "signal",
            Type.TEXT,
            "What said it: choice, tcf, gpp, us_privacy, consent_mode or gpc; NULL: a column, or a choice.",
        ),
        Column(
            "string",
            Type.TEXT,
            "The consent string that said it, as it came; NULL: none did.",
            Pii.LINKED,
            frozenset({"pseudonym"}),
        ),
        Column(
            "overruled",
            Type.TEXT,
            "What said otherwise at the same time and does not count, with commas; NULL: nothing.",
        ),
    ),
    key=(
        "node_id",
        "purpose",
        "source",
        "stated_at",
        "signal",
    ),
    purpose="prove what we may do",
    aged_by="stated_at",
    sort_by=(
        "node_id",
        "purpose",
        "stated_at",
    ),
    distinct=("node_id",),
)
