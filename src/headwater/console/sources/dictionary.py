"""The data dictionary as pages show it: what there is of one kind, the properties of one event, and who uses what.

Reads what `explore/dictionary.py` does, and the destinations. One kind at a time, and properties of one event at a time, so that
nobody waits for what they do not look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from headwater.access.roles import Action
from headwater.console.desk.question import Given, Question
from headwater.core.errors import NotFoundError
from headwater.explore.dictionary import Entry, Kind, Seen, as_seen
from headwater.flow.dictionary import read_dictionary, read_properties
from headwater.privacy.labels import Label

FLOOR = 25  # how many events say something before it is told to whom identifiers are hidden from, if no floor is set
MOST_NAMES = 100  # events whose properties are looked at together
KINDS = {
    Kind.EVENT: "Events",
    Kind.PROPERTY: "Properties",
    Kind.TRAIT: "Traits",
    Kind.ATTRIBUTE: "Attributes",
    Kind.COLUMN: "Columns of tables",
}


@dataclass(frozen=True)
class Book:
    """Everything of one kind.

    Attributes:
        destinations: to which the audiences that look at something go, by audience.
        is_whole: whether all of it is there: properties of very many events are told event by event.
        is_counted: whether it says how many there are; for who may not see small counts each entry is counted on its own page,
            since of many counts together people could be told, and each day's are bounded.
        least: the floor below which counts of people are not shown to who asks; None: they are.
    """

    entries: tuple[Entry, ...]
    destinations: dict[str, tuple[str, ...]]
    is_whole: bool
    is_counted: bool
    least: int | None

    def find(self, name: str, of: str = "") -> Entry:
        """The entry of a name.

        Raises:
            NotFoundError: there is none.
        """
        found = [each for each in self.entries if each.name == name and (not of or each.of == of)]
        if not found:
            raise NotFoundError("entry of the dictionary", name, sorted({each.name for each in self.entries}))
        return found[0]

    def sent_to(self, entry: Entry) -> tuple[str, ...]:
        """The destinations that get an audience which looks at something."""
        return tuple(
            sorted({to for audience in entry.audiences for to in self.destinations.get(audience, ())})
        )


def _book(given: Given, kind: str) -> Book:
    """Everything of one kind, as whoever asks may see it.

    Raises:
        NotFoundError: there is no such kind.
    """
    is_whole = kind != Kind.PROPERTY or _n_events(given) <= MOST_NAMES
    found = _read(given, kind, "") if is_whole else ()
    return _made(given, found if given.sees_small_counts else map(_uncounted, found), is_whole=is_whole)


def _properties(given: Given, event: str) -> Book:
    """The properties of one event."""
    found = _read(given, Kind.PROPERTY.value, event)
    return _made(given, found if given.sees_small_counts else map(_uncounted, found), is_whole=True)


def _entry(given: Given, kind: str, of: str, name: str) -> Book:
    """One entry, counted.

    Raises:
        NotFoundError: there is none. Refusal: whoever asks has had too many different answers today.
    """
    book = _made(given, _read(given, kind, of), is_whole=True)
    entry = book.find(name, of)
    with given.counting() as counting:
        return replace(book, entries=(as_seen(entry, Seen(counting, _labels(given))),), is_counted=True)


def _read(given: Given, kind: str, of: str) -> tuple[Entry, ...]:
    """Everything of a kind, or the properties of an event: labels regarded, and every count as it is.

    Raises:
        NotFoundError: there is no such kind.
    """
    if kind not in KINDS:
        raise NotFoundError("kind of entry", kind, sorted(KINDS))
    seen = Seen(labels=_labels(given))
    if of and kind == Kind.PROPERTY:
        return read_properties(of, given.workspace, given.definitions, seen)
    return read_dictionary(given.workspace, given.definitions, frozenset({Kind(kind)}), seen)


def _uncounted(entry: Entry) -> Entry:
    """An entry without anything that tells how many there are."""
    return replace(
        entry, n=None, n_filled=None, fill_rate=None, n_people=None, n_distinct=None, frequent=(), quantiles={},
        first_at=None, last_at=None,
    )  # fmt: skip


def _made(given: Given, entries: Iterable[Entry], *, is_whole: bool) -> Book:
    floor = given.project.config.anonymity.least
    told = tuple(entries)
    if Label.IDENTIFIER not in given.caller.labels:
        told = tuple(_without_rare(each, floor or FLOOR) for each in told)
    sees = given.sees_small_counts
    return Book(told, _destinations(given), is_whole, is_counted=sees, least=None if sees else floor)


def _labels(given: Given) -> frozenset[str]:
    return frozenset(each.value for each in given.caller.labels)


def _without_rare(entry: Entry, least: int) -> Entry:
    """An entry without what only few events say: clients write properties freely, and a rare text may name somebody."""
    if entry.kind is not Kind.PROPERTY or not entry.type.startswith("text"):
        return entry
    return replace(entry, frequent=tuple(each for each in entry.frequent if each.n >= least))


def _n_events(given: Given) -> int:
    rows = given.workspace.engine.table("SELECT count(DISTINCT event) AS n FROM events").to_pylist()
    return int(rows[0]["n"])


def _destinations(given: Given) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for to in given.definitions.destinations.values():
        for audience in given.definitions.audiences if to.audiences is None else to.audiences:
            found.setdefault(audience, []).append(to.name)
    return {audience: tuple(sorted(names)) for audience, names in found.items()}


def matching(entries: tuple[Entry, ...], words: str) -> list[Entry]:
    """The entries that have all these words in their name, description, type, labels or audiences."""
    wanted = words.casefold().split()
    return [each for each in entries if all(word in _words(each) for word in wanted)]


def _words(each: Entry) -> str:
    return " ".join(
        (each.name, each.of, each.type, each.description, *each.labels, *each.audiences)
    ).casefold()


BOOK = Question("console dictionary", Action.SEE_COUNTS, _book)
ENTRY = Question("console dictionary entry", Action.SEE_COUNTS, _entry)
PROPERTIES = Question("console dictionary properties", Action.SEE_COUNTS, _properties)
