"""Reject events dated later than tomorrow: a wrong clock, a wrong zone or a wrong format."""

from __future__ import annotations

from datetime import timedelta

from headwater.engine.query import DIALECT, Query, literal
from headwater.events.step import Load, mark
from headwater.tables.rejection import Reason

ALLOWED = timedelta(days=1)


def drop_future(rows: Query, load: Load) -> Query:
    """Mark events more than a day after the moment of loading."""
    if not load.source.event:
        return rows
    limit = literal(load.workspace.loaded_at + ALLOWED).sql(dialect=DIALECT)
    problem = load.problem(Reason.TIME_IN_FUTURE, f"{load.source.event.time}: lies in the future")
    return mark(rows, "drop_future", f"occurred_at > {limit}", problem)
