"""Identifier nodes: every identifier gets a dense number, once; events and evidence refer to it by that number.

Reads the usable rows of a load and `nodes`; writes `nodes` and `links`, and keeps `load_nodes`: the nodes of this load's rows.
"""

from __future__ import annotations

from headwater.engine.query import DIALECT, Query, literal, name as quoted
from headwater.engine.sealing import INDEX, SEAL
from headwater.events.step import Load
from headwater.privacy.erase import NUMBERED
from headwater.tables import links, nodes
from headwater.tables.workspace import Publication

SEEN_TOGETHER = "seen_together"
KNOWN = "known_nodes"


def write_nodes(load: Load, rows: str, out: Publication) -> None:
    """Number the identifiers that are new, and note which were seen together.

    New nodes are numbered in the order of (identifier, value), so that a load that was cut off and is taken in again gives
    the same numbers.
    """
    engine = load.workspace.engine
    engine.create("seen_identifiers", _seen(load, rows))
    if engine.create("new_nodes", _new_nodes(load)):
        out.append(nodes.TABLE, "SELECT * FROM new_nodes")
    engine.create(KNOWN, _known())
    if len(load.kinds) > 1 and engine.create("new_links", _new_links(load, rows)):
        out.append(links.TABLE, "SELECT * FROM new_links")
    engine.drop("seen_identifiers", "new_nodes", "new_links")


def node_of(load: Load, rows: str) -> Query:
    """The usable rows with `node_id`, their strongest identifier, and `other_node_ids`, the others or NULL."""
    joins = "".join(
        f" LEFT JOIN {KNOWN} AS {quoted(f'node:{kind}')} ON {quoted(f'node:{kind}')}.identifier = {_text(kind)} "
        f"AND {quoted(f'node:{kind}')}.value = loaded.{quoted(f'identifier:{kind}')}"
        for kind in load.kinds
    )
    ids = [f"{quoted(f'node:{kind}')}.node_id" for kind in load.kinds]
    own = f"coalesce({', '.join(ids)})"
    others = (
        f"nullif(list_filter([{', '.join(ids)}], lambda node: node IS NOT NULL AND node <> {own}), [])"
        if len(ids) > 1
        else "CAST(NULL AS BIGINT[])"
    )
    return Query().step(
        "with_nodes",
        f"SELECT loaded.*, {own} AS node_id, {others} AS other_node_ids FROM {quoted(rows)} AS loaded{joins}",
    )


def _seen(load: Load, rows: str) -> Query:
    """The identifiers of this load, each once: `identifier`, `value` and `value_index`."""
    seen = " UNION ALL ".join(
        f"SELECT DISTINCT {_text(kind)} AS identifier, {quoted(f'identifier:{kind}')} AS value FROM {quoted(rows)} "
        f"WHERE {quoted(f'identifier:{kind}')} IS NOT NULL"
        for kind in load.kinds
    )
    return (
        Query()
        .step("seen", seen)
        .step("indexed", f"SELECT *, {INDEX}(identifier, value) AS value_index FROM seen")
    )


def _new_nodes(load: Load) -> Query:
    """Rows of `nodes` for the identifiers that are not there yet; a number that was somebody's is given to nobody again."""
    erased = int(load.workspace.snapshot.stages.get(NUMBERED, "-1"))
    return (
        Query()
        .step("unknown", "SELECT * FROM seen_identifiers ANTI JOIN nodes USING (identifier, value_index)")
        .step(
            "numbered",
            f"SELECT greatest({erased}, (SELECT coalesce(max(node_id), -1) FROM nodes)) "
            "+ row_number() OVER (ORDER BY identifier, value) AS node_id, "
            f"identifier, {SEAL}('nodes.value', value) AS value, value_index, {_text(load.name)} AS first_source, "
            f"{literal(load.workspace.loaded_at).sql(dialect=DIALECT)} AS loaded_at FROM unknown",
        )
    )


def _known() -> str:
    """SQL: `node_id`, `identifier` and `value` of this load's identifiers, as they are compared and not sealed."""
    numbered = "SELECT node_id, identifier, value_index FROM"
    return (
        f"SELECT node_id, identifier, value FROM ({numbered} nodes UNION ALL {numbered} new_nodes) AS numbered "
        "JOIN seen_identifiers USING (identifier, value_index)"
    )


def _new_links(load: Load, rows: str) -> Query:
    """Evidence that is not there yet, or is there as seen later: that way round, the order of loading never shows."""
    at = "min(occurred_at)" if load.source.event else literal(load.workspace.clock.now()).sql(dialect=DIALECT)
    return (
        node_of(load, rows)
        .step(
            "pairs",
            "SELECT *, unnest(other_node_ids) AS paired FROM with_nodes WHERE other_node_ids IS NOT NULL",
        )
        .step(
            "evidence",
            "SELECT least(node_id, paired) AS node_id, greatest(node_id, paired) AS other_node_id, "
            f"{_text(SEEN_TOGETHER)} AS rule, {_text(load.name)} AS source, {at} AS first_seen_at, "
            "CAST(1 AS DOUBLE) AS confidence, FALSE AS is_revoked FROM pairs GROUP BY 1, 2",
        )
        .step(
            "unknown",
            "SELECT evidence.* FROM evidence ANTI JOIN links ON links.node_id = evidence.node_id "
            "AND links.other_node_id = evidence.other_node_id AND links.rule = evidence.rule "
            "AND links.source = evidence.source AND coalesce(links.first_seen_at <= evidence.first_seen_at, TRUE)",
        )
    )


def _text(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
