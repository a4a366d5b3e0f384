"""All that is known of who is who, as arrays: identifiers, what ties them, what was decided of them, and which count for nothing.

Reads `nodes`, `links`, `identity_decisions` and the rules of the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.engine.engine import Engine
from headwater.engine.query import DIALECT, literal
from headwater.identity.declare import Rules
from headwater.identity.graph import Evidence, Flags, Integers, Limits
from headwater.identity.identifier import Identifier
from headwater.tables.workspace import Workspace

SAME, DIFFERENT, WITHDRAWN = "same", "different", "withdrawn"
BLOCKED, CROWDED = "blocked", "crowded"
ALIKE = "alike"  # the rule of links that likeness makes
_EVERY_KIND = (1 << 62) - 1
NEWEST_DECISIONS = (  # of each pair the one that counts
    "SELECT * FROM identity_decisions "
    "QUALIFY row_number() OVER (PARTITION BY node_id, other_node_id ORDER BY decided_at DESC, verdict) = 1"
)
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Links:
    """What ties identifiers, one row a pair: of several sources and rules the earliest and the surest word.

    Attributes:
        evidence: the pairs, shape (m,).
        first_seen: microseconds since 1970; of a decision when it was taken, shape (m,).
        confidence: from 0 to 1, shape (m,).
    """

    evidence: Evidence
    first_seen: Integers
    confidence: Numbers


@dataclass(frozen=True)
class Known:
    """Everything that resolving goes by. Identifiers are named by their places in `nodes`.

    Attributes:
        nodes: ascending, shape (n,).
        kinds: of each, as a place in `names`, shape (n,).
        names: the kinds there are.
        nobody: identifiers that name nobody, by why: `blocked` or `crowded`.
        links: what ties them, decisions included.
        expired: whether a link is too old to count, shape (m,).
        limits: what counts against it.
    """

    nodes: Integers
    kinds: Integers
    names: tuple[str, ...]
    nobody: Mapping[str, Integers]
    links: Links
    expired: Flags
    limits: Limits

    @property
    def is_nobody(self) -> Flags:
        """Whether each identifier names nobody, shape (n,)."""
        found = np.zeros(len(self.nodes), dtype=np.bool_)
        for places in self.nobody.values():
            found[places] = True
        return found


def read_known(
    workspace: Workspace, rules: Rules, kinds: Mapping[str, Identifier], links_in: str = "links"
) -> Known:
    """Everything that is known, as the tables have it; `links_in`: what is read in place of `links`."""
    engine = workspace.engine
    table = engine.table("SELECT node_id, identifier FROM nodes ORDER BY node_id")
    nodes = _integers(table, "node_id")
    coded = pc.dictionary_encode(table["identifier"].combine_chunks())
    names = tuple(coded.dictionary.to_pylist())
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    decisions = engine.table(f"SELECT *, epoch_us(decided_at) AS at FROM ({NEWEST_DECISIONS}) AS newest")
    links, is_seen = _links(engine, nodes, names, rules, decisions, links_in)
    nobody = {
        BLOCKED: _blocked(workspace, nodes, rules, kinds),
        CROWDED: _crowded(codes, names, links.evidence.only(is_seen), rules),
    }
    return Known(
        nodes,
        codes,
        names,
        nobody,
        links,
        _expired(codes, names, links, rules, workspace),
        Limits(
            np.array([_most(rules, name) for name in names], dtype=np.int64),
            np.array([name not in kinds or kinds[name].names != "device" for name in names], dtype=np.bool_),
            _apart(decisions, nodes),
        ),
    )


def _links(
    engine: Engine,
    nodes: Integers,
    names: tuple[str, ...],
    rules: Rules,
    decisions: pa.Table,
    links_in: str,
) -> tuple[Links, Flags]:
    """Evidence and decisions that two are one, one row a pair; and which of it was seen, neither decided nor told by likeness.

    Likeness speaks where nothing else does: it makes what was seen neither older nor surer, and no source is trusted for it.
    """
    is_seen = f"rule IS DISTINCT FROM '{ALIKE}'"
    at, sure = "epoch_us(first_seen_at)", "coalesce(confidence, 1)"
    trusts = f"CASE WHEN {is_seen} THEN {_trusts(names, rules)} ELSE 0 END"
    seen = engine.table(
        f"SELECT node_id, other_node_id, coalesce(min({at}) FILTER (WHERE {is_seen}), min({at}), 0) AS at, "
        f"coalesce(max({sure}) FILTER (WHERE {is_seen}), max({sure})) AS confidence, "
        f"CAST(bit_or({trusts}) AS BIGINT) AS trusts, bool_or({is_seen}) AS is_seen FROM {links_in} "
        "WHERE NOT is_revoked AND node_id <> other_node_id GROUP BY node_id, other_node_id"
    )
    same = decisions.filter(pc.equal(decisions["verdict"], SAME))
    n_seen, n_same = seen.num_rows, same.num_rows
    ends = [
        np.concatenate([_integers(seen, end), _integers(same, end)]) for end in ("node_id", "other_node_id")
    ]
    evidence = Evidence(
        np.searchsorted(nodes, ends[0]),
        np.searchsorted(nodes, ends[1]),
        np.concatenate([np.zeros(n_seen, np.bool_), np.ones(n_same, np.bool_)]),
        np.concatenate([_integers(seen, "trusts"), np.full(n_same, _EVERY_KIND, np.int64)]),
    )
    confidence = np.concatenate([_numbers(seen, "confidence"), np.ones(n_same)])
    was_seen = np.asarray(seen["is_seen"].to_numpy(zero_copy_only=False), dtype=np.bool_)
    links = Links(evidence, np.concatenate([_integers(seen, "at"), _integers(same, "at")]), confidence)
    return links, np.concatenate([was_seen, np.zeros(n_same, np.bool_)])


def _trusts(names: tuple[str, ...], rules: Rules) -> str:
    """SQL: the bits of the kinds beyond whose limit a source may go."""
    bits: dict[str, int] = {}
    for place, name in enumerate(names):
        for source in rules.of[name].trusted_sources if name in rules.of else ():
            bits[source] = bits.get(source, 0) | 1 << place
    cases = " ".join(f"WHEN {_text(source)} THEN {number}" for source, number in sorted(bits.items()))
    return f"CAST(CASE source {cases} ELSE 0 END AS BIGINT)" if cases else "CAST(0 AS BIGINT)"


def _blocked(
    workspace: Workspace, nodes: Integers, rules: Rules, kinds: Mapping[str, Identifier]
) -> Integers:
    index = workspace.seals.index_text
    wanted = " OR ".join(
        f"(identifier = {_text(kind)} AND value_index IN ({', '.join(_text(index(each, kind)) for each in sorted(values))}))"
        for kind, values in rules.blocked(kinds).items()
    )
    if not wanted:
        return np.zeros(0, dtype=np.int64)
    found = workspace.engine.table(f"SELECT node_id FROM nodes WHERE {wanted}")
    return np.asarray(np.searchsorted(nodes, _integers(found, "node_id")), dtype=np.int64)


def _crowded(codes: Integers, names: tuple[str, ...], seen: Evidence, rules: Rules) -> Integers:
    """The identifiers that are seen with more others than one of their kind may be."""
    most = np.array(
        [(rules.of[name].most_linked if name in rules.of else None) or -1 for name in names], dtype=np.int64
    )
    if not (most > 0).any():
        return np.zeros(0, dtype=np.int64)
    n_others = np.bincount(np.concatenate([seen.left, seen.right]), minlength=len(codes))
    return np.flatnonzero((most[codes] > 0) & (n_others > most[codes]))


def _expired(
    codes: Integers, names: tuple[str, ...], links: Links, rules: Rules, workspace: Workspace
) -> Flags:
    """Whether each link is older than evidence by the kind of either end lasts."""
    begins = {
        name: int(moment.timestamp() * 1_000_000)
        for name, moment in rules.counts_from(workspace.clock).items()
    }
    counts_from = np.array([begins.get(name, np.iinfo(np.int64).min) for name in names], dtype=np.int64)
    ends = (counts_from[codes[end]] for end in (links.evidence.left, links.evidence.right))
    return np.asarray((links.first_seen < np.maximum(*ends)) & ~links.evidence.is_decided)


def _most(rules: Rules, name: str) -> int:
    most = rules.of[name].most_per_profile if name in rules.of else None
    return -1 if most is None else most


def _apart(decisions: pa.Table, nodes: Integers) -> Integers:
    different = decisions.filter(pc.equal(decisions["verdict"], DIFFERENT))
    ends = [np.searchsorted(nodes, _integers(different, end)) for end in ("node_id", "other_node_id")]
    return np.stack(ends, axis=1).astype(np.int64)


def _integers(table: pa.Table, name: str) -> Integers:
    return np.asarray(table.column(name).to_numpy(), dtype=np.int64)


def _numbers(table: pa.Table, name: str) -> Numbers:
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def _text(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
