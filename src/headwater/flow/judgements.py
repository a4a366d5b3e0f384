"""What of who is who follows neither from the log nor from the sources: what people decided, what was found to be alike, and
when sources that do not say it first tied identifiers.

A rebuild takes it over as it stands. Likeness might find more in what has come since, but that is for the next run to look.
Reads and writes `identity_decisions`, `matches`, `households`, `corrections`, of `links` those of likeness, and of `attributes`
and `consents` those of privacy requests.
"""

from __future__ import annotations

from collections.abc import Iterable

from headwater.core.config import CORRECTION, ON_REQUEST
from headwater.engine.query import DIALECT, literal
from headwater.identity.evidence import ALIKE
from headwater.tables import (
    attributes,
    consents,
    corrections,
    households,
    identity_decisions,
    links,
    matches,
)
from headwater.tables.table import Table
from headwater.tables.workspace import Workspace

_PAIR = "other_node_id"


def copy_judgements(old: Workspace, new: Workspace) -> None:
    """Let all that is judged in one project's tables stand in another's, where the same identifiers have other numbers."""
    with new.publish() as out:
        out.append(links.TABLE, _renumbered(links.TABLE, f"rule = '{ALIKE}'", _PAIR, old, new))
        for table in (identity_decisions.TABLE, matches.TABLE):
            out.replace(table, _renumbered(table, "TRUE", _PAIR, old, new))
        out.replace(households.TABLE, _renumbered(households.TABLE, "TRUE", "household_id", old, new))


def copy_answers(old: Workspace, new: Workspace) -> None:
    """Let what people had corrected, and what they said by a request, stand in another project's tables, too."""
    with new.publish() as out:
        for table, source in (
            (corrections.TABLE, None),
            (attributes.TABLE, CORRECTION),
            (consents.TABLE, ON_REQUEST),
        ):
            which = f"source = {literal(source).sql(dialect=DIALECT)}" if source else "TRUE"
            out.append(table, _renumbered(table, which, "node_id", old, new))


def carry_dates(old: Workspace, new: Workspace, sources: Iterable[str]) -> None:
    """When sources that do not say it first tied identifiers: read again today, they would seem to be news."""
    named = ", ".join(literal(name).sql(dialect=DIALECT) for name in sources)
    if not named:
        return
    heard = _renumbered(links.TABLE, f"source IN ({named})", _PAIR, old, new)
    with new.publish() as out:
        out.replace(
            links.TABLE,
            "SELECT links.* REPLACE (coalesce(heard.first_seen_at, links.first_seen_at) AS first_seen_at) "
            f"FROM links LEFT JOIN (SELECT node_id, other_node_id, rule, source, min(first_seen_at) AS first_seen_at "
            f"FROM ({heard}) AS renumbered GROUP BY ALL) AS heard USING (node_id, other_node_id, rule, source)",
        )


def _renumbered(table: Table, which: str, other: str, old: Workspace, new: Workspace) -> str:
    """SQL over the new tables for rows of an old one, each about two identifiers, or one; of a pair the smaller stands first."""
    held = f"held_{table.name}"
    new.engine.register(
        held,
        old.engine.table(
            "SELECT rows.*, one.identifier AS kind, one.value_index AS of_one, "
            "two.identifier AS other_kind, two.value_index AS of_other "
            f"FROM (SELECT * FROM {table.name} WHERE {which}) AS rows "
            f"JOIN nodes AS one USING (node_id) JOIN nodes AS two ON two.node_id = rows.{other}"
        ),
    )
    ends = ["one.node_id", "two.node_id"]
    if other == _PAIR:
        ends = [f"{pick}({', '.join(ends)})" for pick in ("least", "greatest")]
    anew = f"{ends[0]} AS node_id" + (f", {ends[1]} AS {other}" if other != "node_id" else "")
    return (
        f"SELECT held.* EXCLUDE (kind, of_one, other_kind, of_other) REPLACE ({anew}) "
        f"FROM {held} AS held JOIN nodes AS one ON one.identifier = kind AND one.value_index = of_one "
        "JOIN nodes AS two ON two.identifier = other_kind AND two.value_index = of_other"
    )
