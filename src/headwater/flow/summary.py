"""What a project holds, in numbers that a marketer understands.

Reads every table, and the reports of a run if there was one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headwater.audiences.overlap import Overlap, overlap
from headwater.engine.sealing import OPEN
from headwater.flow.definitions import Definitions
from headwater.tables.workspace import Workspace

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Summary:
    """A project in numbers.

    Attributes:
        sources: of each source: rows received, accepted, rejected, ever.
        rejections: rejected rows by source and reason.
        events: of each kind of event: how many, by how many profiles, revenue.
        traits: of each trait: how many profiles have it, and its middle or most frequent value (of lists: text).
        audiences: of each audience: size, share, and its description; largest first.
        overlap: of the largest audiences.
    """

    n_profiles: int
    n_events: int
    first_event_at: datetime | None
    last_event_at: datetime | None
    sources: tuple[Row, ...]
    rejections: tuple[Row, ...]
    events: tuple[Row, ...]
    traits: tuple[Row, ...]
    audiences: tuple[Row, ...]
    overlap: Overlap | None


def summarise(workspace: Workspace, definitions: Definitions, *, n_overlap: int = 6) -> Summary:
    """The project as its tables are now; the overlap of the `n_overlap` largest audiences."""
    totals = _rows(
        "SELECT count(*) AS n_events, min(occurred_at) AS first_event_at, max(occurred_at) AS last_event_at FROM events",
        workspace,
    )[0]
    n_profiles = int(_rows("SELECT count(*) AS n FROM profiles", workspace)[0]["n"])
    audiences = list_audiences(workspace, definitions)
    largest = [str(row["audience"]) for row in audiences if row["size"]][:n_overlap]
    return Summary(
        n_profiles,
        totals["n_events"],
        totals["first_event_at"],
        totals["last_event_at"],
        list_sources(workspace),
        _rows(
            "SELECT source, reason, sum(n_rows)::BIGINT AS n, min(detail) AS detail FROM rejected_events "
            "GROUP BY source, reason ORDER BY n DESC, source",
            workspace,
        ),
        _rows(
            "SELECT event, count(*) AS n, count(DISTINCT profile_id) AS n_profiles, sum(revenue) AS revenue "
            "FROM events JOIN identity_map USING (node_id) GROUP BY event ORDER BY n DESC",
            workspace,
        ),
        _traits(workspace, definitions),
        audiences,
        overlap(largest, workspace) if len(largest) > 1 else None,
    )


def list_sources(workspace: Workspace) -> tuple[Row, ...]:
    """What was received, accepted and rejected of each source, in all."""
    return _rows(
        "SELECT source, count(DISTINCT object) AS n_objects, sum(n_received)::BIGINT AS n_received, "
        "sum(n_accepted)::BIGINT AS n_accepted, sum(n_rejected)::BIGINT AS n_rejected, max(loaded_at) AS loaded_at "
        "FROM source_loads GROUP BY source ORDER BY n_received DESC",
        workspace,
    )


def _traits(workspace: Workspace, definitions: Definitions) -> tuple[Row, ...]:
    found = _rows(
        "WITH items AS (SELECT trait, unnest(texts) AS item FROM traits), "
        "frequent AS (SELECT trait, mode(item ORDER BY item) AS item FROM items GROUP BY trait) "
        "SELECT trait, count(*) AS n_profiles, median(number) AS middle, "
        "coalesce(mode(text ORDER BY text), any_value(item)) AS frequent, "
        "min(instant) AS earliest, min(origin) AS origin FROM traits LEFT JOIN frequent USING (trait) "
        "GROUP BY trait ORDER BY min(origin) = 'computed' DESC, trait",
        workspace,
    )
    return tuple({**row, "description": _describe(str(row["trait"]), definitions)} for row in found)


def list_rejections(workspace: Workspace, *, limit: int) -> tuple[Row, ...]:
    """Rejected rows with their raw text, newest first."""
    return _rows(
        f"SELECT * REPLACE ({OPEN}('rejected_events.raw', raw) AS raw) "
        f"FROM rejected_events ORDER BY loaded_at DESC, source, object, line LIMIT {int(limit)}",
        workspace,
    )


def list_audiences(workspace: Workspace, definitions: Definitions) -> tuple[Row, ...]:
    """Every audience with its size and share of all profiles, largest first."""
    n_profiles = int(_rows("SELECT count(*) AS n FROM profiles", workspace)[0]["n"])
    counted = {
        row["audience"]: row["n"]
        for row in _rows("SELECT audience, count(*) AS n FROM memberships GROUP BY audience", workspace)
    }
    rows = [
        {
            "audience": name,
            "size": counted.get(name, 0),
            "share": counted.get(name, 0) / n_profiles if n_profiles else 0.0,
            "description": audience.description,
        }
        for name, audience in definitions.audiences.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-int(row["size"]), str(row["audience"]))))


def _describe(trait: str, definitions: Definitions) -> str:
    return definitions.traits[trait].value.description if trait in definitions.traits else ""


def _rows(sql: str, workspace: Workspace) -> tuple[Row, ...]:
    return tuple(workspace.engine.table(sql).to_pylist())
