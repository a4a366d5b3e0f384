"""One person judged anew: traits, conditions, audiences, and when time alone may turn them.

The conditions are the very ones of the audience engine, asked by their Python side (`Condition.matches`); when they may turn by
themselves they say too (`Condition.edges`). Changes the person it is given; reads and writes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import reduce
from operator import or_
from types import MappingProxyType

from headwater.audiences.crossing import crossings, period_starts
from headwater.audiences.history import Happened, History
from headwater.audiences.rule import All, Any, Condition, Not, Rule, conditions
from headwater.core.clock import Clock
from headwater.live.concern import Concern
from headwater.live.rules import LiveRules, moves_daily
from headwater.live.state import Card, Did, Past, Person, micros, moment
from headwater.live.stated import despite_gpc, standings, stated_traits, turns_at
from headwater.live.waking import not_before
from headwater.profiles.computing import Value
from headwater.profiles.trait import TraitDeclaration
from headwater.profiles.value import value_of

TRAITS, CONSENTS = -1, -2  # stand in `due` for traits and consents
LAKE = "lake "  # before the fingerprint of rules: the answers are the lake's, and only those that compare people count
_TESTED = Callable[[int], bool]
_NEAR = timedelta(days=2)
NO_EVENTS: Mapping[str, Did] = MappingProxyType({})


@dataclass(frozen=True)
class Change:
    """Somebody entered or left an audience.

    Attributes:
        at: when, in microseconds since 1970.
        reason: what made it so: `event purchase`, `time`, `rules`, `merge`, ….
    """

    audience: str
    entered: bool
    at: int
    reason: str


@dataclass(frozen=True)
class Event:
    """An event as traits take it."""

    event: str
    event_id: str
    occurred_at: datetime
    properties: Mapping[str, object]


class Judge:
    """Judges persons by a project's rules; `priority`: the sources whose word on attributes counts first, best first."""

    def __init__(self, rules: LiveRules, zone: tzinfo, priority: tuple[str, ...] = ()) -> None:
        self.rules = rules
        self._zone = zone
        self._priority = priority
        self._tests = {name: _tested(rule, rules.numbers) for name, rule in rules.audiences.items()}
        self._audiences_with = _audiences_with(rules)
        self._asking_of = _asking_of(rules)
        self._events_of = [tuple(sorted(each.needs().events)) for each in rules.conditions]
        self._concern = Concern(rules)
        self._not_before = [not_before(each, zone) for each in rules.conditions]
        self._timed = frozenset(
            name for name, trait in rules.traits.items() if trait.within or moves_daily(trait)
        )
        self._nobody = Person(0, Card(), Past(rules="none"))
        self.judge(self._nobody, 0, "")

    def judge(
        self,
        person: Person,
        now: int,
        reason: str,
        *,
        events: Mapping[str, Did] | None = NO_EVENTS,
        attributes: bool = False,
        consents: bool = False,
    ) -> list[Change]:
        """Bring a person up to date as of now; gives which audiences were entered and left.

        Args:
            person: is changed.
            now: microseconds since 1970.
            reason: for the changes.
            events: what came, by name; None: everything is to be judged.
            attributes: whether what sources state of the person has changed.
            consents: whether they said anything of a purpose.
        """
        past = person.past
        begun = [] if past.rules or events is None else self._begin(person, now, reason, len(events))
        if past.rules != self.rules.fingerprint:
            events = None
            past.bits, past.due, past.rules = self._compared_bits(past), [], self.rules.fingerprint
        clock = Clock(self._zone, moment(now))
        due = {number for at, number in past.due if at <= now}
        changed = self._put_traits(person, clock, events, due, attributes=attributes)
        concerned = self._concerned(events, changed, due, clock)
        asked = self._ask(person, concerned, clock, now)
        if TRAITS in due or changed or events is None:
            asked[TRAITS] = self._traits_turn(past, clock)
        if past.said or consents:
            person.card.consents = standings(past.said, now)
            person.card.despite_gpc = despite_gpc(past.said, now)
            asked[CONSENTS] = turns_at(past.said, now)
        past.due = sorted([*((at, n) for at, n in past.due if n not in asked), *_known(asked)])
        return [*begun, *self._move(person, concerned, now, reason, everything=events is None)]

    def _begin(self, person: Person, now: int, reason: str, n_new: int) -> list[Change]:
        """Somebody of whom nothing was known before so many events: they meet what those meet who never did anything."""
        past = person.past
        if past.stated or past.said or past.lists or sum(map(len, past.did.values())) > n_new:
            return []
        past.bits, past.rules = self._nobody.past.bits, self.rules.fingerprint
        person.card.traits = dict(self._nobody.card.traits)
        person.card.audiences = dict.fromkeys(self._nobody.card.audiences, now)
        return [Change(name, True, now, reason) for name in person.card.audiences]

    def put_all_traits(self, person: Person, now: int) -> None:
        """Let the card say all traits as of a moment, in microseconds since 1970; audiences stay as they are."""
        self._put_traits(person, Clock(self._zone, moment(now)), None, set(), attributes=True)

    def _compared_bits(self, past: Past) -> bytes:
        """The answers that only a look at everyone gives, of the lake's; none of other rules."""
        if past.rules != f"{LAKE}{self.rules.fingerprint}":
            return b""
        return _bytes(int.from_bytes(past.bits, "little") & self.rules.compared_mask)

    def _concerned(
        self, events: Mapping[str, Did] | None, traits: Iterable[str], due: set[int], clock: Clock
    ) -> set[int]:
        """The conditions whose answers may be others now."""
        if events is None:
            return set(range(len(self.rules.conditions))) - self.rules.compared
        found = self.rules.concerned_by((), traits) | (due - {TRAITS, CONSENTS})
        for name, did in events.items():
            found |= self._concern.concerned_by(Happened(name, moment(did.at), did.properties), clock)
        return found - self.rules.compared

    # Traits

    def _put_traits(
        self,
        person: Person,
        clock: Clock,
        events: Collection[str] | None,
        due: set[int],
        *,
        attributes: bool,
    ) -> set[str]:
        """Compute the traits that may have changed; gives those that did."""
        rules, card = self.rules, person.card
        wanted = set(rules.traits) if events is None else rules.traits_over(events) if events else set()
        if TRAITS in due:
            wanted |= self._timed
        found: dict[str, Value] = {
            name: value_of(rules.traits[name], _events(person.past, rules.traits[name]), clock)
            for name in wanted
        }
        if attributes or events is None:
            stated = stated_traits(person.past.stated, self._priority)
            found = {**{name: stated.get(name) for name in self._stated_before(person, stated)}, **found}
        changed = {name for name, value in found.items() if card.traits.get(name) != value}
        for name in changed:
            value = found[name]
            if value is None:
                card.traits.pop(name, None)
            else:
                card.traits[name] = value
        return changed

    def _stated_before(self, person: Person, stated: Mapping[str, Value]) -> set[str]:
        """The attributes there are or were; a computed trait of the same name wins."""
        return ({*stated, *person.card.traits}) - set(self.rules.traits)

    def _traits_turn(self, past: Past, clock: Clock) -> int | None:
        """When a trait that a condition looks at may turn by itself."""
        edges = (
            edge
            for name in self._timed & self.rules.by_trait.keys()
            for edge in _trait_edges(self.rules.traits[name], past, clock)
        )
        return _first(edges, clock)

    # Conditions

    def _ask(self, person: Person, concerned: Iterable[int], clock: Clock, now: int) -> dict[int, int | None]:
        """Put the answers of conditions into the person's bits; gives when each is to be asked again."""
        bits, again = int.from_bytes(person.past.bits, "little"), {}
        histories = _Histories(person)
        for number in concerned:
            condition = self.rules.conditions[number]
            history = histories.for_events(self._events_of[number])
            bits = _with(bits, number, condition.matches(history, clock))
            again[number] = self._again(number, person, now, history, clock)
        person.past.bits = _bytes(bits)
        return again

    def _again(self, number: int, person: Person, now: int, history: History, clock: Clock) -> int | None:
        """When a condition is to be asked again; None: not before something happens."""
        not_before = self._not_before[number]
        if not_before is not None:
            found = not_before(person.past.did, now)
            if found is None or found > now:
                return found
        return _first(self.rules.conditions[number].edges(history, clock) or (), clock)

    # Audiences

    def _move(
        self, person: Person, concerned: set[int], now: int, reason: str, *, everything: bool
    ) -> list[Change]:
        """Let the person be in the audiences whose rules they meet now."""
        audiences, changes = person.card.audiences, []
        for gone in [name for name in audiences if everything and name not in self.rules.audiences]:
            del audiences[gone]
            changes.append(Change(gone, False, now, reason))
        waiting = set(self.rules.audiences) if everything else _union(self._audiences_with, concerned)
        bits = int.from_bytes(person.past.bits, "little")
        for name in self._tests:  # each after those that it refers to
            if name in waiting and (change := self._moved(person, name, bits, now, reason)):
                changes.append(change)
                if name in self._asking_of:
                    waiting |= self._tell_others(person, name)
                    bits = int.from_bytes(person.past.bits, "little")
        return changes

    def _moved(self, person: Person, name: str, bits: int, now: int, reason: str) -> Change | None:
        is_in, audiences = self._tests[name](bits), person.card.audiences
        if is_in == (name in audiences):
            return None
        if is_in:
            audiences[name] = now
        else:
            del audiences[name]
        return Change(name, is_in, now, reason)

    def _tell_others(self, person: Person, name: str) -> set[str]:
        """Bring the conditions that ask about an audience up to date; gives the audiences that have them."""
        asking = self._asking_of[name]
        bits = int.from_bytes(person.past.bits, "little")
        history = History(audiences=frozenset(person.card.audiences), profile_id=person.past.profile_id)
        for number in asking:
            bits = _with(bits, number, self.rules.conditions[number].matches(history, Clock()))
        person.past.bits = _bytes(bits)
        return _union(self._audiences_with, asking)


