"""Identifiers that look as if they named nobody: placeholders, and values that are seen with far more others than usual.

Reads `nodes` and `links`; proposes what a file in `identifiers/` could say. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Annotated

from headwater.identity.evidence import ALIKE
from headwater.identity.identifier import Identifier
from headwater.privacy.shown import Harmless, identifier_of
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

PLACEHOLDER, CROWDED = "placeholder", "seen with many"
FAR_MORE = 10  # times the usual of its kind, and at the least as many
_SEEN = f"links WHERE NOT is_revoked AND rule IS DISTINCT FROM '{ALIKE}'"
_TIED = (
    "SELECT node_id, count(DISTINCT other) AS n_linked FROM ("
    f"SELECT node_id, other_node_id AS other FROM {_SEEN} UNION ALL "
    f"SELECT other_node_id, node_id FROM {_SEEN}) AS ends GROUP BY node_id"
)


@dataclass(frozen=True)
class Suspect:
    """An identifier that may name nobody; `n_linked`: with how many others it is seen; `why`: what makes it suspect."""

    identifier: Harmless
    value: Annotated[str, identifier_of("identifier")]
    n_linked: int
    why: Harmless


def find_junk(workspace: Workspace, kinds: Mapping[str, Identifier]) -> list[Suspect]:
    """Those that tie at least two others and look like it, most tied first."""
    rows = workspace.engine.table(
        f"SELECT identifier, {opened()} AS value, n_linked FROM ({_TIED}) AS tied JOIN nodes USING (node_id) "
        "WHERE n_linked > 1 ORDER BY n_linked DESC, identifier, value"
    ).to_pylist()
    usual = _usual(workspace)
    return list(_suspects(rows, usual, kinds))


def _usual(workspace: Workspace) -> dict[str, float]:
    """With how many others an identifier of each kind is seen usually."""
    counts: dict[str, list[int]] = {}
    for row in workspace.engine.table(
        f"SELECT identifier, n_linked, count(*) AS n FROM ({_TIED}) AS tied JOIN nodes USING (node_id) "
        "GROUP BY identifier, n_linked"
    ).to_pylist():
        counts.setdefault(row["identifier"], []).extend([row["n_linked"]] * min(row["n"], 10_000))
    return {kind: median(found) for kind, found in counts.items()}


def _suspects(
    rows: list[dict[str, object]], usual: Mapping[str, float], kinds: Mapping[str, Identifier]
) -> Iterator[Suspect]:
    for row in rows:
        kind, value, n_linked = str(row["identifier"]), str(row["value"]), int(str(row["n_linked"]))
        if kind in kinds and kinds[kind].is_junk(value):
            yield Suspect(kind, value, n_linked, PLACEHOLDER)
        elif n_linked >= max(FAR_MORE, FAR_MORE * usual[kind]):
            yield Suspect(kind, value, n_linked, CROWDED)
