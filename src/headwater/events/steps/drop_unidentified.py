"""Reject rows that nobody can be recognised by."""

from __future__ import annotations

from headwater.engine.query import Query, name as quoted
from headwater.events.step import Load, mark
from headwater.tables.rejection import Reason


def drop_unidentified(rows: Query, load: Load) -> Query:
    """Mark rows without any valid identifier."""
    values = ", ".join(quoted(f"identifier:{kind}") for kind in load.kinds)
    named = ", ".join(f"{kind} ({load.source.identifiers[kind]})" for kind in load.kinds)
    problem = load.problem(Reason.NO_IDENTIFIER, f"no valid {named}")
    return mark(rows, "drop_unidentified", f"coalesce({values}) IS NULL", problem)
