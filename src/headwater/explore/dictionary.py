"""The data dictionary: every event, property, trait, attribute and column, what it means and what is in it.

Reads `events`, `traits` and `attributes` of who may be used, and of all tables how far their columns are filled. Writes nothing.

Events and traits are counted exactly, from coded columns. Properties are told of the latest events of each name, at most
`MOST_EVENTS` of them, so that a project of many millions is answered in seconds: `n` says how many those are. Of columns that
are about people no values are told: what those say, the events, traits and attributes in them say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headwater.audiences.columns.rows import Part
from headwater.audiences.evaluate import Named
from headwater.audiences.lineage import NO_ORIGINS, Lineage
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import EVENT_PROPERTIES
from headwater.core.clock import Window
from headwater.engine.query import DIALECT, literal, name as quoted
from headwater.explore.figures import Figures, Frequent, figures
from headwater.explore.people import Look, look
from headwater.explore.seen_properties import properties_of, type_word
from headwater.explore.trend import n_people
from headwater.explore.uses import Uses, uses_of
from headwater.privacy.anonymity.counts import Counting, Exact
from headwater.privacy.labels import Origin
from headwater.tables.table import VALUE_TYPES, Pii, Table, all_tables
from headwater.tables.workspace import Workspace

MOST_EVENTS = 100_000
_SAMPLE = "dictionary_events"
_BEGINNING = datetime(1970, 1, 1)  # noqa: DTZ001 - as tables have instants


class Kind(StrEnum):
    """What the dictionary tells of."""

    EVENT = "event"
    PROPERTY = "property"
    TRAIT = "trait"
    ATTRIBUTE = "attribute"
    COLUMN = "column"


@dataclass(frozen=True)
class Said:
    """What a project's files say: descriptions and types of (kind, of, name), labels, and the audiences."""

    descriptions: Mapping[tuple[Kind, str, str], str] = field(default_factory=dict)
    types: Mapping[tuple[Kind, str, str], str] = field(default_factory=dict)
    lineage: Lineage = field(default_factory=Lineage)
    audiences: Mapping[str, Named] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One thing that there is.

    Attributes:
        kind: event, property, trait, attribute or column; `of`: the event or the table that it belongs to.
        n: how many rows were looked at: events, people who could have the trait, statements, rows of the table.
        n_filled: how many have a value; None: too few to be told. `fill_rate`: their share.
        n_people: of an event, how many did it; of a trait, how many have it.
        n_distinct, frequent, quantiles: its values; none, where they may not be told.
        labels: what it is that calls for care, and `because` of what it is.
        first_at, last_at: when it happened or was stated first and last.
        audiences: those that look at it.
    """

    kind: Kind
    name: str
    of: str
    type: str
    description: str
    n: int | None
    n_filled: int | None
    fill_rate: float | None
    n_people: int | None = None
    n_distinct: int | None = None
    frequent: tuple[Frequent, ...] = ()
    quantiles: Mapping[str, float] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None
    audiences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """By what counts of people are shown to whoever asks, and which labels they see in the clear; None: all."""

    counting: Counting = field(default_factory=Exact)
    labels: frozenset[str] | None = None


def dictionary(
    said: Said, workspace: Workspace, kinds: frozenset[Kind] = frozenset(Kind), seen: Seen | None = None
) -> tuple[Entry, ...]:
    """Everything there is of these kinds, in order of kind, of what it belongs to, and of name.

    Raises:
        Refusal: whoever asks has had too many different answers today.
    """
    by = seen or Seen()
    book = _Book(said, look(workspace), workspace, uses_of(said.audiences))
    made = {
        Kind.EVENT: book.events,
        Kind.PROPERTY: book.properties,
        Kind.TRAIT: book.traits,
        Kind.ATTRIBUTE: book.attributes,
        Kind.COLUMN: book.columns,
    }
    entries = [entry for kind in Kind if kind in kinds for entry in made[kind]()]
    return tuple(as_seen(entry, by) for entry in entries)


def event_properties(
    event: str, said: Said, workspace: Workspace, seen: Seen | None = None
) -> tuple[Entry, ...]:
    """The properties of one event, in order of name: of one of very many it is not waited for the others.

    Raises:
        Refusal: whoever asks has had too many different answers today.
    """
    by = seen or Seen()
    book = _Book(said, look(workspace), workspace, uses_of(said.audiences))
    return tuple(as_seen(entry, by) for entry in book.properties_of(event, book.parts_of(event)))


def as_seen(entry: Entry, by: Seen) -> Entry:
    """An entry as somebody may see it: without values whose labels are hidden, and without small counts."""
    if by.labels is not None and set(entry.labels) - by.labels:
        entry = replace(entry, frequent=(), quantiles={}, n_distinct=None)
    if isinstance(by.counting, Exact):
        return entry
    place = f"dictionary {entry.kind} {entry.of} {entry.name}"
    n_filled, n_people = (
        None if n is None else by.counting.number(n, place) for n in (entry.n_filled, entry.n_people)
    )
    fill = None if n_filled is None or entry.fill_rate is None else round(entry.fill_rate, 2)
    first, last = (entry.first_at, entry.last_at) if n_filled else (None, None)
    return replace(
        entry, n=None, n_filled=n_filled, n_people=n_people, fill_rate=fill, n_distinct=None, frequent=(),
        quantiles={}, first_at=first, last_at=last,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Book:
    said: Said
    found: Look
    workspace: Workspace
    uses: Uses

    def events(self) -> Iterator[Entry]:
        """Each event, counted from coded columns."""
        for name, parts in sorted(self._parts().items()):
            n = sum(part.size for part in parts)
            if not n:
                continue
            first, last = min(int(each.at[0]) for each in parts), max(int(each.at[-1]) for each in parts)
            yield self._entry(
                Kind.EVENT, name, "", Figures(n, n, 0), "event", self.uses.of_event(name),
                n_people=n_people([part.who for part in parts], self.found.columns.n_bins),
                first_at=_moment(first), last_at=_moment(last), n_distinct=None,
            )  # fmt: skip

    def properties(self) -> Iterator[Entry]:
        """Each property of the latest events of each name."""
        for name, parts in sorted(self._parts().items()):
            yield from self.properties_of(name, parts)

    def properties_of(self, name: str, parts: list[Part]) -> Iterator[Entry]:
        """Each property of the latest events of one name."""
        rows = self._latest(name, parts)
        declared = {each for kind, of, each in self.said.types if kind is Kind.PROPERTY and of == name}
        for each, values in properties_of(rows, declared).items():
            held = figures(values)
            there = rows["occurred_at"].filter(pc.is_valid(values))
            first, last = (pc.min_max(there).as_py()[key] for key in ("min", "max"))
            yield self._entry(
                Kind.PROPERTY, each, name, held, type_word(values.type), self.uses.of_property(name, each),
                first_at=first, last_at=last,
            )  # fmt: skip

    def traits(self) -> Iterator[Entry]:
        """Each trait of who may be used, from coded columns."""
        names = self.workspace.engine.table("SELECT DISTINCT trait FROM traits WHERE trait IS NOT NULL")
        usable = self.found.usable
        for name in sorted({*names["trait"].to_pylist(), *self._declared(Kind.TRAIT)}):
            columns = {k: v for k, v in self.found.columns.trait(name).items() if k is not ValueType.ANY}
            kind, column = next(iter(columns.items()), (None, None))
            if column is None:
                held = Figures(int(usable.sum()), 0, 0)
            else:
                counts = np.bincount(column.codes[usable], minlength=len(column.values))
                held = figures(pa.chunked_array([column.values]), counts, int(usable.sum()))
            yield self._entry(
                Kind.TRAIT, name, "", held, str(kind or ""), self.uses.of_trait(name), n_people=held.n_filled
            )

    def attributes(self) -> Iterator[Entry]:
        """Each attribute that is stated of who may be used."""
        engine = self.workspace.engine
        names = engine.table("SELECT DISTINCT attribute FROM attributes WHERE attribute IS NOT NULL")
        of_bin = np.concatenate([[False], self.found.usable])
        for name in sorted({*names["attribute"].to_pylist(), *self._declared(Kind.ATTRIBUTE)}):
            rows = engine.table(
                "SELECT node_id, stated_at, type, text, number, boolean, instant, texts FROM attributes "
                f"WHERE attribute = {literal(name).sql(DIALECT)}"
            )
            who = self.found.columns.held.people.nodes.of(np.asarray(rows["node_id"].to_numpy()))
            rows = rows.filter(pa.array(of_bin[who]))
            kind = min(rows["type"].drop_null().to_pylist(), default="")
            values = rows[kind if kind in VALUE_TYPES else "text"]
            stated = pc.min_max(rows["stated_at"]).as_py()
            yield self._entry(
                Kind.ATTRIBUTE, name, "", figures(values), kind, self.uses.of_trait(name),
                first_at=stated["min"], last_at=stated["max"],
                n_people=n_people([who[of_bin[who]]], self.found.columns.n_bins),
            )  # fmt: skip

    def columns(self) -> Iterator[Entry]:
        """Each column of each table, how far it is filled; values only of what is not about people."""
        for table in sorted(all_tables().values(), key=lambda each: each.name):
            counts = ", ".join(f"count({quoted(each.name)}) AS {quoted(each.name)}" for each in table.columns)
            held = self.workspace.engine.table(
                f"SELECT count(*) AS {quoted(_ALL)}, {counts} FROM {quoted(table.name)}"
            ).to_pylist()[0]
            for column in table.columns:
                found = Figures(held[_ALL], held[column.name], 0)
                is_told = column.pii is Pii.NONE and column.type.value in _TOLD and held[column.name]
                if is_told:
                    found = self._column(table, column.name, held[_ALL])
                entry = self._entry(
                    Kind.COLUMN, column.name, table.name, found, column.type.value,
                    self.uses.of_table(table.name), n_distinct=found.n_distinct if is_told else None,
                )  # fmt: skip
                yield replace(entry, description=column.meaning, labels=tuple(sorted(column.labels)))

    def _column(self, table: Table, name: str, n: int) -> Figures:
        rows = self.workspace.engine.table(
            f"SELECT {quoted(name)} AS value, count(*) AS n FROM {quoted(table.name)} GROUP BY ALL "
            f"ORDER BY n DESC, value LIMIT {MOST_EVENTS}"
        )
        return figures(rows["value"], np.asarray(rows["n"].to_numpy()), n)

    def _parts(self) -> dict[str, list[Part]]:
        """The events of who may be used, up to now, by name."""
        names = {
            name for segment in self.found.columns.held.segments.values() for name in segment.base.events
        }
        return {name: self.parts_of(name) for name in names}

    def parts_of(self, name: str) -> list[Part]:
        """The events of one name of who may be used, up to now."""
        columns, of_bin = self.found.columns, np.concatenate([[False], self.found.usable])
        choice = columns.choice(name, (), Window(None, columns.clock.now()))
        parts = [part.during(*choice.edges) for part in choice.parts.values()]
        return [each for part in parts if (each := part.only(of_bin[part.who])).size]

    def _latest(self, name: str, parts: list[Part]) -> pa.Table:
        """The latest events of a name: when, their columns and their JSON."""
        at = np.sort(np.concatenate([part.at[-MOST_EVENTS:] for part in parts])) if parts else np.empty(0)
        since = _moment(int(at[max(0, len(at) - MOST_EVENTS)])) if len(at) else None
        if since is None:
            since = self.workspace.clock.now()
        named = ", ".join(quoted(each) for each in (*EVENT_PROPERTIES, "properties", "node_id"))
        rows = self.workspace.engine.table(
            f"SELECT {named} FROM events WHERE event = {literal(name).sql(DIALECT)} "
            f"AND occurred_at >= {literal(since).sql(DIALECT)} "
            f"AND occurred_at <= {literal(self.workspace.clock.now()).sql(DIALECT)} "
            f"ORDER BY occurred_at DESC, event_id LIMIT {2 * MOST_EVENTS}"
        )
        of_bin = np.concatenate([[False], self.found.usable])
        who = self.found.columns.held.people.nodes.of(np.asarray(rows["node_id"].to_numpy()))
        return rows.filter(pa.array(of_bin[who])).slice(0, MOST_EVENTS)

    def _declared(self, kind: Kind) -> list[str]:
        return [name for each, _, name in self.said.types if each is kind]

    def _entry(
        self,
        kind: Kind,
        name: str,
        of: str,
        held: Figures,
        type_: str,
        audiences: tuple[str, ...],
        **more: object,
    ) -> Entry:
        origins = self._origins(kind, name, of)
        key = kind, of, name
        rest = {"n_distinct": held.n_distinct, **more}
        return Entry(
            kind, name, of, self.said.types.get(key) or type_, self.said.descriptions.get(key, ""),
            held.n, held.n_filled, held.fill_rate, frequent=held.frequent, quantiles=held.quantiles,
            labels=tuple(sorted({each.label.value for each in origins})),
            because=tuple(sorted({str(each) for each in origins})), audiences=audiences, **rest,  # type: ignore[arg-type]
        )  # fmt: skip

    def _origins(self, kind: Kind, name: str, of: str) -> frozenset[Origin]:
        lineage = self.said.lineage
        match kind:
            case Kind.EVENT:
                return lineage.events.get(name, {}).get("", NO_ORIGINS)
            case Kind.PROPERTY:
                return lineage.events.get(of, {}).get(name, NO_ORIGINS)
            case Kind.TRAIT | Kind.ATTRIBUTE:
                return lineage.traits.get(name, NO_ORIGINS)
            case _:
                return NO_ORIGINS


_ALL = "number of rows"
_TOLD = frozenset({"text", "number", "integer", "small integer", "boolean"})


def _moment(micros: int) -> datetime:
    """As instants are in tables: UTC, without zone."""
    return _BEGINNING + timedelta(microseconds=micros)
