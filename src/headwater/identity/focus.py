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

from headwater.engine.engine import Engine
from headwater.identity.evidence import ENDS, Rows, integers
from headwater.identity.graph import Evidence, Integers, components
from headwater.identity.mapping import Grouping, read_mapping
from headwater.identity.places import among, distinct
from headwater.tables import identity_decisions, links, nodes
from headwater.tables.workspace import Workspace

_ADDED = {table: f"added_{table.name}" for table in (nodes.TABLE, links.TABLE, identity_decisions.TABLE)}
NEW, _LINKS, _DECISIONS = _ADDED.values()
TYING = ("limit", "shared", "apart")  # reasons of evidence that ties two profiles all the same


@dataclass(frozen=True)
class Focus:
    """What is to be looked at anew.

    Attributes:
        everybody: the map as it is.
        before: the part of it that is looked at.
        new: identifiers that are not known to it yet, ascending.
        ids: all that are looked at: these, and touched ones that name nobody, ascending.
    """

    everybody: Grouping
    before: Grouping
    new: Integers
    ids: Integers

    def nobody(self, rows: Rows) -> Integers:
        """Of the identifiers in rows those that are known to name nobody."""
        return rows.nodes[~among(rows.nodes, self.everybody.nodes) & ~among(rows.nodes, self.new)]


def scan_added(versions: dict[str, int | None], workspace: Workspace) -> bool:
    """Let the engine have what was added since the tables had these versions; False: that cannot be told."""
    return all(workspace.scan_added(name, table, versions.get(table.name)) for table, name in _ADDED.items())


def forget_added(engine: Engine) -> None:
    """Let the engine forget what was added."""
    engine.drop(*_ADDED.values())


def focus_on_added(engine: Engine) -> Focus:
    """What the rows that were added touch."""
    everybody = read_mapping(engine)
    touched = distinct(*(_column(engine, end, rows) for rows in (_LINKS, _DECISIONS) for end in ENDS))
    new = np.sort(_column(engine, "node_id", NEW))
    own = among(everybody.profiles, _reached(engine, everybody, touched))
    before = Grouping(everybody.nodes[own], everybody.profiles[own])
    return Focus(everybody, before, new, distinct(before.nodes, new, touched))


def _reached(engine: Engine, everybody: Grouping, touched: Integers) -> Integers:
    """The profiles that were touched, and those that evidence set aside leads to from them."""
    own = distinct(everybody.profiles[among(everybody.nodes, touched)])
    reasons = ", ".join(f"'{reason}'" for reason in TYING)
    aside = engine.table(f"SELECT node_id, other_node_id FROM evidence_aside WHERE reason IN ({reasons})")
    if not aside.num_rows:
        return own
    left, right = (everybody.profiles[np.searchsorted(everybody.nodes, integers(aside, end))] for end in ENDS)
    profiles = distinct(own, left, right)
    ends = np.searchsorted(profiles, left), np.searchsorted(profiles, right)
    n, component = components(len(profiles), Evidence(*ends, np.zeros(len(left), np.bool_)))
    is_reached = np.zeros(n, np.bool_)
    is_reached[component[np.searchsorted(profiles, own)]] = True
    return profiles[is_reached[component]]


def _column(engine: Engine, name: str, rows: str) -> Integers:
    return integers(engine.table(f"SELECT {name} FROM {rows}"), name)