class _Histories:
    """A person's history as conditions look at it: only the events of the names they need."""

    def __init__(self, person: Person) -> None:
        past, card = person.past, person.card
        self._past = past
        self._empty = History(
            traits=card.traits,
            audiences=frozenset(card.audiences),
            profile_id=past.profile_id,
            lists=frozenset(past.lists),
        )
        self._of: dict[str, tuple[Happened, ...]] = {}
        self._of_names: dict[tuple[str, ...], History] = {}

    def for_events(self, names: tuple[str, ...]) -> History:
        if names not in self._of_names:
            events = tuple(each for name in names for each in self._events(name))
            self._of_names[names] = replace(self._empty, events=events) if events else self._empty
        return self._of_names[names]

    def _events(self, name: str) -> tuple[Happened, ...]:
        if name not in self._of:
            did = self._past.did.get(name, ())
            self._of[name] = tuple(Happened(name, moment(each.at), each.properties) for each in did)
        return self._of[name]


def _tested(rule: Rule, numbers: Mapping[Condition, int]) -> _TESTED:
    """A rule as a function of the bits of its conditions."""
    match rule:
        case All(rules):
            every = [_tested(inner, numbers) for inner in rules]
            return lambda bits: all(test(bits) for test in every)
        case Any(rules):
            some = [_tested(inner, numbers) for inner in rules]
            return lambda bits: any(test(bits) for test in some)
        case Not(inner):
            test = _tested(inner, numbers)
            return lambda bits: not test(bits)
        case _:
            mask = 1 << numbers[rule]
            return lambda bits: bits & mask != 0


