"""All that is known of who is who, as arrays: identifiers, what ties them, what was decided of them, and which count for nothing.

Reads `nodes`, `links`, `identity_decisions` and the rules of the project. What matters only where a rule is broken (when a link
was first seen, how sure it is, who says so) is read when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.core.clock import Clock
from headwater.engine.engine import Engine
from headwater.engine.query import DIALECT, literal
from headwater.engine.sealing import INDEX
from headwater.identity.declare import Rules
from headwater.identity.graph import Evidence, Flags, Integers, Limits
from headwater.identity.identifier import Identifier
from headwater.identity.places import Places, among, distinct

SAME, DIFFERENT, WITHDRAWN = "same", "different", "withdrawn"
BLOCKED, CROWDED, BEFORE = "blocked", "crowded", "before"
ALIKE = "alike"  # the rule of links that likeness makes
ENDS = ("node_id", "other_node_id")
_EVERY_KIND = (1 << 62) - 1
_HEARD = "links_heard"
# Likeness speaks where nothing else does: it makes what was seen neither older nor surer, and no source is trusted for it.
_IS_SEEN = f"rule IS DISTINCT FROM '{ALIKE}'"
_SEEN = f"WHERE {_IS_SEEN}"
_FIRST_SEEN = f"coalesce(min(epoch_us(first_seen_at)) FILTER ({_SEEN}), min(epoch_us(first_seen_at)), 0)"
NEWEST_DECISIONS = (  # of each pair the one that counts
    "SELECT * FROM identity_decisions "
    "QUALIFY row_number() OVER (PARTITION BY node_id, other_node_id ORDER BY decided_at DESC, verdict) = 1"
)
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """What the tables hold of identifiers, links and decisions.

    Attributes:
        nodes: the identifiers, ascending, shape (n,).
        kinds: of each, as a place in `names`, shape (n,).
        names: the kinds there are.
        left, right: the nodes that links tie, in any order, repeated or not, shape (m,).
        first_seen: of each link, in microseconds since 1970; empty if no rule asks for it.
        decisions: the newest of each pair, with `at`, when it was taken, in microseconds.
        alike: the ends of pairs that likeness alone ties.
        links_in: the relation that links were read from.
    """

    nodes: Integers
    kinds: Integers
    names: tuple[str, ...]
    left: Integers
    right: Integers
    first_seen: Integers
    decisions: pa.Table
    alike: tuple[Integers, Integers]
    links_in: str = "links"

    def around(self, focus: Integers) -> Rows:
        """The identifiers in focus, all that ties them, and whom it ties them to."""
        tied = among(self.left, focus) | among(self.right, focus)
        left, right = self.left[tied], self.right[tied]
        ends = [integers(self.decisions, end) for end in ENDS]
        is_decided = among(ends[0], focus) | among(ends[1], focus)
        own = among(self.nodes, distinct(focus, left, right, *(end[is_decided] for end in ends)))
        first_seen = self.first_seen[tied] if len(self.first_seen) else self.first_seen
        decisions = self.decisions.filter(pa.array(is_decided))
        by_likeness = among(self.alike[0], focus) | among(self.alike[1], focus)
        alike = (self.alike[0][by_likeness], self.alike[1][by_likeness])
        nodes, kinds = self.nodes[own], self.kinds[own]
        return Rows(nodes, kinds, self.names, left, right, first_seen, decisions, alike, self.links_in)


@dataclass(frozen=True)
class Known:
    """Everything that resolving goes by. Identifiers are named by their places in `nodes`.

    Attributes:
        nodes: ascending, shape (n,).
        kinds: of each, as a place in `names`, shape (n,).
        names: the kinds there are.
        nobody: identifiers that name nobody, by why: `blocked`, `crowded`, or known `before`.
        evidence: the pairs that are tied, by places; a pair once, and once more if somebody decided it, shape (m,).
        decided_at: of each decision among these when it was taken, in microseconds since 1970.
        expired: whether a link is too old to count, shape (m,).
        limits: what counts against it.
        links_in: the relation that links were read from.
    """

    nodes: Integers
    kinds: Integers
    names: tuple[str, ...]
    nobody: Mapping[str, Integers]
    evidence: Evidence
    decided_at: Integers
    expired: Flags
    limits: Limits
    links_in: str = "links"

    @property
    def is_nobody(self) -> Flags:
        """Whether each identifier names nobody, shape (n,)."""
        found = np.zeros(len(self.nodes), dtype=np.bool_)
        for places in self.nobody.values():
            found[places] = True
        return found


@dataclass(frozen=True)
class Words:
    """What is said of links: of several sources and rules the earliest and the surest word.

    Attributes:
        first_seen: microseconds since 1970; of a decision when it was taken, shape (k,).
        confidence: from 0 to 1, shape (k,).
        trusts: bits of the kinds beyond whose limit it may go, shape (k,).
    """

    first_seen: Integers
    confidence: Numbers
    trusts: Integers


def read_rows(engine: Engine, rules: Rules, links_in: str = "links") -> Rows:
    """All that the tables hold; of it only the columns that rules ask for. `links_in`: what is read in place of `links`."""
    decisions = engine.table(f"SELECT *, epoch_us(decided_at) AS at FROM ({NEWEST_DECISIONS}) AS newest")
    links = _links(engine, links_in, is_timed=rules.moves_with_time)
    return Rows(*_identifiers(engine), *links, decisions, _alike(engine, links_in), links_in)


def read_known(
    engine: Engine, clock: Clock, rules: Rules, kinds: Mapping[str, Identifier], links_in: str = "links"
) -> Known:
    """All that is known, as the tables have it; `links_in`: what is read in place of `links`."""
    blocked = find_blocked(engine, rules, kinds)
    return known_of(read_rows(engine, rules, links_in), {BLOCKED: blocked}, clock, rules, kinds)


def known_of(
    rows: Rows,
    nobody: Mapping[str, Integers],
    clock: Clock,
    rules: Rules,
    kinds: Mapping[str, Identifier],
) -> Known:
    """What rows say.

    Args:
        rows: all there are, or some identifiers with everything around them.
        nobody: nodes of which it is known already that they name nobody, by why.
        clock: says what is too old.
        rules: of the project.
        kinds: the kinds of identifier.
    """
    places, names = Places(rows.nodes), rows.names
    begins = {kind: int(at.timestamp() * 1_000_000) for kind, at in rules.counts_from(clock).items()}
    pairs, first_seen = _pairs(rows, places)
    expired = _expired(rows.kinds, names, pairs, first_seen, begins)
    evidence, decided_at, order = _with_decisions(pairs, rows.decisions, places)
    return Known(
        rows.nodes,
        rows.kinds,
        names,
        {
            **{why: places.of(found) for why, found in nobody.items()},
            CROWDED: _crowded(rows.kinds, names, _seen(pairs, rows.alike, places), rules),
        },
        evidence,
        decided_at,
        np.concatenate([expired, np.zeros(len(decided_at), np.bool_)])[order],
        Limits(
            np.array([_most(rules, name) for name in names], dtype=np.int64),
            np.array([name not in kinds or kinds[name].names != "device" for name in names], dtype=np.bool_),
            _apart(rows.decisions, places),
        ),
        rows.links_in,
    )


def words(known: Known, places: Integers, rules: Rules, engine: Engine) -> Words:
    """What is said of some pieces of the evidence."""
    is_decided = known.evidence.is_decided[places]
    first_seen, trusts = np.zeros(len(places), np.int64), np.full(len(places), _EVERY_KIND, np.int64)
    confidence = np.ones(len(places))
    decided = np.flatnonzero(known.evidence.is_decided)
    first_seen[is_decided] = known.decided_at[np.searchsorted(decided, places[is_decided])]
    seen = np.flatnonzero(~is_decided)
    told = _told(known, places[seen], rules, engine)
    first_seen[seen], trusts[seen] = integers(told, "at"), integers(told, "trusts")
    confidence[seen] = np.asarray(told["confidence"].to_numpy(), dtype=np.float64)
    return Words(first_seen, confidence, trusts)


def _told(known: Known, places: Integers, rules: Rules, engine: Engine) -> pa.Table:
    """Of links, a row each in their order, what all sources and rules say."""
    left, right = known.nodes[known.evidence.left[places]], known.nodes[known.evidence.right[places]]
    heard = {"place": np.arange(len(places)), "node_id": left, "other_node_id": right}
    engine.register(_HEARD, pa.table(heard))
    told = engine.table(
        f"SELECT place, {_FIRST_SEEN} AS at, "
        f"coalesce(max(coalesce(confidence, 1)) FILTER ({_SEEN}), max(confidence), 1) AS confidence, "
        f"CAST(bit_or(CASE WHEN {_IS_SEEN} THEN {_trusts(known.names, rules)} ELSE 0 END) AS BIGINT) AS trusts "
        f"FROM {known.links_in} JOIN {_HEARD} USING (node_id, other_node_id) "
        "WHERE NOT is_revoked GROUP BY place ORDER BY place"
    )
    engine.drop(_HEARD)
    return told


def _identifiers(engine: Engine) -> tuple[Integers, Integers, tuple[str, ...]]:
    """The identifiers, ascending; of each its kind, as a place among the names of kinds."""
    found = engine.table("SELECT DISTINCT identifier FROM nodes WHERE identifier IS NOT NULL")
    names = tuple(sorted(found["identifier"].to_pylist()))
    cases = " ".join(f"WHEN {_text(name)} THEN {place}" for place, name in enumerate(names))
    code = f"CAST(CASE identifier {cases} END AS SMALLINT)" if cases else "CAST(NULL AS SMALLINT)"
    # Texts would have to be copied for every identifier; and the rows of a file ascend already.
    table = engine.table(f"SELECT node_id, {code} AS kind FROM nodes")
    ids, kinds = integers(table, "node_id"), np.asarray(table["kind"].to_numpy(), dtype=np.int16)
    if np.any(ids[1:] < ids[:-1]):
        order = np.argsort(ids, kind="stable")
        ids, kinds = ids[order], kinds[order]
    return ids, kinds, names


def _links(engine: Engine, links_in: str, *, is_timed: bool) -> tuple[Integers, Integers, Integers]:
    """What links tie; and, if that matters, when each pair was first seen."""
    times, group = (f", {_FIRST_SEEN} AS at", " GROUP BY node_id, other_node_id") if is_timed else ("", "")
    table = engine.table(
        f"SELECT node_id, other_node_id{times} FROM {links_in} WHERE NOT is_revoked AND node_id <> other_node_id{group}"
    )
    first_seen = integers(table, "at") if is_timed else _NONE
    return integers(table, "node_id"), integers(table, "other_node_id"), first_seen


def _alike(engine: Engine, links_in: str) -> tuple[Integers, Integers]:
    """The pairs that likeness alone ties."""
    found = engine.table(
        f"SELECT DISTINCT node_id, other_node_id FROM {links_in} WHERE NOT is_revoked AND rule = '{ALIKE}'"
    )
    if found.num_rows:
        engine.register(_HEARD, found)
        found = engine.table(
            f"SELECT * FROM {_HEARD} ANTI JOIN (SELECT * FROM {links_in} WHERE NOT is_revoked AND {_IS_SEEN}) AS seen "
            "USING (node_id, other_node_id)"
        )
        engine.drop(_HEARD)
    return integers(found, "node_id"), integers(found, "other_node_id")


def _seen(pairs: Evidence, alike: tuple[Integers, Integers], places: Places) -> Evidence:
    """The pairs but for those that likeness alone ties."""
    if not len(alike[0]):
        return pairs
    told = _pair(*(places.of(end) for end in alike))
    return pairs.only(~np.isin(_pair(pairs.left, pairs.right), told))


def _pairs(rows: Rows, places: Places) -> tuple[Evidence, Integers]:
    """The pairs that are tied, each once, in order; and, if that matters, when each was first seen."""
    pair, first_seen = _pair(places.of(rows.left), places.of(rows.right)), rows.first_seen
    if len(first_seen):
        order = np.argsort(pair)
        pair, first_seen = pair[order], first_seen[order]
    elif np.any(pair[1:] <= pair[:-1]):
        pair = distinct(pair)
    return Evidence(*_ends(pair), np.zeros(len(pair), np.bool_)), first_seen


def _pair(left: Integers, right: Integers) -> npt.NDArray[np.int64]:
    """Two places as one number, by which pairs can be compared and sorted."""
    return np.asarray(left.astype(np.int64) << 32 | right)


def _ends(pair: npt.NDArray[np.int64]) -> tuple[Integers, Integers]:
    return (pair >> 32).astype(np.int32), pair.astype(np.int32)


def _with_decisions(
    pairs: Evidence, decisions: pa.Table, places: Places
) -> tuple[Evidence, Integers, Integers | slice]:
    """The links and what was decided to be one, in order; when that was decided; and where each came from."""
    same = decisions.filter(pc.equal(decisions["verdict"], SAME))
    if not same.num_rows:
        return pairs, _NONE, slice(None)
    ends = [
        np.concatenate([held, places.of(integers(same, name))])
        for held, name in zip((pairs.left, pairs.right), ENDS, strict=True)
    ]
    order = np.argsort(_pair(*ends), kind="stable")
    is_decided = order >= len(pairs)
    at = integers(same, "at")[order[is_decided] - len(pairs)]
    return Evidence(ends[0][order], ends[1][order], is_decided), at, order


def _trusts(names: tuple[str, ...], rules: Rules) -> str:
    """SQL: the bits of the kinds beyond whose limit a source may go."""
    bits: dict[str, int] = {}
    for place, name in enumerate(names):
        for source in rules.of[name].trusted_sources if name in rules.of else ():
            bits[source] = bits.get(source, 0) | 1 << place
    cases = " ".join(f"WHEN {_text(source)} THEN {number}" for source, number in sorted(bits.items()))
    return f"CAST(CASE source {cases} ELSE 0 END AS BIGINT)" if cases else "CAST(0 AS BIGINT)"


def find_blocked(
    engine: Engine, rules: Rules, kinds: Mapping[str, Identifier], nodes: str = "nodes"
) -> Integers:
    """The nodes whose values are blocked; `nodes`: the relation to look in."""
    wanted = " OR ".join(
        f"(identifier = {_text(kind)} AND value_index IN ({', '.join(_index(kind, each) for each in sorted(values))}))"
        for kind, values in rules.blocked(kinds).items()
    )
    if not wanted:
        return _NONE
    return integers(engine.table(f"SELECT node_id FROM {nodes} WHERE {wanted}"), "node_id")


def _index(kind: str, value: str) -> str:
    return f"{INDEX}({_text(kind)}, {_text(value)})"


def _crowded(codes: Integers, names: tuple[str, ...], pairs: Evidence, rules: Rules) -> Integers:
    """The identifiers that are seen with more others than one of their kind may be."""
    most = np.array(
        [(rules.of[name].most_linked if name in rules.of else None) or -1 for name in names], dtype=np.int64
    )
    if not (most > 0).any():
        return _NONE
    n_others = np.bincount(pairs.left, minlength=len(codes)) + np.bincount(pairs.right, minlength=len(codes))
    return np.flatnonzero((most[codes] > 0) & (n_others > most[codes]))


def _expired(
    codes: Integers, names: tuple[str, ...], pairs: Evidence, first_seen: Integers, begins: Mapping[str, int]
) -> Flags:
    """Whether each link is older than evidence by the kind of either end lasts."""
    if not begins:
        return np.zeros(len(pairs), dtype=np.bool_)
    counts_from = np.array([begins.get(name, np.iinfo(np.int64).min) for name in names], dtype=np.int64)
    left, right = (counts_from[codes[end]] for end in (pairs.left, pairs.right))
    return np.asarray(first_seen < np.maximum(left, right))


def _most(rules: Rules, name: str) -> int:
    most = rules.of[name].most_per_profile if name in rules.of else None
    return -1 if most is None else most


def _apart(decisions: pa.Table, places: Places) -> Integers:
    different = decisions.filter(pc.equal(decisions["verdict"], DIFFERENT))
    ends = [places.of(integers(different, end)) for end in ENDS]
    return np.stack(ends, axis=1).astype(np.int64)


_NONE: Integers = np.zeros(0, dtype=np.int64)


def integers(table: pa.Table, name: str) -> npt.NDArray[np.int64]:
    """A column of whole numbers, none of them missing."""
    return np.asarray(table.column(name).to_numpy(), dtype=np.int64)


def _text(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
