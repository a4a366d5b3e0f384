"""One profile in memory: what it did, its traits, the audiences it is in; what conditions look at in Python.

`read_histories` loads some profiles from a workspace's tables; `tables_of` goes the other way, so that a rule can be
tried on invented people by any engine.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from sqlglot import exp

from headwater.audiences.listed import LISTED
from headwater.audiences.needs import Needs
from headwater.audiences.properties import Read, read_json
from headwater.audiences.values import Value, ValueType, typed
from headwater.audiences.vocabulary import EVENT_PROPERTIES
from headwater.engine.engine import Engine
from headwater.engine.query import column, literal
from headwater.tables.table import all_tables


@dataclass(frozen=True)
class Happened:
    """One event: its name, its instant (UTC), its properties by name."""

    event: str
    occurred_at: datetime
    properties: Mapping[str, object] = field(default_factory=dict)

    def value(self, read: Read) -> Value:
        """A property as this type; None if it is missing or of another."""
        if read.name == "occurred_at":
            return self.occurred_at
        return typed(self.properties.get(read.name), read.type)


@dataclass(frozen=True)
class History:
    """All that is known of one profile; the order of events carries no meaning.

    Attributes:
        profile_id: None: it has no number (yet), and is in no sample.
        lists: the uploaded lists that an identifier of it is on.
        met: the conditions that compare it with other profiles (`rule.SetCondition`) and that it meets.
        bars: the value from which on profiles meet such a condition, where it asks for a value.
    """

    events: tuple[Happened, ...] = ()
    traits: Mapping[str, Value] = field(default_factory=dict)
    audiences: frozenset[str] = frozenset()
    profile_id: int | None = None
    lists: frozenset[str] = frozenset()
    met: frozenset[Hashable] = frozenset()
    bars: Mapping[Hashable, Value] = field(default_factory=dict)

    def until(self, moment: datetime) -> History:
        """The same without what happened after a moment."""
        return replace(self, events=tuple(each for each in self.events if each.occurred_at <= moment))


def read_histories(
    profile_ids: Iterable[int], engine: Engine, needs: Needs | None = None
) -> dict[int, History]:
    """These profiles' histories, from the tables of the engine's session; an unknown id has an empty one.

    `needs`: read no events, traits and audiences but these, which is less work; None: all.
    """
    ids = sorted(set(profile_ids))
    events: dict[int, list[Happened]] = {each: [] for each in ids}
    traits: dict[int, dict[str, Value]] = {each: {} for each in ids}
    audiences: dict[int, set[str]] = {each: set() for each in ids}
    lists: dict[int, set[str]] = {each: set() for each in ids}
    if ids:
        chosen = column("profile_id").isin(*map(literal, ids)).sql(engine.dialect)
        for row in _event_rows(chosen, engine, needs):
            events[row["profile_id"]].append(stored_happening(row))
        for row in _rows("traits", "trait", needs.traits if needs else None, chosen, engine):
            traits[row["profile_id"]][row["trait"]] = _trait(row)
        for row in _rows("memberships", "audience", needs.audiences if needs else None, chosen, engine):
            audiences[row["profile_id"]].add(row["audience"])
        for row in _list_rows(chosen, engine, needs):
            lists[row["profile_id"]].add(row["list"])
    return {
        each: History(
            tuple(events[each]),
            traits[each],
            frozenset(audiences[each]),
            profile_id=each,
            lists=frozenset(lists[each]),
        )
        for each in ids
    }


def _rows(
    table: str, folder: str, wanted: frozenset[str] | None, chosen: str, engine: Engine
) -> list[dict[str, Any]]:
    """The rows of profiles in those folders of a table that are wanted; None: in all."""
    if wanted is not None and not wanted:
        return []
    only = column(folder).isin(*map(literal, sorted(wanted))).sql(engine.dialect) if wanted else "TRUE"
    rows: list[dict[str, Any]] = engine.table(f"SELECT * FROM {table} WHERE {chosen} AND {only}").to_pylist()
    return rows


def _list_rows(chosen: str, engine: Engine, needs: Needs | None) -> list[dict[str, Any]]:
    """The lists that profiles are on, if lists are wanted."""
    if needs is not None and not needs.tables & {"list_entries"}:
        return []
    rows: list[dict[str, Any]] = engine.table(
        f"SELECT * FROM ({LISTED}) AS listed WHERE {chosen}"
    ).to_pylist()
    return rows


def _event_rows(chosen: str, engine: Engine, needs: Needs | None) -> list[dict[str, Any]]:
    """The events of profiles; asked for by node, because files are sorted by node: few of their rows are read."""
    if needs is not None and not needs.events:
        return []
    mapped = engine.table(f"SELECT node_id, profile_id FROM identity_map WHERE {chosen}")
    owners = dict(zip(mapped["node_id"].to_pylist(), mapped["profile_id"].to_pylist(), strict=True))
    owners.pop(None, None)
    if not owners:
        return []
    rows = engine.table(_events_of(sorted(owners), needs).sql(engine.dialect)).to_pylist()
    return [{**row, "profile_id": owners[row["node_id"]]} for row in rows]


def _events_of(nodes: Sequence[int], needs: Needs | None) -> exp.Select:
    """The events of these identifiers, by time: those wanted, with the columns that their wanted properties stand in."""
    names = [*EVENT_PROPERTIES, "properties"]
    if needs is not None:
        wanted = {read.name for reads in needs.events.values() for read in reads}
        names = [name for name in EVENT_PROPERTIES if name in wanted]
        names += ["properties"] if wanted - EVENT_PROPERTIES.keys() else []
    held = dict.fromkeys(["node_id", "event", "occurred_at", *names])
    chosen = (
        exp.select(*map(column, held)).from_("events").where(column("node_id").isin(*map(literal, nodes)))
    )
    chosen = chosen.where("event IS NOT NULL", "occurred_at IS NOT NULL").order_by("occurred_at", "event_id")
    return (
        chosen if needs is None else chosen.where(column("event").isin(*map(literal, sorted(needs.events))))
    )


def stored_happening(row: Mapping[str, object]) -> Happened:
    """A row of `events` in memory, with the properties that stand in it."""
    moment = row["occurred_at"]
    assert isinstance(moment, datetime)  # noqa: S101 - the column's type
    # A key of the JSON that is called like a column is hidden by it.
    own = {name: row[name] for name in EVENT_PROPERTIES if name in row}
    properties = {**read_json(_text(row.get("properties"))), **own}
    return Happened(str(row["event"]), moment.replace(tzinfo=UTC), properties)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _trait(row: Mapping[str, object]) -> Value:
    value = row.get(str(row["type"]))
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return typed(value, ValueType.ANY)


def tables_of(histories: Sequence[History]) -> dict[str, pa.Table]:
    """The tables `events`, `nodes`, `identity_map`, `profiles`, `traits`, `memberships`, `list_entries` of invented people.

    Their profile ids are 1, 2, 3, … in the order given; each has one identifier, of the same number.
    """
    rows: dict[str, list[dict[str, object]]] = {
        "events": [],
        "identity_map": [],
        "profiles": [],
        "traits": [],
        "memberships": [],
        "nodes": [],
        "list_entries": [],
    }
    for number, history in enumerate(histories, start=1):
        rows["profiles"].append({"profile_id": number})
        rows["identity_map"].append({"profile_id": number, "node_id": number})
        rows["events"] += [_event_row(number, index, event) for index, event in enumerate(history.events)]
        rows["traits"] += [
            _trait_row(number, *item) for item in history.traits.items() if item[1] is not None
        ]
        rows["memberships"] += [{"profile_id": number, "audience": name} for name in history.audiences]
        identifier = {"identifier": "user_id", "value_index": str(number)}
        rows["nodes"].append({"node_id": number, **identifier})
        rows["list_entries"] += [{"list": name, **identifier} for name in history.lists]
    return {name: pa.Table.from_pylist(rows[name], all_tables()[name].schema) for name in rows}


def _event_row(number: int, index: int, event: Happened) -> dict[str, object]:
    columns = {name: value for name, value in event.properties.items() if name in EVENT_PROPERTIES}
    others = {name: value for name, value in event.properties.items() if name not in EVENT_PROPERTIES}
    return columns | {
        "event_id": f"{number}-{index}",
        "event": event.event,
        "occurred_at": event.occurred_at.astimezone(UTC).replace(tzinfo=None),
        "node_id": number,
        "properties": json.dumps(others) if others else None,
    }


def _trait_row(number: int, name: str, value: Value) -> dict[str, object]:
    if isinstance(value, bool):
        kind: ValueType = ValueType.BOOLEAN
    elif isinstance(value, datetime):
        kind, value = ValueType.INSTANT, value.astimezone(UTC).replace(tzinfo=None)
    elif isinstance(value, tuple):
        kind = ValueType.TEXTS
    else:
        kind = ValueType.TEXT if isinstance(value, str) else ValueType.NUMBER
    return {"profile_id": number, "trait": name, "type": kind.value, kind.value: value}
