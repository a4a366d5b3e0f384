"""Reject a second row with the same key, in this load or from an earlier one."""

from __future__ import annotations

from headwater.engine.query import DIALECT, Query, literal
from headwater.events.step import Load, last_of
from headwater.tables.rejection import Reason


def drop_duplicates(rows: Query, load: Load) -> Query:
    """Mark rows whose event id came before: the first row of a load wins, a stored event wins over any."""
    if not load.source.event or not load.source.event.key:
        return _already_loaded(rows, load)
    marked = _repeated(rows, load) if _has_repeats(rows, load) else rows
    return _already_loaded(marked, load)


def _has_repeats(rows: Query, load: Load) -> bool:
    """Whether any event id may come twice: asked of hashes, which is quick, so that most loads need no more."""
    suspects = rows.step("hashes", f"SELECT key_hash FROM {last_of(rows)} GROUP BY 1 HAVING count(*) > 1")
    return bool(load.workspace.engine.table(suspects.step("any", "SELECT * FROM hashes LIMIT 1")).num_rows)


def _repeated(rows: Query, load: Load) -> Query:
    assert load.source.event is not None  # noqa: S101 - the caller has asked
    key = ", ".join(load.source.event.key)
    duplicate = load.problem(Reason.DUPLICATE, f"{key}: an earlier row of this load has the same key")
    firsts = rows.step(
        "firsts",
        f"SELECT event_id AS repeated_id, min(line) AS first_line FROM {last_of(rows)} "
        "WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1",
    )
    return firsts.step(
        "drop_duplicates",
        "SELECT loaded.* REPLACE (CASE WHEN problem IS NULL AND line > first_line "
        f"THEN {duplicate} ELSE problem END AS problem) "
        f"FROM {last_of(rows)} AS loaded LEFT JOIN firsts ON event_id = repeated_id",
    )


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
