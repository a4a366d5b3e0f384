"""What stands in a project's old tables alone and names identifiers by their old numbers, carried into tables made anew.

Reads `nodes`, `links`, `identity_decisions` of the old tables; writes `links` and `identity_decisions` of the new.
"""

from __future__ import annotations

from collections.abc import Iterable

from headwater.core.project import Project
from headwater.engine.query import DIALECT, literal
from headwater.tables import identity_decisions, links
from headwater.tables.workspace import Workspace, read

_HEARD = "heard_of_pairs"
# Pairs of the old tables under the numbers of the new.
_PAIRS = (
    "SELECT heard.*, least(one.node_id, other.node_id) AS node_id, greatest(one.node_id, other.node_id) AS other_node_id "
    f"FROM {_HEARD} AS heard "
    "JOIN nodes AS one ON one.identifier = kind AND one.value = heard.value "
    "JOIN nodes AS other ON other.identifier = other_kind AND other.value = other_value"
)


def carry_decisions(project: Project, new: Workspace) -> None:
    """What people decided of identifiers; of those that nobody has any more it is let go."""
    if not _hear(project, new, "identity_decisions", "verdict, reason, decided_by, decided_at"):
        return
    with new.publish() as out:
        out.append(identity_decisions.TABLE, _PAIRS)
    new.engine.drop(_HEARD)


def carry_dates(project: Project, new: Workspace, sources: Iterable[str]) -> None:
    """When sources that do not say it first tied identifiers: read again today, they would seem to be news."""
    named = ", ".join(literal(name).sql(dialect=DIALECT) for name in sources)
    if not named or not _hear(project, new, "links", "rule, source, first_seen_at", f"source IN ({named})"):
        return
    with new.publish() as out:
        out.replace(
            links.TABLE,
            "SELECT links.* REPLACE (coalesce(heard.first_seen_at, links.first_seen_at) AS first_seen_at) "
            f"FROM links LEFT JOIN ({_PAIRS}) AS heard USING (node_id, other_node_id, rule, source)",
        )
    new.engine.drop(_HEARD)


def _hear(project: Project, new: Workspace, table: str, columns: str, where: str = "TRUE") -> bool:
    """Take up rows of an old table, with the identifiers of both ends; gives whether there are any."""
    with read(project) as old:
        rows = old.engine.table(
            f"SELECT {columns}, one.identifier AS kind, one.value AS value, other.identifier AS other_kind, "
            f"other.value AS other_value FROM {table} AS pairs JOIN nodes AS one USING (node_id) "
            f"JOIN nodes AS other ON other.node_id = pairs.other_node_id WHERE {where}"
        )
    if rows.num_rows:
        new.engine.register(_HEARD, rows)
    return bool(rows.num_rows)