def _audiences_with(rules: LiveRules) -> list[frozenset[str]]:
    """The audiences that each condition is part of, by number."""
    found: list[set[str]] = [set() for _ in rules.conditions]
    for name, rule in rules.audiences.items():
        for leaf in conditions(rule):
            found[rules.numbers[leaf]].add(name)
    return [frozenset(names) for names in found]


def _asking_of(rules: LiveRules) -> dict[str, tuple[int, ...]]:
    """The conditions that ask about each audience."""
    found: dict[str, list[int]] = {}
    for number, names in enumerate(rules.audiences_of):
        for name in names:
            found.setdefault(name, []).append(number)
    return {name: tuple(numbers) for name, numbers in found.items()}


def _union(sets: list[frozenset[str]], numbers: Iterable[int]) -> set[str]:
    return set(reduce(or_, (sets[number] for number in numbers), frozenset()))


def _events(past: Past, trait: TraitDeclaration) -> Iterator[Event]:
    names = past.did if trait.event is None else (trait.event,)
    for name in names:
        for each in past.did.get(name, ()):
            yield Event(name, each.event_id, moment(each.at), each.properties)


def _trait_edges(trait: TraitDeclaration, past: Past, clock: Clock) -> Iterator[datetime]:
    """The instants after now at which a trait may turn by itself."""
    if moves_daily(trait):
        yield from period_starts(clock.now(), "day", clock)
    if trait.within is None:
        return
    amount, _, unit = trait.within.last.partition(" ")
    start = trait.within.window(clock).start
    assert start is not None  # noqa: S101 - such a window has one
    moments = sorted(event.occurred_at for event in _events(past, trait) if event.occurred_at > start - _NEAR)
    # The oldest goes first; where clocks are put back, those near the edge may go and come in another order.
    for at, occurred_at in enumerate(moments):
        if at and occurred_at > max(start, moments[0]) + _NEAR:
            return
        yield from crossings(occurred_at, int(amount), unit, clock)


def _first(edges: Iterable[datetime], clock: Clock) -> int | None:
    """The first instant after now, in microseconds; None: there is none."""
    now = clock.now()
    first = min((edge for edge in edges if edge > now), default=None)
    return None if first is None else micros(first)


def _known(turns: Mapping[int, int | None]) -> Iterator[tuple[int, int]]:
    return ((at, number) for number, at in turns.items() if at is not None)


def _with(bits: int, number: int, answer: bool) -> int:
    return bits | (1 << number) if answer else bits & ~(1 << number)


def _bytes(bits: int) -> bytes:
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")
