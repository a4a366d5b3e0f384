"""The records that a model compares: one of each identifier that something is known of that can be alike.

Reads `attributes`, `nodes`, and of `links` what was seen. A record is not a profile: it is what sources state of one
identifier (the strongest of their rows), and the weaker ones that they state beside it. So what is found is evidence about
identifiers, and what was found before plays no part in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from headwater.engine.query import DIALECT, Query, column, literal, name as quoted
from headwater.identity.declare import Rules, as_said
from headwater.identity.evidence import ALIKE, read_known
from headwater.identity.identifier import Identifier
from headwater.identity.likeness.declare import SOURCE, Model, columns_of
from headwater.sources.mapping import rank_of_source
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

RECORDS, _NOBODY = "match_records", "match_nobody"
ID, NODE, AT = "id", "node_id", "stated_at"


@dataclass(frozen=True)
class Records:
    """What is compared.

    Attributes:
        rows: `id` (0, 1, …, whatever order things came in), `node_id`, `source` that named it first, `stated_at`, and a text
            column a field.
        fed_by: of each of those columns, if it holds anything, the attributes and identifiers that fill it.
        digest: changes when any of it does.
    """

    rows: pa.Table
    fed_by: Mapping[str, tuple[str, ...]]
    digest: str


@dataclass(frozen=True)
class _Slot:
    """Something that fills a column of a record, if nothing of a lower rank does: SQL over `stated` or `named`."""

    column: str
    rank: int
    told_by: str
    rows: str


def read_records(
    model: Model, workspace: Workspace, rules: Rules, kinds: Mapping[str, Identifier]
) -> Records:
    """The records of a project as a model looks at them."""
    engine, kinds = workspace.engine, as_said(rules, kinds)
    slots = _slots(
        model, _names("attribute", "attributes", workspace), _names("identifier", "nodes", workspace), kinds
    )
    columns = list(dict.fromkeys(slot.column for slot in slots))
    if not columns:
        return Records(pa.table({ID: pa.array([], pa.int64())}), {}, "")
    engine.register(_NOBODY, _nobody(workspace, rules, kinds))
    engine.create(RECORDS, _query(model, slots, columns, workspace, kinds))
    engine.drop(_NOBODY)
    rows = engine.table(f"SELECT * FROM {RECORDS} ORDER BY {ID}")
    digest = engine.table(
        f"SELECT CAST(bit_xor(hash({', '.join(map(quoted, rows.column_names))})) AS VARCHAR) FROM {RECORDS}"
    )
    engine.drop(RECORDS)
    filled = [name for name in columns if rows[name].null_count < len(rows)]
    fed_by = {name: tuple(slot.told_by for slot in slots if slot.column == name) for name in filled}
    return Records(rows, fed_by, f"{len(rows)} {digest.column(0)[0].as_py()}")


def _names(column: str, table: str, workspace: Workspace) -> list[str]:
    """What there is in a column, sorted."""
    found = workspace.engine.table(f"SELECT DISTINCT {column} FROM {table} ORDER BY 1")
    return [str(each) for each in found[column].to_pylist()]


def _slots(
    model: Model, stated: list[str], identifiers: list[str], kinds: Mapping[str, Identifier]
) -> list[_Slot]:
    """What fills records: first attributes in the order of the file, then identifiers."""
    attributes = {name: each for name, each in model.attributes(stated).items() if name in stated}
    columns = columns_of({name: each.kind for name, each in attributes.items()})
    slots: list[_Slot] = []
    for name, each in attributes.items():
        value = _written(each.format) if each.kind == "birth_date" else "value"
        rows = f"SELECT node_id, {value} AS value, stated_at, TRUE AS is_said FROM stated WHERE attribute = {_text(name)}"
        slots.append(_Slot(columns[name], len(slots), name, rows))
    for kind in model.identifiers:
        for holds, to_sql in kinds[kind].compared_as.items() if kind in identifiers else ():
            value = to_sql(column("value")).sql(dialect=DIALECT)
            rows = f"SELECT node_id, {value} AS value, stated_at, FALSE AS is_said FROM named WHERE identifier = {_text(kind)}"
            slots.append(_Slot(holds, len(slots), f"identifier {kind}", rows))
    return slots


def _written(form: str) -> str:
    """A birth date as ISO 8601, if it is written in a form; else as it stands."""
    return f"coalesce(strftime(try_strptime(value, {_text(form)}), '%Y-%m-%d'), value)"


def _nobody(workspace: Workspace, rules: Rules, kinds: Mapping[str, Identifier]) -> pa.Table:
    """The identifiers that name nobody: neither are they records, nor does it say anything to share one."""
    known = read_known(workspace.engine, workspace.clock, rules, kinds)
    return pa.table({"node_id": pa.array(known.nodes[known.is_nobody], pa.int64())})


def _query(
    model: Model,
    slots: list[_Slot],
    columns: list[str],
    workspace: Workspace,
    kinds: Mapping[str, Identifier],
) -> Query:
    told = " UNION ALL ".join(
        f"SELECT *, {_text(slot.column)} AS field, {slot.rank} AS place FROM ({slot.rows}) AS slot_{slot.rank}"
        for slot in slots
    )
    filled = ", ".join(
        f"max(value) FILTER (WHERE field = {_text(name)}) AS {quoted(name)}" for name in columns
    )
    whom = [
        name for name, kind in kinds.items() if model.said.level == "household" or kind.names != "household"
    ]
    order = workspace.project.config.ranked_sources
    return (
        Query()
        .step("stated", _stated(order, workspace.project.config.time_zone))
        .step("seen", _seen(model, kinds))
        .step("nearest", _nearest(order))
        .step(
            "named",
            f"SELECT nearest.*, {opened()} AS value FROM nearest JOIN nodes ON nodes.node_id = seen_id",
        )
        .step("told", told)
        .step("known", "SELECT * FROM told WHERE trim(value) <> ''")
        .step(
            "chosen",
            "SELECT node_id, field, arg_min(value, place) AS value, max(stated_at) AS stated_at, bool_or(is_said) AS is_said "
            "FROM known GROUP BY node_id, field",
        )
        # An e-mail address alone is no record: whoever has the same is tied by it already.
        .step(
            "records",
            f"SELECT node_id, max(stated_at) AS {AT}, {filled} FROM chosen GROUP BY node_id "
            "HAVING bool_or(is_said) OR count(*) > 1",
        )
        .step(
            "of_somebody",
            f"SELECT records.*, identifier, first_source AS {SOURCE}, value_index "
            "FROM records JOIN nodes USING (node_id) "
            f"ANTI JOIN {_NOBODY} USING (node_id) WHERE identifier IN ({', '.join(map(_text, whom))})",
        )
        .step(
            "rows",
            f"SELECT row_number() OVER (ORDER BY identifier, value_index) - 1 AS {ID}, node_id, {SOURCE}, {AT}, "
            f"{', '.join(map(quoted, columns))} FROM of_somebody",
        )
    )


def _stated(order: tuple[str, ...], zone: str) -> str:
    """Of each identifier and attribute what counts, as text: by the priority of sources, then the newest; a moment as its day."""
    number, boolean = quoted("number"), quoted("boolean")
    whole = f"CASE WHEN {number} = trunc({number}) THEN format('{{:.0f}}', {number}) END"
    day = f"strftime((instant AT TIME ZONE 'UTC') AT TIME ZONE {_text(zone)}, '%Y-%m-%d')"
    value = ", ".join(
        [
            quoted("text"),
            whole,
            f"CAST({number} AS VARCHAR)",
            day,
            f"CAST({boolean} AS VARCHAR)",
        ]
    )
    return (
        f"SELECT node_id, attribute, coalesce({value}) AS value, stated_at FROM attributes QUALIFY row_number() OVER "
        f"(PARTITION BY node_id, attribute ORDER BY {rank_of_source(order)}, stated_at DESC, source) = 1"
    )


def _seen(model: Model, kinds: Mapping[str, Identifier]) -> str:
    """The identifiers that are compared, each with those it was seen with that are stronger, and with itself."""
    compared = ", ".join(map(_text, model.identifiers)) or "NULL"
    strength = " ".join(f"WHEN {_text(name)} THEN {kind.strength}" for name, kind in kinds.items())
    ties = " UNION ALL ".join(
        f"SELECT {one} AS node_id, {other} AS seen_id, source, first_seen_at AS stated_at FROM links "
        f"WHERE NOT is_revoked AND rule <> {_text(ALIKE)} AND node_id <> other_node_id"
        for one, other in (("node_id", "other_node_id"), ("other_node_id", "node_id"))
    )
    of = "CASE {}.identifier " + strength + " ELSE 0 END"
    return (
        f"SELECT ties.node_id, seen_id, source, stated_at FROM ({ties}) AS ties JOIN nodes AS own USING (node_id) "
        "JOIN nodes AS other ON other.node_id = seen_id "
        f"WHERE other.identifier IN ({compared}) AND {of.format('own')} > {of.format('other')} UNION ALL "
        f"SELECT node_id, node_id, NULL, NULL FROM nodes WHERE identifier IN ({compared})"
    )


def _nearest(order: tuple[str, ...]) -> str:
    """Of each record and kind the identifier that counts: its own, or by the priority of sources, then the newest."""
    return (
        "SELECT seen.node_id, seen_id, identifier, stated_at FROM seen JOIN nodes ON nodes.node_id = seen_id "
        f"WHERE seen_id NOT IN (SELECT node_id FROM {_NOBODY}) "
        "QUALIFY row_number() OVER (PARTITION BY seen.node_id, identifier ORDER BY seen.node_id <> seen_id, "
        f"{rank_of_source(order)}, stated_at DESC, value_index) = 1"
    )


def _text(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
