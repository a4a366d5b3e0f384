"""What ties the identifiers of one profile together, and what would tie it to others but does not count: all of it, to be drawn.

Reads `nodes`, `identity_map`, `links`, `identity_decisions`, `evidence_aside`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from headwater.identity.evidence import NEWEST_DECISIONS, WITHDRAWN
from headwater.privacy.shown import Harmless, Written, identifier_of
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

MOST = 60  # identifiers of one profile


@dataclass(frozen=True)
class Point:
    """An identifier. `is_own`: it is the profile's; another stands there because something would tie it."""

    node_id: int
    identifier: Harmless
    value: Annotated[str | None, identifier_of("identifier")]
    first_source: Harmless
    is_own: bool


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence: by which rule, seen where, since when (UTC), and how sure it is, from 0 to 1."""

    rule: Harmless
    sources: tuple[Harmless, ...]
    first_seen_at: datetime | None
    confidence: float


@dataclass(frozen=True)
class Verdict:
    """What somebody decided of two identifiers: `same` or `different`."""

    verdict: Harmless
    reason: Written
    decided_by: Harmless
    decided_at: datetime


@dataclass(frozen=True)
class Tie:
    """Two identifiers and all that is known of them together. `aside`: why it does not count; empty: it does."""

    node_id: int
    other_node_id: int
    evidence: tuple[Evidence, ...]
    decision: Verdict | None
    aside: Harmless = ""


@dataclass(frozen=True)
class Ties:
    """The identifiers of a profile and what is between them; `n_more`: identifiers that are left out, for there are too many."""

    points: tuple[Point, ...]
    ties: tuple[Tie, ...]
    n_more: int


def ties_of(profile_id: int, workspace: Workspace, most: int = MOST) -> Ties:
    """What ties the identifiers of a profile; of a profile with more than `most` the first so many."""
    own = [
        row["node_id"]
        for row in _rows(
            f"SELECT node_id FROM identity_map WHERE profile_id = {int(profile_id)} ORDER BY node_id",
            workspace,
        )
    ]
    shown = own[:most]
    ties = list(_ties(shown, set(own), most, workspace)) if shown else []
    others = {each for tie in ties for each in (tie.node_id, tie.other_node_id)} - set(own)
    return Ties(_points(shown, sorted(others), workspace), tuple(ties), len(own) - len(shown))


def _points(own: list[int], others: list[int], workspace: Workspace) -> tuple[Point, ...]:
    if not own:
        return ()
    rows = _rows(
        f"SELECT node_id, identifier, {opened()} AS value, first_source FROM nodes "
        f"WHERE node_id IN ({_numbers([*own, *others])}) ORDER BY node_id",
        workspace,
    )
    return tuple(Point(**row, is_own=row["node_id"] in own) for row in rows)


def _ties(shown: list[int], own: set[int], most: int, workspace: Workspace) -> Iterable[Tie]:
    """Every pair with evidence or a decision, at least one of which is shown; of ties to others at most so many."""
    decided = _decisions(shown, workspace)
    seen = _evidence(shown, workspace)
    aside = _aside(shown, workspace)
    n_others = 0
    for pair in sorted({*decided, *seen}):
        if not set(pair) <= set(shown):
            if set(pair) <= own or n_others == most:
                continue
            n_others += 1
        yield Tie(*pair, tuple(seen.get(pair, ())), decided.get(pair), aside.get(pair, ""))


def _evidence(shown: list[int], workspace: Workspace) -> dict[tuple[int, int], list[Evidence]]:
    rows = _rows(
        "SELECT node_id, other_node_id, rule, list_sort(list_distinct(list(source))) AS sources, "
        "min(first_seen_at) AS first_seen_at, max(coalesce(confidence, 1)) AS confidence "
        f"FROM links WHERE {_touching(shown)} AND NOT is_revoked GROUP BY ALL ORDER BY node_id, other_node_id, rule",
        workspace,
    )
    found: dict[tuple[int, int], list[Evidence]] = {}
    for row in rows:
        one = Evidence(row["rule"], tuple(row["sources"]), row["first_seen_at"], float(row["confidence"]))
        found.setdefault((row["node_id"], row["other_node_id"]), []).append(one)
    return found


def _decisions(shown: list[int], workspace: Workspace) -> dict[tuple[int, int], Verdict]:
    rows = _rows(
        f"SELECT * FROM ({NEWEST_DECISIONS}) AS newest WHERE {_touching(shown)} AND verdict <> '{WITHDRAWN}'",
        workspace,
    )
    return {
        (row["node_id"], row["other_node_id"]): Verdict(
            row["verdict"], row["reason"], row["decided_by"], row["decided_at"]
        )
        for row in rows
    }


def _aside(shown: list[int], workspace: Workspace) -> dict[tuple[int, int], str]:
    rows = _rows(
        f"SELECT node_id, other_node_id, min(reason) AS reason FROM evidence_aside WHERE {_touching(shown)} GROUP BY ALL",
        workspace,
    )
    return {(row["node_id"], row["other_node_id"]): row["reason"] for row in rows}


def _touching(nodes: list[int]) -> str:
    return f"(node_id IN ({_numbers(nodes)}) OR other_node_id IN ({_numbers(nodes)}))"


def _numbers(nodes: Iterable[int]) -> str:
    return ", ".join(str(int(each)) for each in nodes)


def _rows(sql: str, workspace: Workspace) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = workspace.engine.table(sql).to_pylist()
    return found
