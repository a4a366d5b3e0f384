"""Reject a second row with the same key, in this load or from an earlier one."""

from __future__ import annotations

from headwater.engine.query import DIALECT, Query, literal
from headwater.events.step import Load, last_of
from headwater.sources.rejection import Reason


def drop_duplicates(rows: Query, load: Load) -> Query:
    """Mark rows whose event id came before: the first row of a load wins, a stored event wins over any.

    Rows are told apart by a hash first, so that only the few whose hash comes twice are compared by their full id.
    """
    if not load.source.event or not load.source.event.key:
        return _already_loaded(rows, load)
    key = ", ".join(load.source.event.key)
    duplicate = load.problem(Reason.DUPLICATE, f"{key}: an earlier row of this load has the same key")
    suspects = rows.step(
        "suspects",
        f"SELECT hash(event_id) AS suspect FROM {last_of(rows)} WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1",
    )
    firsts = suspects.step(
        "firsts",
        f"SELECT event_id AS repeated_id, min(line) AS first_line FROM {last_of(rows)} "
        "WHERE problem IS NULL AND hash(event_id) IN (SELECT suspect FROM suspects) GROUP BY 1 HAVING count(*) > 1",
    )
    marked = firsts.step(
        "drop_duplicates",
        "SELECT loaded.* REPLACE (CASE WHEN problem IS NULL AND line > first_line "
        f"THEN {duplicate} ELSE problem END AS problem) "
        f"FROM {last_of(rows)} AS loaded LEFT JOIN firsts ON event_id = repeated_id",
    )
    return _already_loaded(marked, load)


def _already_loaded(rows: Query, load: Load) -> Query:
    if not load.source.event or "events" not in load.workspace.snapshot.versions:
        return rows
    problem = load.problem(Reason.ALREADY_LOADED, "an event with this id was loaded before")
    source = literal(load.name).sql(dialect=DIALECT)
    known = rows.step("known", f"SELECT DISTINCT event_id AS known_id FROM events WHERE source = {source}")
    return known.step(
        "drop_already_loaded",
        f"SELECT loaded.* REPLACE (CASE WHEN problem IS NULL AND known_id IS NOT NULL THEN {problem} "
        f"ELSE problem END AS problem) FROM {last_of(rows)} AS loaded LEFT JOIN known ON event_id = known_id",
    )
