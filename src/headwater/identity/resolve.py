"""Compute which profile each identifier belongs to, from evidence, rules and decisions alone.

Reads what `evidence.py` reads, and `identity_map`; writes `identity_map`, `evidence_aside`, and to `identity_changes` what moved.
A profile is a set of identifiers that evidence ties (see `graph.py`); its id is its smallest node. The result does not depend on
the order in which evidence came, and taking evidence back gives exactly what was there before. Identifiers that name nobody
(blocked values, values seen with too many others) are in no profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from headwater.engine.engine import Engine
from headwater.engine.query import DIALECT, literal
from headwater.identity.declare import Rules
from headwater.identity.evidence import Known, read_known
from headwater.identity.graph import Aside, Integers, Reasons, resolve_graph
from headwater.identity.identifier import Identifier
from headwater.tables import evidence_aside, identity_changes, identity_map
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

EXPIRED = "expired"
RESOLVED, ASIDE = "resolved", "resolved_aside"  # what `settled` gives, under these names in an engine


@dataclass(frozen=True)
class Resolved:
    """What came of it.

    Attributes:
        n_aside: links that do not count, because they break a rule, are too old, or are of an identifier that names nobody.
        n_nobody: identifiers that name nobody.
    """

    n_identifiers: int
    n_links: int
    n_profiles: int
    n_aside: int = 0
    n_nobody: int = 0


@dataclass(frozen=True)
class Settled:
    """Who is one person.

    Attributes:
        nodes, profiles: each identifier that names somebody, and the smallest of its profile, shape (k,).
        aside: of each link whether it counts, or why not, shape (m,); see `reason_of`.
    """

    nodes: Integers
    profiles: Integers
    aside: Reasons


_NOBODY, _TOO_OLD = 100, 101  # beside `Aside`
REASONS = {
    Aside.LIMIT: "limit",
    Aside.SHARED: "shared",
    Aside.APART: "apart",
    _NOBODY: "nobody",
    _TOO_OLD: EXPIRED,
}


def resolve(
    workspace: Workspace, mark: tuple[str, str], rules: Rules, kinds: Mapping[str, Identifier]
) -> Resolved:
    """Recompute `identity_map`; `mark` is (stage, fingerprint), noted with it."""
    engine = workspace.engine
    known = read_known(workspace, rules, kinds)
    found = settled(known, kinds, engine)
    engine.register(RESOLVED, pa.table({"node_id": found.nodes, "profile_id": found.profiles}))
    engine.register(ASIDE, aside_rows(known, found))
    with workspace.publish() as out:
        out.append(identity_changes.TABLE, _changes(workspace))
        out.replace(identity_map.TABLE, f"SELECT * FROM {RESOLVED}")
        out.replace(evidence_aside.TABLE, f"SELECT * FROM {ASIDE}")
        out.mark(*mark)
    engine.drop(RESOLVED, ASIDE)
    return Resolved(
        len(known.nodes),
        len(known.links.evidence),
        len(np.unique(found.profiles)),
        int(np.count_nonzero(found.aside)),
        len(known.nodes) - len(found.nodes),
    )


def settled(known: Known, kinds: Mapping[str, Identifier], engine: Engine) -> Settled:
    """Who is one person by all that is known."""
    evidence, is_nobody = known.links.evidence, known.is_nobody
    aside = np.zeros(len(evidence), dtype=np.int8)
    aside[known.expired] = _TOO_OLD
    aside[is_nobody[evidence.left] | is_nobody[evidence.right]] = _NOBODY
    counting = np.flatnonzero(aside == 0)
    found = resolve_graph(
        known.kinds,
        evidence.only(counting),
        known.limits,
        lambda places: _rank(known, counting[places], kinds, engine),
    )
    aside[counting] = found.aside
    somebody = ~is_nobody
    return Settled(known.nodes[somebody], _smallest(known.nodes, found.component)[somebody], aside)


def aside_rows(known: Known, found: Settled) -> pa.Table:
    """The evidence that does not count, with why."""
    places = np.flatnonzero(found.aside)
    evidence = known.links.evidence
    return pa.table(
        {
            "node_id": known.nodes[np.minimum(evidence.left, evidence.right)[places]],
            "other_node_id": known.nodes[np.maximum(evidence.left, evidence.right)[places]],
            "reason": pa.array([REASONS[code] for code in found.aside[places].tolist()], pa.string()),
        }
    )


def _smallest(nodes: Integers, component: Integers) -> Integers:
    """The smallest node of each node's component: nodes ascend, so it is the first that is met."""
    if not len(nodes):
        return nodes
    _, first = np.unique(component, return_index=True)
    return np.asarray(nodes[first[component]], dtype=np.int64)


def _rank(known: Known, places: Integers, kinds: Mapping[str, Identifier], engine: Engine) -> Integers:
    """In which order links are heard: the surest first, then those of the surer kinds, then the earlier.

    Of decisions the newest. What is still equal is ordered by what the identifiers are, and never by their numbers, which only
    tell which came first.
    """
    evidence = known.links.evidence
    ends = evidence.left[places], evidence.right[places]
    strength = np.array(
        [kinds[name].strength if name in kinds else 0 for name in known.names], dtype=np.int64
    )
    weaker, stronger = (
        pick(*(strength[known.kinds[end]] for end in ends)) for pick in (np.minimum, np.maximum)
    )
    seen = known.links.first_seen[places]
    spelled = _order_of_values(known, np.unique(np.concatenate(ends)), engine)
    names = [np.sort(np.stack([spelled[end] for end in ends]), axis=0)[row] for row in (0, 1)]
    order = np.lexsort(
        (
            names[1],
            names[0],
            np.where(evidence.is_decided[places], -seen, seen),
            -stronger,
            -weaker,
            -known.links.confidence[places],
        )
    )
    rank = np.empty(len(places), dtype=np.int64)
    rank[order] = np.arange(len(places))
    return rank


def _order_of_values(known: Known, places: Integers, engine: Engine) -> Integers:
    """Of these identifiers their places in the alphabet, shape (n,); of others 0."""
    engine.register("ranked", pa.table({"node_id": known.nodes[places]}))
    rows = engine.table(
        f"SELECT node_id FROM nodes JOIN ranked USING (node_id) ORDER BY identifier, {opened()}"
    )
    engine.drop("ranked")
    found = np.zeros(len(known.nodes), dtype=np.int64)
    found[np.searchsorted(known.nodes, rows["node_id"].to_numpy())] = np.arange(rows.num_rows)
    return found


def _changes(workspace: Workspace) -> str:
    """SQL: the identifiers that were in another profile before, or are in none any more."""
    at = literal(workspace.clock.now()).sql(dialect=DIALECT)
    return (
        f"SELECT before.node_id, before.profile_id AS was_profile_id, {RESOLVED}.profile_id, {at} AS changed_at "
        f"FROM identity_map AS before LEFT JOIN {RESOLVED} USING (node_id) "
        f"WHERE {RESOLVED}.profile_id IS DISTINCT FROM before.profile_id"
    )
