"""What new evidence touches: the profiles whose people may be others than before, with all that is known of them.

Reads what was added to `nodes`, `links` and `identity_decisions` since the map was made, the map itself, and `evidence_aside`.

Profiles do not hang on each other unless evidence ties them (see `graph.py`): evidence that counts keeps within a profile,
evidence that a rule set aside leads from one to the next, and what is too old or of an identifier that names nobody ties
nothing. So what was added is followed to the profiles of its ends, and on over evidence set aside; all others are as they were.
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
from headwater.identity.places import distinct
from headwater.tables import identity_decisions, links, nodes
from headwater.tables.workspace import Workspace

FOCUS = "focused"  # the nodes that are looked at, under this name in an engine
_ADDED = {table: f"added_{table.name}" for table in (nodes.TABLE, links.TABLE, identity_decisions.TABLE)}
_NODES, _LINKS, _DECISIONS = _ADDED.values()
_OWN, _SEEN, _DECIDED = "focused_nodes", "focused_links", "focused_decisions"
_CHOSEN = "focused_ids"
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
    touched = distinct(*(_column(engine, end, rows) for rows in (_LINKS, _DECISIONS) for end in _ENDS))
    _choose(engine, "profile_id", _reached(engine, touched))
    before = read_mapping(engine, f"SELECT * FROM identity_map SEMI JOIN {_CHOSEN} USING (profile_id)")
    new = np.sort(_column(engine, "node_id", _NODES))
    focus = distinct(before.nodes, new, touched)
    others = _gather(engine, focus)
    return Focus(before, new, _nobody(engine, touched, others, before, new), _WHERE)


def forget(engine: Engine) -> None:
    """Let the engine forget what was gathered."""
    engine.drop(FOCUS, _OWN, _SEEN, _DECIDED, _CHOSEN, *_ADDED.values())


def _reached(engine: Engine, touched: Integers) -> Integers:
    """The profiles that were touched, and those that evidence set aside leads to from them."""
    own = distinct(_mapping_of(engine, touched).profiles)
    reasons = ", ".join(f"'{reason}'" for reason in TYING)
    aside = engine.table(f"SELECT node_id, other_node_id FROM evidence_aside WHERE reason IN ({reasons})")
    if not aside.num_rows:
        return own
    ids = [integers(aside, end) for end in _ENDS]
    tied = _mapping_of(engine, distinct(*ids))
    left, right = (tied.profiles[np.searchsorted(tied.nodes, each)] for each in ids)
    profiles = distinct(own, left, right)
    ends = np.searchsorted(profiles, left), np.searchsorted(profiles, right)
    n, component = components(len(profiles), Evidence(*ends, np.zeros(len(left), np.bool_)))
    is_reached = np.zeros(n, np.bool_)
    is_reached[component[np.searchsorted(profiles, own)]] = True
    return profiles[is_reached[component]]


def _gather(engine: Engine, focus: Integers) -> Integers:
    """Let the engine have those in focus, all that ties them, and whom it ties them to; gives the latter, ascending."""
    engine.register(FOCUS, pa.table({"node_id": focus}))
    seen = "node_id, other_node_id, first_seen_at, is_revoked"
    engine.create(_SEEN, f"SELECT {seen} FROM links WHERE {IN_FOCUS}")
    engine.create(_DECIDED, f"SELECT * FROM ({NEWEST_DECISIONS}) AS newest_of_all WHERE {IN_FOCUS}")
    ends = distinct(*(_column(engine, end, rows) for rows in (_SEEN, _DECIDED) for end in _ENDS))
    others = np.setdiff1d(ends, focus, assume_unique=True)
    _choose(engine, "node_id", np.concatenate([focus, others]))
    engine.create(_OWN, f"SELECT node_id, identifier FROM nodes SEMI JOIN {_CHOSEN} USING (node_id)")
    return others


def _nobody(engine: Engine, touched: Integers, others: Integers, before: Mapping, new: Integers) -> Integers:
    """Of those that are touched, or tied to some that are, the identifiers that name nobody by the map."""
    doubtful = np.setdiff1d(
        distinct(touched, others), np.concatenate([before.nodes, new]), assume_unique=True
    )
    if not len(doubtful):
        return doubtful
    return np.setdiff1d(doubtful, _mapping_of(engine, doubtful).nodes, assume_unique=True)


def _mapping_of(engine: Engine, ids: Integers) -> Mapping:
    """The map of some nodes."""
    _choose(engine, "node_id", ids)
    return read_mapping(engine, f"SELECT * FROM identity_map SEMI JOIN {_CHOSEN} USING (node_id)")


def _choose(engine: Engine, column: str, ids: Integers) -> None:
    engine.register(_CHOSEN, pa.table({column: ids}))


def _column(engine: Engine, name: str, rows: str) -> Integers:
    return integers(engine.table(f"SELECT {name} FROM {rows}"), name)


_ENDS = ("node_id", "other_node_id")
_WHERE = Relations(_OWN, _SEEN, f"SELECT * FROM {_DECIDED}", _NODES)
