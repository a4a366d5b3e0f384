"""Names and values to choose from while a rule is written, each with how often there is one.

Reads events and traits as `audiences.columns` has them, and `list_entries`; of an event's properties the latest rows, at most
`MOST_SAMPLED`, so that the largest project is answered at once. Writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headwater.audiences.columns.coding import Coded
from headwater.audiences.columns.columns import Columns
from headwater.audiences.properties import read_json
from headwater.audiences.values import ValueType, show
from headwater.audiences.vocabulary import EVENT_PROPERTIES
from headwater.core.clock import Window
from headwater.engine.ids import Bins
from headwater.engine.query import DIALECT, literal, name as quoted
from headwater.explore.people import Look, look
from headwater.explore.trait_values import counted
from headwater.tables.workspace import Workspace

MOST_SAMPLED = 10_000
_KEPT_OF = ("events", "identity_map", "profiles", "traits", "nodes")


@dataclass(frozen=True)
class Offer:
    """Something to choose. `n`: how many there are; `share`: in how large a part of what was looked at."""

    name: str
    n: int = 0
    share: float | None = None


@dataclass(frozen=True, eq=False)
class Sampled:
    """The latest events of a name.

    Attributes:
        n: how many.
        filled: in how many of them each property has a value.
        values: of each property the values as text, and whose each is.
    """

    n: int
    filled: Mapping[str, int]
    values: Mapping[str, tuple[pa.Array, Bins]]


def events(workspace: Workspace) -> tuple[Offer, ...]:
    """Each event, with how many of them there are."""
    n: Counter[str] = Counter()
    for segment in look(workspace).columns.held.segments.values():
        n.update({name: end - first for name, (first, end) in segment.base.events.items()})
    return tuple(Offer(name, number) for name, number in n.items())


def traits(workspace: Workspace) -> tuple[Offer, ...]:
    """Each trait, with how many people have it."""
    held = workspace.engine.table("SELECT trait, count(DISTINCT profile_id) AS n FROM traits GROUP BY trait")
    everyone = max(1, look(workspace).columns.universe.size)
    return tuple(Offer(each["trait"], each["n"], each["n"] / everyone) for each in held.to_pylist())


def lists(workspace: Workspace) -> tuple[Offer, ...]:
    """Each uploaded list, with how many identifiers are on it."""
    held = workspace.engine.table("SELECT list, count(*) AS n FROM list_entries GROUP BY list")
    return tuple(Offer(each["list"], each["n"]) for each in held.to_pylist())


def properties(event: str, workspace: Workspace) -> tuple[Offer, ...]:
    """Each property of an event, with how many of the latest ones have it."""
    found = sampled(event, workspace)
    return tuple(Offer(name, n, n / max(1, found.n)) for name, n in found.filled.items())


def property_values(event: str, name: str, workspace: Workspace, fewest_people: int = 0) -> tuple[Offer, ...]:
    """The values of a property in the latest events; only those that so many people have."""
    found = sampled(event, workspace)
    n_filled = max(1, found.filled.get(name, 0))
    texts, who = found.values.get(name, (pa.array([], pa.string()), np.empty(0, dtype=np.int32)))
    coded = texts.dictionary_encode()
    codes = np.asarray(coded.indices.to_numpy(), dtype=np.int64)
    n = np.bincount(codes, minlength=len(coded.dictionary))
    pairs = np.unique(codes * (int(who.max(initial=0)) + 1) + who)
    n_people = np.bincount(pairs // (int(who.max(initial=0)) + 1), minlength=len(coded.dictionary))
    rows = zip(coded.dictionary.to_pylist(), n.tolist(), n_people.tolist(), strict=True)
    return tuple(
        Offer(value, each, each / n_filled) for value, each, people in rows if people >= fewest_people
    )


def trait_values(trait: str, workspace: Workspace, fewest_people: int = 0) -> tuple[Offer, ...]:
    """The values of a trait with how many people have each; none of numbers and moments, of which everyone has another."""
    found = look(workspace)
    made = [each for each in _trait_values(trait, found) if each.n >= max(1, fewest_people)]
    n_filled = max(1, sum(each.n for each in made))
    return tuple(Offer(each.name, each.n, each.n / n_filled) for each in made)


def _trait_values(trait: str, found: Look) -> Iterator[Offer]:
    held = found.columns.trait(trait)
    if ValueType.TEXTS in held:
        texts = counted([trait], found.columns, found.usable, found.usable)
        yield from (Offer(each.held.value, each.n) for each in texts)
        return
    for kind in (ValueType.TEXT, ValueType.BOOLEAN):
        if kind in held:
            yield from _of_codes(held[kind], found, is_text=kind is ValueType.TEXT)


def _of_codes(column: Coded, found: Look, *, is_text: bool) -> Iterator[Offer]:
    counts = np.bincount(column.codes[found.usable], minlength=len(column.values))
    for value, n in zip(column.values.to_pylist()[1:], counts[1:].tolist(), strict=True):
        yield Offer(value if is_text else show(value), n)


def sampled(event: str, workspace: Workspace) -> Sampled:
    """The latest events of a name; looked at once for as long as the tables stay as they are."""
    made: Sampled = workspace.kept(f"latest {event}", _KEPT_OF, lambda: _sample(event, workspace))
    return made


def _sample(event: str, workspace: Workspace) -> Sampled:
    found = look(workspace)
    rows = _latest(event, found.columns, workspace)
    who = found.columns.held.people.nodes.of(np.asarray(rows["node_id"].to_numpy()))
    is_usable = np.concatenate([[False], found.usable])[who]
    rows, who = rows.filter(pa.array(is_usable)).slice(0, MOST_SAMPLED), who[is_usable][:MOST_SAMPLED]
    filled: dict[str, int] = {}
    values: dict[str, tuple[pa.Array, Bins]] = {}
    for name, places, held in (*_of_columns(rows), *_of_json(rows["properties"])):
        filled[name] = len(set(places))
        values[name] = (held, who[np.asarray(places, dtype=np.int64)])
    return Sampled(len(rows), filled, values)


Said = tuple[str, Sequence[int], pa.Array]
"""A property: its name, the row of each value, and the values as text; a row whose value is a list stands there once an item."""


def _of_columns(rows: pa.Table) -> Iterator[Said]:
    for name in EVENT_PROPERTIES:
        held = rows[name].combine_chunks()
        if name == "occurred_at" or held.null_count == len(held):
            continue
        places = np.flatnonzero(pc.is_valid(held).to_numpy(zero_copy_only=False))
        coded = held.drop_null().dictionary_encode()
        told = [each if isinstance(each, str) else show(each) for each in coded.dictionary.to_pylist()]
        texts = pa.array(told, pa.string()).take(coded.indices)
        yield name, places.tolist(), texts


def _of_json(column: pa.ChunkedArray) -> Iterator[Said]:
    places: dict[str, list[int]] = {}
    texts: dict[str, list[str]] = {}
    for place, told in enumerate(column.to_pylist()):
        for name, value in read_json(told).items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str | float | int) and name not in EVENT_PROPERTIES:
                    places.setdefault(name, []).append(place)
                    texts.setdefault(name, []).append(each if isinstance(each, str) else show(each))
    for name, held in texts.items():
        yield name, places[name], pa.array(held, pa.string())


def _latest(event: str, columns: Columns, workspace: Workspace) -> pa.Table:
    choice = columns.choice(event, (), Window(None, columns.clock.now()))
    at = [part.during(*choice.edges).at[-MOST_SAMPLED:] for part in choice.parts.values()]
    moments = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *at]))
    since = pa.scalar(int(moments[-MOST_SAMPLED:][0]) if len(moments) else 0, pa.int64())
    named = ", ".join(quoted(each) for each in (*EVENT_PROPERTIES, "properties", "node_id"))
    return workspace.engine.table(
        f"SELECT {named} FROM events WHERE event = {literal(event).sql(DIALECT)} "
        f"AND occurred_at >= {literal(since.cast(pa.timestamp('us')).as_py()).sql(DIALECT)} "
        f"AND occurred_at <= {literal(workspace.clock.now()).sql(DIALECT)} "
        f"ORDER BY occurred_at DESC LIMIT {2 * MOST_SAMPLED}"
    )
