"""What new evidence touches: the profiles whose people may be others than before, with all that is known of them.

Reads what was added to `nodes`, `links` and `identity_decisions` since the map was made, the map itself, and `evidence_aside`.

Profiles do not hang on each other unless evidence ties them (see `graph.py`): evidence that counts keeps within a profile, evidence
that a rule set aside leads from one to the next, and what is too old or of an identifier that names nobody ties nothing. So what
was added is followed to the profiles of its ends, and on from there over evidence set aside; all others are as they were.
An identifier never ceases to name nobody by evidence that is added: it can only be seen with more others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from headwater.engine.engine import Engine
from headwater.identity.evidence import NEWEST_DECISIONS, Relations, integers
from headwater.identity.graph import Evidence, Integers, components
from headwater.identity.mapping import Mapping, read_mapping
from headwater.tables import identity_decisions, links, nodes
from headwater.tables.workspace import Workspace

FOCUS = "focused"  # the nodes that are looked at, under this name in an engine
_ADDED = {table: f"added_{table.name}" for table in (nodes.TABLE, links.TABLE, identity_decisions.TABLE)}
_NODES, _LINKS, _DECISIONS = _ADDED.values()
_OWN, _REACHED, _SEEN = "focused_nodes", "focused_profiles", "focused_links"
IN_FOCUS = f"node_id IN (SELECT node_id FROM {FOCUS}) OR other_node_id IN (SELECT node_id FROM {FOCUS})"
TYING = ("limit", "shared", "apart")  # reasons of evidence that ties two profiles all the same


@dataclass(frozen=True)
class Focus:
    """What is to be looked at anew.

    Attributes:
        before: which profiles these identifiers are in by the map.
        new: those that are not known to it yet, ascending.
        nobody: those that are known to name nobody.
        where: what the engine has of all of them.
    """

    before: Mapping
    new: Integers
    nobody: Integers
    where: Relations


def focus_since(versions: dict[str, int | None], workspace: Workspace) -> Focus | None:
    """What was touched since the tables had these versions; None: that cannot be told, so everything.

    What it leaves in the engine is for `forget`.
    """
    for table, name in _ADDED.items():
        if not workspace.scan_added(name, table, versions.get(table.name)):
            return None
    engine = workspace.engine
    touched = (
        f"SELECT node_id FROM {_LINKS} UNION SELECT other_node_id FROM {_LINKS} "
        f"UNION SELECT node_id FROM {_DECISIONS} UNION SELECT other_node_id FROM {_DECISIONS}"
    )
    engine.create(FOCUS, touched)
    engine.register(_REACHED, pa.table({"profile_id": _reached(engine)}))
    before = read_mapping(engine, f"SELECT * FROM identity_map SEMI JOIN {_REACHED} USING (profile_id)")
    new = np.sort(integers(engine.table(f"SELECT node_id FROM {_NODES}"), "node_id"))
    seen = integers(engine.table(f"SELECT node_id FROM {FOCUS}"), "node_id")
    engine.register(FOCUS, pa.table({"node_id": np.unique(np.concatenate([before.nodes, new, seen]))}))
    _gather(engine)
    return Focus(before, new, _nobody(engine, before, new), Relations(_OWN, _SEEN, _decisions(), _NODES))


def forget(engine: Engine) -> None:
    """Let the engine forget what was gathered."""
    engine.drop(FOCUS, _OWN, _REACHED, _SEEN, *_ADDED.values())


def _reached(engine: Engine) -> Integers:
    """The profiles that were touched, and those that evidence set aside leads to from them."""
    touched = integers(
        engine.table(f"SELECT DISTINCT profile_id FROM identity_map SEMI JOIN {FOCUS} USING (node_id)"),
        "profile_id",
    )
    reasons = ", ".join(f"'{reason}'" for reason in TYING)
    aside = engine.table(f"SELECT node_id, other_node_id FROM evidence_aside WHERE reason IN ({reasons})")
    if not aside.num_rows:
        return touched
    left, right = (_profiles_of(integers(aside, end), engine) for end in ("node_id", "other_node_id"))
    profiles = np.unique(np.concatenate([touched, left, right]))
    ends = np.searchsorted(profiles, left), np.searchsorted(profiles, right)
    n, component = components(len(profiles), Evidence(*ends, np.zeros(len(left), np.bool_)))
    is_reached = np.zeros(n, np.bool_)
    is_reached[component[np.searchsorted(profiles, touched)]] = True
    return profiles[is_reached[component]]


def _profiles_of(ids: Integers, engine: Engine) -> Integers:
    """The profile of each of these nodes, which are all in one."""
    engine.register(_REACHED, pa.table({"node_id": np.unique(ids)}))
    found = read_mapping(engine, f"SELECT * FROM identity_map SEMI JOIN {_REACHED} USING (node_id)")
    return found.profiles[np.searchsorted(found.nodes, ids)]


def _gather(engine: Engine) -> None:
    """All links of those in focus, and all identifiers that these or decisions tie to them."""
    engine.create(
        _SEEN,
        f"SELECT node_id, other_node_id, first_seen_at, is_revoked FROM links WHERE {IN_FOCUS}",
    )
    ends = " UNION ".join(
        f"SELECT {end} FROM {rows}"
        for end in ("node_id", "other_node_id")
        for rows in (_SEEN, f"({_decisions()}) AS decided")
    )
    engine.create(
        _OWN,
        "SELECT node_id, identifier FROM nodes "
        f"WHERE node_id IN (SELECT node_id FROM {FOCUS} UNION SELECT node_id FROM ({ends}) AS ends)",
    )


def _decisions() -> str:
    """SQL: the newest decision of each pair of which one is in focus."""
    return f"SELECT * FROM ({NEWEST_DECISIONS}) AS newest_of_all WHERE {IN_FOCUS}"


def _nobody(engine: Engine, before: Mapping, new: Integers) -> Integers:
    """Of the identifiers that were gathered those that name nobody by the map."""
    own = integers(engine.table(f"SELECT node_id FROM {_OWN}"), "node_id")
    others = np.setdiff1d(own, np.concatenate([before.nodes, new]), assume_unique=True)
    if not len(others):
        return others
    engine.register(_REACHED, pa.table({"node_id": others}))
    return integers(engine.table(f"SELECT node_id FROM {_REACHED} ANTI JOIN identity_map USING (node_id)"), "node_id")
