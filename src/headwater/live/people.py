"""Whose an event is: the person who has its identifiers, a new one, or several that turn out to be one.

An identifier that people are known by (user id, e-mail, …) brings persons together; that of a device (a browser, a phone, a
click) does not bring together two who are known already: somebody else may sit before it. Then the event is of whom its other
identifiers say, and the device's stays with whom it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from headwater.live.judge import LAKE
from headwater.live.rules import LiveRules
from headwater.live.state import ANONYMOUS, Card, Did, Node, Past, Person, Stated, value_of_stored
from headwater.live.stated import add_said, add_stated
from headwater.live.store import Draft
from headwater.live.visits import is_visiting

Placed = TypeVar("Placed", Did, Stated)


class Base(Protocol):
    """Persons as the lake had them when it was last looked at."""

    @property
    def name(self) -> str:
        """Changes whenever it is made anew."""

    @property
    def position(self) -> int:
        """Of the last live event that the lake had then."""

    def find(self, node: Node) -> Person | None:
        """The person who had an identifier, without a key."""


class NoBase:
    """A lake without anybody."""

    name = ""
    position = -1

    def find(self, node: Node) -> Person | None:
        """Nobody."""
        return None


class People:
    """The persons of one transaction of the store; those that were met are put into it by `keep`.

    Whom the store has from an older base stays as they are there, which is right but for what only the lake has heard since,
    until `renew` looks at what a new base says: no event waits for that. Who was judged by other rules than these is renewed at
    once, because some answers only a base gives.
    """

    def __init__(
        self, draft: Draft, base: Base, rules: LiveRules, devices: frozenset[str] = frozenset({ANONYMOUS})
    ) -> None:
        self._draft = draft
        self._base = base
        self._rules = rules
        self._devices = devices
        self._met: dict[int, Person] = {}
        self._next = draft.number("next person") or 1

    def whose(self, identifiers: Mapping[str, str]) -> tuple[Person, dict[str, str], bool]:
        """The person an event is about.

        Args:
            identifiers: kind to normalised value; at least one.

        Returns:
            the person; the identifiers that are theirs; whether persons were brought together for it.
        """
        known = {kind: self._known((kind, value)) for kind, value in identifiers.items()}
        elses = {kind for kind in identifiers if self._is_somebody_elses(kind, known, identifiers)}
        elses |= self._of_other_people(known) if self._devices >= identifiers.keys() else set()
        theirs = {kind: value for kind, value in identifiers.items() if kind not in elses}
        found = sorted({each.key: each for kind, each in known.items() if each and kind in theirs}.items())
        if not found:
            person = self._new(Card(first=min(theirs.items())))
        else:
            person = found[0][1]
            for _, other in found[1:]:
                self._join(person, other)
        for node in theirs.items():
            self._give(node, person)
        return person, theirs, len(found) > 1

    def get(self, key: int) -> Person:
        """The person of this key."""
        if key not in self._met:
            person = self._met[key] = self._draft.person(key)
            if person.past.rules != self._rules.fingerprint:
                self.renew(person)
        return self._met[key]

    def renew(self, person: Person) -> bool:
        """Let a person be what the lake says of them now, with what came since; gives whether they must be judged anew.

        They need not be if nothing is known of them that was not known before; then what was found out of them stays.
        """
        past = person.past
        if past.base == self._base.name:
            return past.rules != self._rules.fingerprint
        before, bits, rules = _known_of(person), past.bits, past.rules
        self._rebase(person)
        if rules != self._rules.fingerprint or _known_of(person) != before or self._is_other(past, bits):
            return True
        past.bits, past.rules = bits, rules
        return False

    def _is_other(self, past: Past, bits: bytes) -> bool:
        """Whether a look at everyone, which only the lake has, says other than these bits do."""
        if past.rules != f"{LAKE}{self._rules.fingerprint}":
            return False
        differing = int.from_bytes(past.bits, "little") ^ int.from_bytes(bits, "little")
        return differing & self._rules.compared_mask != 0

    def drop_if_idle(self, person: Person, now: int) -> bool:
        """Forget a person of whom the lake knows everything, and who is not on a visit; gives whether they were."""
        from_lake = self._base.find(person.card.identifiers[0])
        if (
            from_lake is None
            or is_visiting(person, now)
            or not _says_all(from_lake, person, self._base.position)
        ):
            return False
        for node in person.card.identifiers:
            self._draft.take_away(node)
        self._draft.remove(person)
        del self._met[person.key]
        return True

    def keep(self) -> None:
        """Put everyone who was met into the store."""
        for person in self._met.values():
            self._draft.put(person)
        self._draft.note("next person", self._next)

    def standing_for(self, node: Node) -> Node:
        """What is kept in place of an identifier to say of which of somebody's something was heard."""
        return self._draft.standing_for(node)

    def known(self, node: Node) -> Person | None:
        """The person who has an identifier."""
        return self._known(node)

    def _rebase(self, person: Person) -> None:
        """Let a person be what the lake says of them, with what came after; whom the lake says is the same comes in.

        They are in the audiences they were in: judging, which must follow, says what changes.
        """
        from_lake = self._in_lake(person)
        if from_lake:
            keep_later(person, self._base.position)
        audiences = dict(person.card.audiences)
        for each in from_lake:
            for node in each.card.identifiers:
                self._give(node, person)
            join(person, each)
        person.card.audiences = audiences
        person.past.base = self._base.name
        if from_lake:
            person.past.bits, person.past.rules = from_lake[0].past.bits, f"{LAKE}{from_lake[0].past.rules}"

    def _in_lake(self, person: Person) -> list[Person]:
        """The persons of the lake who have the identifiers of a person, and of those who are the same by that."""
        found: dict[int | None, Person] = {}
        waiting = list(person.card.identifiers)
        while waiting:
            from_lake = self._base.find(waiting.pop())
            if from_lake is None or from_lake.past.profile_id in found:
                continue
            found[from_lake.past.profile_id] = from_lake
            for node in from_lake.card.identifiers:
                key = self._draft.key_of(node)
                if key is not None and key != person.key:
                    other = self._met.pop(key, None) or self._draft.person(key)
                    waiting += other.card.identifiers
                    keep_later(other, self._base.position)
                    for each in other.card.identifiers:
                        self._draft.give(each, person.key)
                    join(person, other)
                    self._draft.remove(other)
        return list(found.values())

    def _is_somebody_elses(
        self, device: str, known: Mapping[str, Person | None], identifiers: Mapping[str, str]
    ) -> bool:
        """Whether a device's identifier is of somebody known who is not the one that the others say, which people have."""
        owner = known.get(device) if device in self._devices else None
        others = {kind: value for kind, value in identifiers.items() if kind not in self._devices}
        if owner is None or not others:
            return False
        names = self._names(owner)
        if not names:
            return False
        persons = [known[kind] for kind in others if known[kind] is not None]
        if any(person is not None and person.key == owner.key for person in persons):
            return False
        return bool(persons) or any(names.get(kind, value) != value for kind, value in others.items())

    def _of_other_people(self, known: Mapping[str, Person | None]) -> set[str]:
        """Of devices that several people have, who are known otherwise: all but those of the first, by the alphabet of kinds."""
        owned = {kind: person.key for kind, person in sorted(known.items()) if person and self._names(person)}
        first = next(iter(owned.values()), None)
        return {kind for kind, key in owned.items() if key != first}

    def _names(self, person: Person) -> dict[str, str]:
        """What a person is known by, but for devices."""
        return {kind: value for kind, value in person.card.identifiers if kind not in self._devices}

    def _known(self, node: Node) -> Person | None:
        key = self._draft.key_of(node)
        if key is not None:
            return self.get(key)
        from_lake = self._base.find(node)
        if from_lake is None:
            return None
        person = self._new(from_lake.card, from_lake.past)
        for each in person.card.identifiers:
            self._draft.give(each, person.key)
        return person

    def _new(self, card: Card | None = None, past: Past | None = None) -> Person:
        person = Person(self._next, card or Card(), past or Past(base=self._base.name))
        self._met[person.key] = person
        self._next += 1
        return person

    def _give(self, node: Node, person: Person) -> None:
        if node not in person.card.identifiers:
            person.card.identifiers = sorted([*person.card.identifiers, node])
            self._draft.give(node, person.key)

    def _join(self, person: Person, other: Person) -> None:
        """Let all that is of one person be another's."""
        for node in other.card.identifiers:
            self._draft.give(node, person.key)
        join(person, other)
        self._draft.remove(other)
        del self._met[other.key]


