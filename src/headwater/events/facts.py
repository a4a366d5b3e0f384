"""What a load states: events, and attributes of people; `consents.py` has their consents.

Reads the usable rows of a load, with their nodes. Attributes are a history: a statement is added
only where it differs from the newest one that the same source made of the same identifier, or comes live.
"""

from __future__ import annotations

from collections.abc import Mapping

from headwater.engine.query import DIALECT, literal, name as quoted
from headwater.events.nodes import node_of
from headwater.events.step import Load
from headwater.sources.mapping import typed_null
from headwater.tables import attributes, events
from headwater.tables.table import VALUE_TYPES
from headwater.tables.workspace import Publication


def write_events(load: Load, rows: str, out: Publication) -> None:
    """Append the usable rows as events."""
    if not load.source.event:
        return
    constants = _constants(load)
    columns = ", ".join(_event_columns(load, constants))
    query = node_of(load, rows).step("rows", f"SELECT {columns} FROM with_nodes")
    out.append(events.TABLE, query, constants=constants)


def write_attributes(load: Load, rows: str, out: Publication) -> None:
    """Append what rows state of people and had not stated before; within a load, the last row speaks."""
    if not load.source.attributes:
        return
    stated = " UNION ALL ".join(
        _stated(load, name, attribute.type) for name, attribute in load.source.attribute_columns().items()
    )
    query = (
        node_of(load, rows)
        .step("every_statement", stated)
        .step("stated", _last_said("attribute"))
        .step("known", _newest("attributes", load, "attribute"))
        .step(
            "news",
            f"SELECT stated.* REPLACE ({_after_known(load)} AS stated_at) "
            "FROM stated LEFT JOIN known USING (node_id, attribute) WHERE known.node_id IS NULL OR "
            f"({_values_of('stated')}) IS DISTINCT FROM ({_values_of('known')}){_or_again('stated', load)}",
        )
    )
    if load.workspace.engine.create("news_to_append", query):
        out.append(attributes.TABLE, "SELECT * FROM news_to_append")


def _constants(load: Load) -> dict[str, str]:
    """SQL of the columns that are the same in every event of a load."""
    varying = {
        "event_id", "event", "occurred_at", "node_id", "other_node_ids", "month", "bucket", *load.event_columns,
    }  # fmt: skip
    if _has_other_properties(load):
        varying.add("properties")
    made = {
        "source": _text(load.name),
        "loaded_at": literal(load.workspace.loaded_at).sql(dialect=DIALECT),
    }
    return {
        column.name: made.get(column.name, typed_null(column.type))
        for column in events.TABLE.columns
        if column.name not in varying
    }


def _event_columns(load: Load, constants: Mapping[str, str]) -> list[str]:
    made = {
        "month": "strftime(occurred_at, '%Y-%m')",
        "bucket": f"CAST(node_id % {load.workspace.project.config.lake.buckets} AS INTEGER)",
    }
    return [
        f"{made[column.name]} AS {quoted(column.name)}" if column.name in made else quoted(column.name)
        for column in events.TABLE.columns
        if column.name not in constants
    ]


def _has_other_properties(load: Load) -> bool:
    event = load.source.event
    return event is not None and any(not events.TABLE.has(name) for name in (*event.properties, *event.fixed))


def _stated(load: Load, attribute: str, type_: str) -> str:
    value = quoted(f"attribute:{attribute}")
    columns = ", ".join(
        f"{value if kind == type_ else typed_null(column)} AS {quoted(kind)}"
        for kind, column in VALUE_TYPES.items()
    )
    at = "occurred_at" if load.source.event else _now(load)
    return (
        f"SELECT line, node_id, {_text(attribute)} AS attribute, {_text(type_)} AS type, {columns}, "
        f"{_text(load.name)} AS source, {at} AS stated_at FROM with_nodes WHERE {value} IS NOT NULL"
    )


def _values_of(table: str) -> str:
    return ", ".join(f"{table}.{quoted(kind)}" for kind in VALUE_TYPES)


def _after_known(load: Load) -> str:
    """When it was stated; a load's moment may be the same as an earlier one's (`now` is fixed), but must come after it."""
    later = "greatest(stated.stated_at, known.stated_at + INTERVAL 1 MICROSECOND)"
    return "stated.stated_at" if load.source.event else later


def _or_again(stated: str, load: Load) -> str:
    """… or it says the same again, later, where that must be known: what comes late may have been said in between."""
    return f" OR {stated}.stated_at > known.stated_at" if load.keeps_repeats else ""


def _last_said(of: str) -> str:
    return f"SELECT * FROM every_statement QUALIFY row_number() OVER (PARTITION BY node_id, {of} ORDER BY line DESC) = 1"


def _newest(table: str, load: Load, of: str) -> str:
    return (
        f"SELECT * FROM {table} WHERE source = {_text(load.name)} "
        f"QUALIFY row_number() OVER (PARTITION BY node_id, {of} ORDER BY stated_at DESC) = 1"
    )


def _now(load: Load) -> str:
    return literal(load.workspace.clock.now()).sql(dialect=DIALECT)


def _text(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
