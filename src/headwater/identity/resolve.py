"""Compute which profile each identifier belongs to, from evidence, rules and decisions alone.

Reads what `evidence.py` reads, and `identity_map`; writes `identity_map`, `evidence_aside`, and to `identity_changes` what moved.
A profile is a set of identifiers that evidence ties (see `graph.py`); its id is its smallest node. The result does not depend on
the order in which evidence came, and taking evidence back gives exactly what was there before. Identifiers that name nobody
(blocked values, values seen with too many others) are in no profile.

Where identifiers, evidence or decisions were only added since the map was made, by the same rules, only what they touch is looked
at (`focus.py`); it comes to the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from headwater.engine.engine import Engine
from headwater.identity.declare import Rules, as_said
from headwater.identity.evidence import (
    BEFORE,
    BLOCKED,
    ENDS,
    Known,
    Numbers,
    find_blocked,
    known_of,
    read_known,
    read_rows,
    words,
)  # fmt: skip
from headwater.identity.focus import NEW, focus_on_added, forget_added, scan_added
from headwater.identity.graph import Aside, Integers, Reasons, Told, resolve_graph
from headwater.identity.identifier import Identifier
from headwater.identity.mapping import Grouping, compare, read_mapping, replaced, write_mapping
from headwater.identity.places import among, distinct
from headwater.tables import evidence_aside
from headwater.tables.identity_decisions import TABLE as DECISIONS
from headwater.tables.links import TABLE as LINKS
from headwater.tables.nodes import TABLE as NODES, opened
from headwater.tables.workspace import Publication, Workspace

EXPIRED = "expired"
MADE_OF = "identities made of"  # a mark: the rules and the versions of tables that the map was made of
ASIDE, FOCUS = "resolved_aside", "resolved_focus"
_IN_FOCUS = " OR ".join(f"{end} IN (SELECT node_id FROM {FOCUS})" for end in ENDS)


@dataclass(frozen=True)
class Resolved:
    """What came of it.

    Attributes:
        n_identifiers: all there are.
        n_profiles: all there are.
        n_aside: links that do not count, because they break a rule, are too old, or are of an identifier that names nobody.
        n_nobody: identifiers that name nobody.
        n_looked_at: identifiers that had to be looked at.
    """

    n_identifiers: int
    n_profiles: int
    n_aside: int
    n_nobody: int
    n_looked_at: int


@dataclass(frozen=True)
class Settled:
    """Who is one person.

    Attributes:
        mapping: each identifier that names somebody, and its profile.
        aside: of each link whether it counts, or why not, shape (m,); see `REASONS`.
    """

    mapping: Grouping
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
    """Bring `identity_map` up to date; `mark` is (stage, fingerprint), noted with it."""
    made_of = _made_of(workspace, rules, kinds)
    before = json.loads(workspace.snapshot.stages.get(MADE_OF, "{}"))
    is_same = before.get("rules") == made_of["rules"]
    is_added = is_same and scan_added(before["versions"], workspace)
    with workspace.publish() as out:
        if is_added:
            found = _part(Resolved(**before["resolved"]), workspace, rules, kinds, out)
        else:
            found = _whole(workspace, rules, kinds, out)
        out.mark(MADE_OF, json.dumps({**made_of, "resolved": asdict(found)}))
        out.mark(*mark)
    forget_added(workspace.engine)
    return found


def settled(known: Known, rules: Rules, kinds: Mapping[str, Identifier], engine: Engine) -> Settled:
    """Who is one person by all that is known."""
    aside, is_nobody = _ruled_out(known), known.is_nobody
    counting = np.flatnonzero(aside == 0)
    evidence = known.evidence if len(counting) == len(aside) else known.evidence.only(counting)
    found = resolve_graph(
        known.kinds,
        evidence,
        known.limits,
        lambda places, component: _told(known, counting[places], component, rules, kinds, engine),
    )
    aside[counting] = found.aside
    nodes, profiles = known.nodes, _smallest(known.nodes, found.component)
    if is_nobody.any():
        nodes, profiles = nodes[~is_nobody], profiles[~is_nobody]
    return Settled(Grouping(nodes, profiles), aside)


def _ruled_out(known: Known) -> Reasons:
    """Of each link whether it counts for nothing whatever it ties: too old, or of an identifier that names nobody."""
    evidence, is_nobody = known.evidence, known.is_nobody
    aside = np.zeros(len(evidence), dtype=np.int8)
    aside[known.expired] = _TOO_OLD
    if is_nobody.any():
        aside[is_nobody[evidence.left] | is_nobody[evidence.right]] = _NOBODY
    return aside


def _made_of(workspace: Workspace, rules: Rules, kinds: Mapping[str, Identifier]) -> dict[str, object]:
    """What the map hangs on: everything that is decided by, and the versions of what it is decided on."""
    begins = sorted((kind, at.isoformat()) for kind, at in rules.counts_from(workspace.clock).items())
    said = {name: {**dict(each), "description": ""} for name, each in rules.of.items()}
    ranked = sorted((name, kind.strength, kind.names) for name, kind in kinds.items())
    blocked = sorted((name, sorted(values)) for name, values in rules.blocked(kinds).items())
    text = json.dumps([said, begins, ranked, blocked], default=str, sort_keys=True)
    versions = {
        table.name: workspace.snapshot.versions.get(table.name) for table in (NODES, LINKS, DECISIONS)
    }
    return {"rules": hashlib.blake2b(text.encode(), digest_size=16).hexdigest(), "versions": versions}


def _whole(workspace: Workspace, rules: Rules, kinds: Mapping[str, Identifier], out: Publication) -> Resolved:
    """Look at everything."""
    engine = workspace.engine
    known = read_known(engine, workspace.clock, rules, kinds)
    found = settled(known, rules, kinds, engine)
    write_mapping(compare(read_mapping(engine), found.mapping), lambda: found.mapping, workspace, out)
    aside = aside_rows(known, found.aside)
    _write_aside(aside, "TRUE", engine, out)
    n_nodes, n_mapped = len(known.nodes), len(found.mapping.nodes)
    return Resolved(n_nodes, found.mapping.n_profiles, aside.num_rows, n_nodes - n_mapped, n_nodes)


def _part(
    before: Resolved,
    workspace: Workspace,
    rules: Rules,
    kinds: Mapping[str, Identifier],
    out: Publication,
) -> Resolved:
    """Look at what was touched, and leave all else as it is."""
    engine = workspace.engine
    focus = focus_on_added(engine)
    rows = read_rows(engine, rules).around(focus.ids)
    nobody = {BLOCKED: find_blocked(engine, rules, kinds, NEW), BEFORE: focus.nobody(rows)}
    known = known_of(rows, nobody, workspace.clock, rules, kinds)
    found = settled(known, rules, kinds, engine)
    own = among(found.mapping.nodes, distinct(focus.before.nodes, focus.new))
    after = Grouping(found.mapping.nodes[own], found.mapping.profiles[own])
    change = compare(focus.before, after)
    write_mapping(change, lambda: replaced(focus.everybody, focus.before, after), workspace, out)
    aside = aside_rows(known, found.aside)
    engine.register(FOCUS, pa.table({"node_id": focus.ids}))
    n_gone = _write_aside(aside, _IN_FOCUS, engine, out)
    engine.drop(FOCUS)
    n_mapped = len(after.nodes) - len(focus.before.nodes)
    return Resolved(
        before.n_identifiers + len(focus.new),
        before.n_profiles + after.n_profiles - focus.before.n_profiles,
        before.n_aside + aside.num_rows - n_gone,
        before.n_nobody + len(focus.new) - n_mapped,
        len(known.nodes),
    )


def aside_rows(known: Known, aside: Reasons) -> pa.Table:
    """The evidence that does not count, with why; of a link that was decided upon, the decision is what counts or does not."""
    evidence = known.evidence
    places = np.flatnonzero(aside)
    pair, decided = _pairs_of(known, places), np.flatnonzero(evidence.is_decided)
    is_last = ~np.isin(pair, _pairs_of(known, decided)) | evidence.is_decided[places]
    places = places[is_last]
    order = np.argsort(pair[is_last], kind="stable")
    codes = pa.array([REASONS.get(code, "") for code in range(_TOO_OLD + 1)], pa.string())
    return pa.table(
        {
            "node_id": known.nodes[evidence.left[places[order]]],
            "other_node_id": known.nodes[evidence.right[places[order]]],
            "reason": codes.take(pa.array(aside[places[order]])),
        },
        schema=evidence_aside.TABLE.schema,
    )


def _pairs_of(known: Known, places: Integers) -> Integers:
    """The ends of pieces of evidence, as one number each."""
    return known.evidence.left[places].astype(np.int64) << 32 | known.evidence.right[places]


def _write_aside(rows: pa.Table, replacing: str, engine: Engine, out: Publication) -> int:
    """Let these rows stand in the table instead of those for which SQL holds; gives how many that were."""
    gone = engine.table(f"SELECT * FROM evidence_aside WHERE {replacing} ORDER BY node_id, other_node_id")
    if not gone.equals(rows):
        engine.register(ASIDE, rows)
        kept = f"SELECT * FROM evidence_aside WHERE NOT ({replacing})"
        out.replace(evidence_aside.TABLE, f"{kept} UNION ALL SELECT * FROM {ASIDE}")
        engine.drop(ASIDE)
    return int(gone.num_rows)


def _smallest(ids: Integers, component: Integers) -> Integers:
    """The smallest node of each node's component; nodes ascend."""
    if not len(ids):
        return ids
    first = np.full(int(component.max()) + 1, len(ids), dtype=np.int32)
    np.minimum.at(first, component, np.arange(len(ids), dtype=np.int32))
    return ids[first[component]]


