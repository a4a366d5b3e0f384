"""Whose an event is: the person who has its strongest identifier, a new one, or several that turn out to be one.

What ties two identifiers, and what counts against it, the project's rules say, as they do for the batch (`ties.py`). Where a tie
does not count, the event is of whom its strongest identifier says, and the other identifier stays with whom it was. The batch
hears evidence in a better order, and more of it: what it says, the stream learns from the next base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from headwater.live.asked import Base
from headwater.live.judge import LAKE
from headwater.live.pasts import join, keep_later, known_of, says_all
from headwater.live.rules import LiveRules
from headwater.live.state import Card, Node, Past, Person
from headwater.live.stated import add_said, add_stated
from headwater.live.store import Draft
from headwater.live.ties import Tie, Ties
from headwater.live.visits import is_visiting


@dataclass(frozen=True)
class Whose:
    """Whose an event is.

    Attributes:
        person: None: its strongest identifier names nobody.
        aside: the kinds of its identifiers that are not theirs.
        is_joined: whether persons were brought together for it.
    """

    person: Person | None
    aside: list[str]
    is_joined: bool = False


@dataclass(frozen=True)
class _Kin:
    """Whom a base and the store have under the identifiers of a person, and of those who are the same by either.

    Attributes:
        here: in the store, by key.
        there: in the base.
        has_nobody: whether an identifier of theirs names nobody by now.
    """

    here: dict[int, Person]
    there: list[Person]
    has_nobody: bool

    @property
    def is_torn(self) -> bool:
        """Whether the base does not say of all that it knows of them that it is one person."""
        return self.has_nobody or len(self.there) > 1


class People:
    """The persons of one transaction of the store; those that were met are put into it by `keep`.

    Whom the store has from an older base stays as they are there, which is right but for what only the lake has heard since,
    until `renew` looks at what a new base says: no event waits for that. Who was judged by other rules than these is renewed at
    once, because some answers only a base gives.

    Attributes:
        unjudged: by key, those who came to be, or are others than they were, though no event is theirs.
    """

    def __init__(self, draft: Draft, base: Base, rules: LiveRules, ties: Ties, now: int = 0) -> None:
        self.unjudged: dict[int, Person] = {}
        self._draft = draft
        self._base = base
        self._rules = rules
        self._ties = ties
        self._now = now
        self._met: dict[int, Person] = {}
        self._next = draft.number("next person") or 1

    def whose(self, identifiers: Mapping[str, str], source: str, at: int) -> Whose:
        """Whose an event is; all of its identifiers that name somebody are somebody's then.

        Args:
            identifiers: kind to normalised value, the strongest first; at least one.
            source: where it came from.
            at: when it happened, in microseconds since 1970.
        """
        nodes = list(identifiers.items())
        if len(nodes) > 1:
            self._bring_in_line(nodes)
        strongest, person, is_joined = nodes[0], self._known(nodes[0]), False
        is_nobodys = person is None and self._base.names_nobody(strongest)
        mine, aside = [strongest], [strongest[0]] if is_nobodys else []
        for node in nodes[1:]:
            other = self._known(node)
            if other is not None and other is person:
                continue
            if other is None and self._base.names_nobody(node):
                aside.append(node[0])
            elif is_nobodys or not self._may_tie(Tie(strongest, node, source, at), (person, mine), other):
                aside.append(node[0])
                if other is None:
                    self._let_be(node)
            else:
                mine.append(node)
                is_joined |= person is not None and other is not None
                person = self._joined(person, other)
        if is_nobodys:
            return Whose(None, aside)
        person = person or self._new(Card(first=min(mine)))
        for node in mine:
            self._give(node, person)
        return Whose(person, aside, is_joined)

    def get(self, key: int) -> Person | None:
        """The person of this key; None: they turned out to be others, or one with another."""
        if key not in self._met:
            person = self._met[key] = self._draft.person(key)
            if person.past.rules != self._rules.fingerprint:
                self.renew(person)
        return self._met.get(key)

    def renew(self, person: Person) -> bool:
        """Let a person be what the lake says of them now, with what came since; gives whether they must be judged anew.

        They need not be if nothing is known of them that was not known before; then what was found out of them stays. Who turns
        out to be several is there no more: each of these is among the unjudged.
        """
        past = person.past
        if past.base == self._base.name:
            return past.rules != self._rules.fingerprint
        kin = self._kin(person)
        if kin.is_torn:
            self._part(list(kin.here.values()))
            return False
        before, bits, rules = known_of(person), past.bits, past.rules
        self._rebase(person, kin)
        if rules != self._rules.fingerprint or known_of(person) != before or self._is_other(past, bits):
            return True
        past.bits, past.rules = bits, rules
        return False

    def drop_if_idle(self, person: Person, now: int) -> bool:
        """Forget a person of whom the lake knows everything, and who is not on a visit; gives whether they were."""
        from_lake = self._base.find(person.card.identifiers[0])
        if (
            from_lake is None
            or is_visiting(person, now)
            or not says_all(from_lake, person, self._base.position)
        ):
            return False
        self._forget(person)
        return True

    def has(self, person: Person) -> bool:
        """Whether a person who was met is there still."""
        return person.key in self._met

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

    # Whether identifiers are tied

    def _may_tie(self, tie: Tie, mine: tuple[Person | None, list[Node]], other: Person | None) -> bool:
        """Whether a tie makes those one who are at its ends; who is not there yet has what was found of them so far."""
        person, nodes = mine
        ones = {*nodes, *(person.card.identifiers if person else ())}
        others = other.card.identifiers if other else [tie.other]
        return not (
            self._base.are_apart(ones, others)
            or self._ties.is_expired(tie, self._now)
            or self._base.has_expired(tie.one, tie.other)
        ) and self._ties.may_tie(tie, ones, others)

    def _joined(self, person: Person | None, other: Person | None) -> Person | None:
        """Two who are one: the one who was there first, with all that is of the other."""
        if person is None or other is None:
            return person or other
        first, second = sorted((person, other), key=lambda each: each.key)
        for node in second.card.identifiers:
            self._draft.give(node, first.key)
        join(first, second)
        self._remove(second)
        return first

    def _let_be(self, node: Node) -> Person:
        """Let an identifier be somebody of whom nothing else is known."""
        person = self._new(Card(first=node))
        self._give(node, person)
        self.unjudged[person.key] = person
        return person

    # What a new base says

    def _bring_in_line(self, nodes: Iterable[Node]) -> None:
        """Let those be what the base says of them who are of different ones, for they may be about to become one."""
        found = {each.key: each for each in map(self._known, nodes) if each}
        if len({each.past.base for each in found.values()}) > 1:
            for key, person in found.items():
                if key in self._met and self.renew(person):
                    self.unjudged[key] = person

    def _is_other(self, past: Past, bits: bytes) -> bool:
        """Whether a look at everyone, which only the lake has, says other than these bits do."""
        if past.rules != f"{LAKE}{self._rules.fingerprint}":
            return False
        differing = int.from_bytes(past.bits, "little") ^ int.from_bytes(bits, "little")
        return differing & self._rules.compared_mask != 0

    def _kin(self, person: Person) -> _Kin:
        here, there, has_nobody = {person.key: person}, list[Person](), False
        waiting, looked_at = list(person.card.identifiers), set[Node]()
        while waiting:
            node = waiting.pop()
            if node in looked_at:
                continue
            looked_at.add(node)
            from_lake = self._base.find(node)
            if from_lake is None:
                has_nobody |= self._base.names_nobody(node)
                continue
            there.append(from_lake)
            looked_at.update(from_lake.card.identifiers)
            for each in from_lake.card.identifiers:
                key = self._draft.key_of(each)
                if key is not None and key not in here:
                    here[key] = self._met.get(key) or self._draft.person(key)
                    waiting += here[key].card.identifiers
        return _Kin(here, there, has_nobody)

    def _rebase(self, person: Person, kin: _Kin) -> None:
        """Let a person be what the lake says of them, with what came after; whom the lake says is the same comes in.

        They are in the audiences they were in: judging, which must follow, says what changes.
        """
        if kin.there:
            keep_later(person, self._base.position)
        for other in kin.here.values():
            if other is not person:
                keep_later(other, self._base.position)
                for node in other.card.identifiers:
                    self._draft.give(node, person.key)
                join(person, other)
                self._remove(other)
        audiences = dict(person.card.audiences)
        for each in kin.there:
            for node in each.card.identifiers:
                self._give(node, person)
            join(person, each)
        person.card.audiences = audiences
        person.past.base = self._base.name
        if kin.there:
            person.past.bits, person.past.rules = kin.there[0].past.bits, f"{LAKE}{kin.there[0].past.rules}"

    def _part(self, persons: list[Person]) -> None:
        """Let persons be those whom the lake says they are, each with what came of them since, heard once more."""
        for each in persons:
            keep_later(each, self._base.position)
            self._forget(each)
        for seen in sorted(
            (seen for each in persons for seen in each.past.seen), key=lambda one: one.positions
        ):
            self.whose(dict(seen.nodes), seen.source, seen.at)
        for each in persons:
            self._hand_over(each)

    def _hand_over(self, person: Person) -> None:
        """Give what came of one who is there no more to those who have the identifiers that it came with."""
        self._hand_over_events(person.past)
        came_with = {self.standing_for(node): node for node in _all_nodes(person)}
        for name, stated in person.past.stated.items():
            for each in stated:
                if (owner := self._heir(came_with[each.node])) is not None:
                    add_stated(owner.past.stated, name, each)
        for said in person.past.said:
            if (owner := self._heir(came_with[said.node])) is not None:
                add_said(owner.past.said, said)
        self._succeed(person)

    def _hand_over_events(self, past: Past) -> None:
        owners: dict[int, Person] = {}
        for seen in past.seen:
            if (owner := self._heir(seen.nodes[0])) is not None:
                owners |= dict.fromkeys(seen.positions, owner)
                owner.past.seen.append(seen)
        for name, did in past.did.items():
            for each in did:
                if each.position in owners:
                    owners[each.position].past.did.setdefault(name, []).append(each)

    def _heir(self, node: Node) -> Person | None:
        """Who has an identifier, and is to be judged anew for it; None: it names nobody."""
        person = self._known(node)
        if person is None and not self._base.names_nobody(node):
            person = self._let_be(node)
        if person is not None:
            self.unjudged[person.key] = person
            if not person.past.rules.startswith(LAKE):
                person.past.rules = f"{LAKE}{person.past.rules}"
        return person

    def _succeed(self, person: Person) -> None:
        """What hangs on the identifier that somebody was first known by goes with it; what audiences they are in, too."""
        heir = self._heir(person.card.first)
        if heir is None:
            return
        heir.card.first = person.card.first
        heir.card.audiences = dict(person.card.audiences)
        heir.card.exposures = sorted([*heir.card.exposures, *person.card.exposures], key=lambda each: each[2])
        heir.past.rewarded = {**person.past.rewarded, **heir.past.rewarded}
        heir.past.visit = max((person.past.visit, heir.past.visit), key=lambda each: each.at if each else 0)

    # Whom the store has

    def _known(self, node: Node) -> Person | None:
        while (key := self._draft.key_of(node)) is not None:
            person = self.get(key)
            if person is not None:
                return person
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

    def _forget(self, person: Person) -> None:
        """Let a person's identifiers be nobody's here, until they are heard of again."""
        for node in person.card.identifiers:
            self._draft.take_away(node)
        self._remove(person)

    def _remove(self, person: Person) -> None:
        self._draft.remove(person)
        self._met.pop(person.key, None)
        self.unjudged.pop(person.key, None)


def _all_nodes(person: Person) -> Iterator[Node]:
    """The identifiers that somebody has, and those that came together with theirs."""
    yield from person.card.identifiers
    for seen in person.past.seen:
        yield from seen.nodes