def join(person: Person, other: Person) -> None:
    """Add what is known of one person to another, who is to be judged anew."""
    card, past = person.card, person.past
    card.identifiers = sorted({*card.identifiers, *other.card.identifiers})
    for name, since in other.card.audiences.items():
        card.audiences[name] = min(since, card.audiences.get(name, since))
    card.exposures = sorted([*card.exposures, *other.card.exposures], key=lambda each: each[2])
    for name, did in other.past.did.items():
        past.did[name] = [*past.did.get(name, ()), *did]
    for name, stated in other.past.stated.items():
        for each in stated:
            add_stated(past.stated, name, each)
    for said in other.past.said:
        add_said(past.said, said)
    past.lists = sorted({*past.lists, *other.past.lists})
    past.profile_id = _least([past.profile_id, other.past.profile_id])
    past.visit = max((past.visit, other.past.visit), key=lambda each: each.at if each else 0)


def _known_of(person: Person) -> tuple[object, ...]:
    """All that judging goes by, in an order that does not hang on how it was heard of."""
    past = person.past
    return (
        person.card.identifiers,
        past.profile_id,
        past.lists,
        {name: sorted((each.at, each.event_id) for each in did) for name, did in past.did.items()},
        {
            name: sorted(
                (each.source, each.at, each.node, repr(value_of_stored(each.value))) for each in stated
            )
            for name, stated in past.stated.items()
        },
        sorted((each.purpose, each.is_granted, each.at, each.node, each.until) for each in past.said),
    )


def keep_later(person: Person, position: int) -> None:
    """Leave of a person's past what came after a position of the log."""
    past = person.past
    past.did = _later(past.did, position)
    past.stated = _later(past.stated, position)
    past.said = [each for each in past.said if each.position > position]


def _later(held: dict[str, list[Placed]], position: int) -> dict[str, list[Placed]]:
    kept = {name: [each for each in of_name if each.position > position] for name, of_name in held.items()}
    return {name: of_name for name, of_name in kept.items() if of_name}


def _says_all(from_lake: Person, person: Person, position: int) -> bool:
    """Whether nothing would be forgotten if a person were read from the lake again."""
    past, card = person.past, person.card
    return (
        not _later(past.did, position)
        and not _later(past.stated, position)
        and all(each.position <= position for each in past.said)
        and not card.exposures
        and card.first == from_lake.card.first
        and card.identifiers == from_lake.card.identifiers
        and card.audiences.keys() == from_lake.card.audiences.keys()
    )


def _least(numbers: Iterable[int | None]) -> int | None:
    return min((number for number in numbers if number is not None), default=None)
