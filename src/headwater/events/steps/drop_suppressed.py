"""Keep out rows that name somebody who asked to be forgotten."""

from __future__ import annotations

from headwater.engine.query import Query, name as quoted
from headwater.events.step import Load, last_of
from headwater.privacy.suppression import is_suppressed, register_suppressed
from headwater.tables.rejection import Reason


def drop_suppressed(rows: Query, load: Load) -> Query:
    """Mark rows any of whose identifiers is suppressed, whatever else is wrong with them: nothing of them may be kept."""
    if not register_suppressed(load.workspace):
        return rows
    problem = load.problem(Reason.SUPPRESSED, "the person asked to be forgotten")
    when = " OR ".join(is_suppressed(kind, quoted(f"identifier:{kind}")) for kind in load.kinds)
    marked = (
        f"SELECT * REPLACE (CASE WHEN {when} THEN {problem} ELSE problem END AS problem) FROM {last_of(rows)}"
    )
    return rows.step("drop_suppressed", marked)
