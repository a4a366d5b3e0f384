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

from headwater.audiences.crossing import crossings, period_starts
from headwater.audiences.history import Happened, History
from headwater.audiences.rule import All, Any, Condition, Not, Rule, conditions
from headwater.core.clock import Clock
from headwater.live.rules import LiveRules, moves_daily
from headwater.live.state import Past, Person, micros, moment
from headwater.live.stated import standings, stated_traits
from headwater.profiles.computing import Value
from headwater.profiles.trait import TraitDeclaration
from headwater.profiles.value import value_of

TRAITS, CONSENTS = -1, -2  # stand in `due` for traits and consents
LAKE = "lake "  # before the fingerprint of rules: the answers are the lake's, and only those that compare people count
_TESTED = Callable[[int], bool]
_NEAR = timedelta(days=2)


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
        self._timed = frozenset(
            name for name, trait in rules.traits.items() if trait.within or moves_daily(trait)
        )

    def judge(
        self,
        person: Person,
        now: int,
        reason: str,
        *,
        events: Collection[str] | None = (),
        attributes: bool = False,
        consents: bool = False,
    ) -> list[Change]:
        """Bring a person up to date as of now; gives which audiences were entered and left.

        Args:
            person: is changed.
            now: microseconds since 1970.
            reason: for the changes.
            events: the names of those that came; None: everything is to be judged.
            attributes: whether what sources state of the person has changed.
            consents: whether they said anything of a purpose.
        """
        past = person.past
        if past.rules != self.rules.fingerprint:
            events = None
            past.bits, past.due, past.rules = self._compared_bits(past), [], self.rules.fingerprint
        clock = Clock(self._zone, moment(now))
        due = {number for at, number in past.due if at <= now}
        changed = self._put_traits(person, clock, events, due, attributes=attributes)
        concerned = self._concerned(events, changed, due)
        asked = self._ask(person, concerned, clock)
        if TRAITS in due or changed or events is None:
            asked[TRAITS] = self._traits_turn(past, clock)
        if events is None or consents or CONSENTS in due:
            person.card.consents = standings(past.said, now)
            asked[CONSENTS] = min((said.until for said in past.said if said.until > now), default=None)
        past.due = sorted([*((at, n) for at, n in past.due if n not in asked), *_known(asked)])
        return self._move(person, concerned, now, reason, everything=events is None)

    def put_all_traits(self, person: Person, now: int) -> None:
        """Let the card say all traits as of a moment, in microseconds since 1970; audiences stay as they are."""
        self._put_traits(person, Clock(self._zone, moment(now)), None, set(), attributes=True)

    def _compared_bits(self, past: Past) -> bytes:
        """The answers that only a look at everyone gives, of the lake's; none of other rules."""
        if past.rules != f"{LAKE}{self.rules.fingerprint}":
            return b""
        mask = sum(1 << number for number in self.rules.compared)
        return _bytes(int.from_bytes(past.bits, "little") & mask)

    def _concerned(self, events: Collection[str] | None, traits: Iterable[str], due: set[int]) -> set[int]:
        if events is None:
            found = set(range(len(self.rules.conditions)))
        else:
            found = self.rules.concerned_by(events, traits) | (due - {TRAITS, CONSENTS})
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

    def _ask(self, person: Person, concerned: Iterable[int], clock: Clock) -> dict[int, int | None]:
        """Put the answers of conditions into the person's bits; gives when each may turn by itself."""
        bits, turns = int.from_bytes(person.past.bits, "little"), {}
        histories = _Histories(person, self.rules)
        for number in concerned:
            condition = self.rules.conditions[number]
            history = histories.for_events(condition.needs().events)
            bits = _with(bits, number, condition.matches(history, clock))
            turns[number] = _first(condition.edges(history, clock) or (), clock)
        person.past.bits = _bytes(bits)
        return turns

    # Audiences

    def _move(
        self, person: Person, concerned: set[int], now: int, reason: str, *, everything: bool
    ) -> list[Change]:
        """Let the person be in the audiences whose rules they meet now."""
        waiting = set(self.rules.audiences) if everything else _union(self._audiences_with, concerned)
        audiences, changes = person.card.audiences, []
        for gone in [name for name in audiences if everything and name not in self.rules.audiences]:
            del audiences[gone]
            changes.append(Change(gone, False, now, reason))
        for name in self._tests:
            if name not in waiting:
                continue
            is_in = self._tests[name](int.from_bytes(person.past.bits, "little"))
            if is_in == (name in audiences) and not everything:
                continue
            if is_in != (name in audiences):
                changes.append(Change(name, is_in, now, reason))
            if is_in:
                audiences.setdefault(name, now)
            else:
                audiences.pop(name, None)
            waiting |= self._tell_others(person, name)
        return changes

    def _tell_others(self, person: Person, name: str) -> set[str]:
        """Bring the conditions that ask about an audience up to date; gives the audiences that have them."""
        asking = self._asking_of.get(name, ())
        bits = int.from_bytes(person.past.bits, "little")
        history = History(audiences=frozenset(person.card.audiences), profile_id=person.past.profile_id)
        for number in asking:
            bits = _with(bits, number, self.rules.conditions[number].matches(history, Clock()))
        person.past.bits = _bytes(bits)
        return _union(self._audiences_with, asking)


class _Histories:
    """A person's history as conditions look at it: only the events of the names they need."""

    def __init__(self, person: Person, rules: LiveRules) -> None:
        past, card = person.past, person.card
        self._past = past
        self._empty = History(
            traits=card.traits,
            audiences=frozenset(card.audiences),
            profile_id=past.profile_id,
            lists=frozenset(past.lists),
        )
        self._of: dict[str, tuple[Happened, ...]] = {}

    def for_events(self, names: Iterable[str]) -> History:
        events = tuple(each for name in names for each in self._events(name))
        return replace(self._empty, events=events) if events else self._empty

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
