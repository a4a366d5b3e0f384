"""The properties that events are seen to have: columns of `events`, and keys of their JSON, each with the type of its values.

Reads rows of `events`. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from headwater.audiences.properties import read_json
from headwater.audiences.vocabulary import EVENT_PROPERTIES
from headwater.engine.query import DIALECT, literal, name as quoted
from headwater.explore.figures import figures
from headwater.explore.people import look
from headwater.tables.workspace import Workspace

SOME = 2_000
"""So many events are looked at where it is only asked which properties there are."""


@dataclass(frozen=True)
class Seen:
    """A property of an event, the type of its values, and the most frequent ones."""

    name: str
    type: str
    frequent: tuple[str, ...] = ()


def seen_properties(event: str, workspace: Workspace) -> tuple[Seen, ...]:
    """The properties of some of an event's events, of who may be used, by name."""
    named = ", ".join(quoted(each) for each in (*EVENT_PROPERTIES, "properties", "node_id"))
    rows = workspace.engine.table(
        f"SELECT {named} FROM events WHERE event = {literal(event).sql(DIALECT)} LIMIT {SOME}"
    )
    found = look(workspace)
    who = found.columns.held.people.nodes.of(np.asarray(rows["node_id"].to_numpy()))
    rows = rows.filter(pa.array(np.concatenate([[False], found.usable])[who]))
    return tuple(
        Seen(name, type_word(values.type), tuple(each.value for each in figures(values).frequent))
        for name, values in properties_of(rows, set()).items()
    )


def properties_of(rows: pa.Table, declared: set[str]) -> dict[str, pa.ChunkedArray]:
    """The properties of events by name: the columns that any of them has, and the keys of their JSON."""
    found = {
        name: rows[name]
        for name in EVENT_PROPERTIES
        if name not in ("occurred_at", "source") and (rows[name].null_count < len(rows) or name in declared)
    }
    read = [read_json(text) for text in rows["properties"].to_pylist()]
    keys = {key for each in read for key, value in each.items() if value is not None}
    for key in sorted(keys | {each for each in declared if each not in EVENT_PROPERTIES}):
        found[key] = _typed([each.get(key) for each in read])
    return {name: found[name] for name in sorted(found)}


def _typed(values: list[object]) -> pa.ChunkedArray:
    """Values of JSON as a column of the type they all have, or as text."""
    kinds = {type(each) for each in values if each is not None}
    if kinds <= {float} or kinds <= {int, float}:
        return pa.chunked_array([pa.array(values, pa.float64())])
    if kinds <= {bool}:
        return pa.chunked_array([pa.array(values, pa.bool_())])
    if kinds <= {list}:
        texts = [
            [x for x in each if isinstance(x, str)] if isinstance(each, list) else None for each in values
        ]
        return pa.chunked_array([pa.array(texts, pa.list_(pa.string()))])
    shown = [each if isinstance(each, str) or each is None else str(each) for each in values]
    return pa.chunked_array([pa.array(shown, pa.string())])


def type_word(kind: pa.DataType) -> str:
    """What values of a column are, as rules name it."""
    if pa.types.is_list(kind):
        return "texts"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "number" if pa.types.is_floating(kind) else "instant" if pa.types.is_timestamp(kind) else "text"
