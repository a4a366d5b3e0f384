"""Why two identifiers are one person: the shortest path of evidence between them; or what is set aside that would tie them.

Reads `nodes`, `links`, `identity_decisions`, `identity_map`, `evidence_aside`, and of what is alike `matches`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any

from headwater.engine.query import DIALECT, literal
from headwater.identity.evidence import ALIKE, NEWEST_DECISIONS, SAME
from headwater.privacy.shown import Harmless, identifier_of
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

DECIDED = "decided"
_MOST_LINKS = 1_000_000  # of one profile: beyond it the path is not looked for


@dataclass(frozen=True)
class Spoken:
    """What one comparison of two records found, and how much that speaks for one person, or, below 0, against it (log2)."""

    comparison: Harmless
    level: Harmless
    weight: float


@dataclass(frozen=True)
class Step:
    """One piece of evidence on the way.

    Attributes:
        identifier, value: where it comes from; `other_…`: where it leads.
        rule: what made it evidence; `decided`: somebody said so.
        sources: where it was seen; of a decision who took it.
        first_seen_at: UTC.
        confidence: from 0 to 1.
        aside: why it does not count; empty: it does.
        spoken: of evidence that is likeness what spoke for it and against it; its probability is the confidence.
    """

    identifier: Harmless
    value: Annotated[str, identifier_of("identifier")]
    other_identifier: Harmless
    other_value: Annotated[str, identifier_of("other_identifier")]
    rule: Harmless
    sources: tuple[Harmless, ...]
    first_seen_at: datetime | None
    confidence: float
    aside: Harmless = ""
    spoken: tuple[Spoken, ...] = ()


@dataclass(frozen=True)
class Explained:
    """What was found out.

    Attributes:
        is_one: whether they are one profile now.
        profiles: of the first and of the second; None: none, because the identifier names nobody.
        path: the steps from the first to the second: of evidence that counts if they are one; else of all there is, with
            why some does not count; empty: nothing ties them at all.
    """

    is_one: bool
    profiles: tuple[int | None, int | None]
    path: tuple[Step, ...]


def explain(one: int, other: int, workspace: Workspace) -> Explained:
    """Why two nodes are one person, or why not."""
    rows = workspace.engine.table(
        f"SELECT node_id, profile_id FROM identity_map WHERE node_id IN ({int(one)}, {int(other)})"
    ).to_pylist()
    of = {row["node_id"]: row["profile_id"] for row in rows}
    profiles = (of.get(one), of.get(other))
    is_one = profiles[0] is not None and profiles[0] == profiles[1]
    path = _path(one, other, workspace, counting=is_one)
    return Explained(is_one, profiles, tuple(_steps(path, workspace)))


def _path(one: int, other: int, workspace: Workspace, *, counting: bool) -> list[int]:
    """The nodes on the shortest way, from the first to the last; of ways as short as each other the one of smaller nodes."""
    before: dict[int, int] = {one: one}
    waiting = deque([one])
    while waiting and other not in before and len(before) < _MOST_LINKS:
        layer = list(waiting)
        waiting.clear()
        for node, near in _neighbours(layer, workspace, counting=counting):
            if near not in before:
                before[near] = node
                waiting.append(near)
    if other not in before:
        return []
    path = [other]
    while path[-1] != one:
        path.append(before[path[-1]])
    return path[::-1]


def _neighbours(layer: Iterable[int], workspace: Workspace, *, counting: bool) -> list[tuple[int, int]]:
    """The pairs (node, node next to it) of some nodes, ordered."""
    numbers = ", ".join(str(int(node)) for node in layer)
    aside = "ANTI JOIN evidence_aside USING (node_id, other_node_id)" if counting else ""
    ties = (
        "(SELECT node_id, other_node_id FROM links WHERE NOT is_revoked UNION "
        f"SELECT node_id, other_node_id FROM ({NEWEST_DECISIONS}) AS newest WHERE verdict = '{SAME}') AS ties {aside}"
    )
    rows = workspace.engine.table(
        f"SELECT node_id AS node, other_node_id AS near FROM {ties} WHERE node_id IN ({numbers}) "
        f"UNION SELECT other_node_id, node_id FROM {ties} WHERE other_node_id IN ({numbers}) ORDER BY 1, 2"
    ).to_pylist()
    return [(row["node"], row["near"]) for row in rows]


def _steps(path: list[int], workspace: Workspace) -> Iterable[Step]:
    if not path:
        return
    numbers = ", ".join(map(str, path))
    names = {
        row["node_id"]: (row["identifier"], row["value"])
        for row in workspace.engine.table(
            f"SELECT node_id, identifier, {opened()} AS value FROM nodes WHERE node_id IN ({numbers})"
        ).to_pylist()
    }
    for node, near in pairwise(path):
        found = _between(min(node, near), max(node, near), workspace)
        yield Step(
            *names[node],
            *names[near],
            str(found["rule"]),
            tuple(found["sources"]),
            found["first_seen_at"],
            float(found["confidence"]),
            str(found["aside"] or ""),
            _spoken(min(node, near), max(node, near), found, workspace),
        )


def _spoken(low: int, high: int, found: Mapping[str, Any], workspace: Workspace) -> tuple[Spoken, ...]:
    """What spoke for a link that likeness makes; of several models the one that is surest."""
    if found["rule"] != ALIKE:
        return ()
    models = ", ".join(literal(each).sql(dialect=DIALECT) for each in found["sources"])
    rows = workspace.engine.table(
        f"SELECT evidence FROM matches WHERE node_id = {low} AND other_node_id = {high} AND model IN ({models}) "
        "ORDER BY probability DESC, model LIMIT 1"
    ).to_pylist()
    return tuple(Spoken(*each) for row in rows for each in json.loads(row["evidence"]))


def _between(low: int, high: int, workspace: Workspace) -> Mapping[str, Any]:
    """The surest piece of evidence between two nodes; a decision before all."""
    pair = f"node_id = {low} AND other_node_id = {high}"
    found: list[Mapping[str, Any]] = workspace.engine.table(
        f"SELECT rule, list_sort(list_distinct(list(source))) AS sources, min(first_seen_at) AS first_seen_at, "
        "max(confidence) AS confidence, "
        f"(SELECT min(reason) FROM evidence_aside WHERE {pair}) AS aside FROM ("
        f"SELECT rule, source, first_seen_at, coalesce(confidence, 1) AS confidence, 1 AS place FROM links "
        f"WHERE {pair} AND NOT is_revoked UNION ALL "
        f"SELECT '{DECIDED}', decided_by, decided_at, 1.0, 0 FROM ({NEWEST_DECISIONS}) AS newest "
        f"WHERE {pair} AND verdict = '{SAME}') AS told "
        "GROUP BY rule, place ORDER BY place, confidence DESC, rule LIMIT 1"
    ).to_pylist()
    return found[0]