def _told(
    known: Known,
    places: Integers,
    component: Integers,
    rules: Rules,
    kinds: Mapping[str, Identifier],
    engine: Engine,
) -> Told:
    """In which order links are heard: the surest first, then those of the surer kinds, then the earlier.

    Of decisions the newest. What is still equal is ordered by what the identifiers are, and never by their numbers, which only
    tell which came first.
    """
    evidence, said, kinds = known.evidence, words(known, places, rules, engine), as_said(rules, kinds)
    strength = np.array(
        [kinds[name].strength if name in kinds else 0 for name in known.names], dtype=np.int64
    )
    ends = [strength[known.kinds[end[places]]] for end in (evidence.left, evidence.right)]
    weaker, stronger = np.minimum(*ends), np.maximum(*ends)
    at = np.where(evidence.is_decided[places], -said.first_seen, said.first_seen)
    keys = (at, -stronger, -weaker, -said.confidence)
    order = np.lexsort((*_spelled(known, places, (*keys, component), engine), *keys))
    rank = np.empty(len(places), dtype=np.int64)
    rank[order] = np.arange(len(places))
    return Told(rank, said.trusts)


def _spelled(
    known: Known, places: Integers, keys: Sequence[Integers | Numbers], engine: Engine
) -> tuple[Integers, Integers]:
    """The alphabetical places of both ends of links, the later first; 0 of those that no other link is equal to by all keys."""
    order = np.lexsort(keys)
    is_equal = np.ones(max(len(places) - 1, 0), np.bool_)
    for key in keys:
        is_equal &= key[order[1:]] == key[order[:-1]]
    tied = order[np.concatenate([is_equal, [False]]) | np.concatenate([[False], is_equal])]
    later, earlier = np.zeros(len(places), np.int64), np.zeros(len(places), np.int64)
    if len(tied):
        ends = known.evidence.left[places[tied]], known.evidence.right[places[tied]]
        spelled = _order_of_values(known, distinct(*ends), engine)
        later[tied], earlier[tied] = (
            pick(*(spelled[end] for end in ends)) for pick in (np.maximum, np.minimum)
        )
    return later, earlier


def _order_of_values(known: Known, places: Integers, engine: Engine) -> Integers:
    """Of these identifiers their places in the alphabet, shape (n,); of others 0."""
    engine.register("ranked", pa.table({"node_id": known.nodes[places]}))
    rows = engine.table(
        f"SELECT node_id FROM nodes JOIN ranked USING (node_id) ORDER BY identifier, {opened()}, value_index"
    )
    engine.drop("ranked")
    found = np.zeros(len(known.nodes), dtype=np.int64)
    found[np.searchsorted(known.nodes, rows["node_id"].to_numpy())] = np.arange(rows.num_rows)
    return found
