"""A new base may say anything of who is who: everybody is as it says then, with all that came since, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.core.sealing.ring import SEALS

from headwater.collect.event import Event
from headwater.identity.declare import Rules
from headwater.identity.identifier import identifier_kinds
from headwater.live.asked import Base, NoBase
from headwater.live.judge import Judge
from headwater.live.people import People
from headwater.live.rules import make_rules
from headwater.live.state import Card, Did, Node, Past, Person, Said, Stated, moment
from headwater.live.store import Draft, Store
from headwater.live.take import Identifiers, Intake
from headwater.live.ties import make_ties
from headwater.profiles.trait import TraitDeclaration

KINDS = identifier_kinds()
IDENTIFIERS = Identifiers(dict.fromkeys(KINDS, str), {name: kind.strength for name, kind in KINDS.items()})
TIES = make_ties(Rules({}), KINDS)
RULES = make_rules({}, {"looks": TraitDeclaration(kind="count", description="x", event="Looked")})
JUDGE = Judge(RULES, TIES.zone)
NOBODY = -1
Ids = dict[str, str]


class Partition(NoBase):
    """A base that has so many of the events, and says of each of their identifiers in which group it is, or it is nobody's."""

    def __init__(self, name: str, events: Sequence[Ids], position: int, group_of: dict[Node, int]) -> None:
        self.name, self.events, self.position, self.group_of = name, events, position, group_of

    def find(self, node: Node) -> Person | None:
        group = self.group_of.get(node, NOBODY)
        if group == NOBODY:
            return None
        nodes = sorted(each for each, its in self.group_of.items() if its == group)
        past = Past(base=self.name, profile_id=group, rules=RULES.fingerprint)
        for position, identifiers in enumerate(self.events[: self.position + 1]):
            strongest = hub(identifiers)
            if strongest in nodes:
                past.did.setdefault("Looked", []).append(Did(position, f"m{position}", -1, {}))
                past.said.append(Said(f"p{position}", True, position, standing_for(strongest)))
                past.stated[f"t{position}"] = [Stated("web", position, standing_for(strongest), "x")]
        traits = {"looks": float(len(past.did.get("Looked", ())))}
        return Person(0, Card(identifiers=nodes, traits=traits, first=nodes[0]), past)

    def names_nobody(self, node: Node) -> bool:
        return self.group_of.get(node) == NOBODY


def hub(identifiers: Ids) -> Node:
    return next(iter(IDENTIFIERS.read(identifiers).items()))


def standing_for(node: Node) -> Node:
    return node[0], SEALS.index_text(node[1], node[0])


@contextmanager
def store_in(folder: Path) -> Iterator[Draft]:
    with closing(Store(folder, SEALS, is_writer=True)) as store, store.writing() as draft:
        yield draft


def people_of(draft: Draft, base: Base) -> People:
    return People(draft, base, RULES, TIES)


def take(draft: Draft, base: Base, identifiers: Ids, position: int) -> None:
    people = people_of(draft, base)
    at = moment(position)
    told = {"traits": {f"t{position}": "x"}, "consents": {f"p{position}": True}}
    event = Event(
        "track", "Looked", f"m{position}", at, at, "web", identifiers=identifiers, properties={}, **told
    )  # type: ignore[arg-type]
    Intake(people, JUDGE, IDENTIFIERS).take(event, position, position, [])
    settle(people)


def settle(people: People) -> None:
    for person in people.unjudged.values():
        JUDGE.judge(person, 10_000, "identity")
    people.keep()


def renew_everyone(draft: Draft, base: Base) -> None:
    for key in list(draft.people()):
        if draft.has(key):
            people = people_of(draft, base)
            person = people.get(key)
            if person is not None and people.renew(person):
                JUDGE.judge(person, 10_000, "rules", events=None)
            settle(people)


def owners(draft: Draft) -> dict[Node, Person]:
    """Who has which identifier, as the persons say; the store must say the same."""
    found = {node: draft.person(key) for key in draft.people() for node in draft.card(key).identifiers}
    assert sum(len(draft.card(key).identifiers) for key in draft.people()) == len(found), (
        "an identifier is one person's"
    )
    assert all(draft.key_of(node) == person.key for node, person in found.items())
    return found


NAMES = ("anonymous_id", "device_id", "user_id", "crm_id")
values = st.sampled_from(["1", "2", "3"])
told = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, values)).filter(bool)
said = st.dictionaries(st.tuples(st.sampled_from(NAMES), values), st.integers(NOBODY, 1), min_size=4)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(
    events=st.lists(told, min_size=1, max_size=12),
    before=st.integers(0, 11),
    known=st.integers(-1, 11),
    groups=said,
    first=said,
)
def test_everybody_is_as_a_new_base_says_with_what_came_since_once(
    tmp_path_factory: pytest.TempPathFactory,
    events: list[Ids],
    before: int,
    known: int,
    groups: dict[Node, int],
    first: dict[Node, int],
) -> None:
    """The first events come upon one base, the others upon none; then comes a base that has a part of them."""
    with store_in(tmp_path_factory.mktemp("store")) as draft:
        old = partition("old", events, min(before, len(events) - 1), first)
        for position, identifiers in enumerate(events):
            if position > old.position:
                take(draft, old, identifiers, position)
        new = partition("new", events, max(old.position, min(known, len(events) - 1)), groups)
        renew_everyone(draft, new)
        assert_as_told(owners(draft), new, events, told_to_nobody(old, events))


def partition(name: str, events: Sequence[Ids], position: int, said: dict[Node, int]) -> Partition:
    nodes = {node for identifiers in events[: position + 1] for node in identifiers.items()}
    return Partition(
        name,
        events,
        position,
        {node: said.get(node, 10 + number) for number, node in enumerate(sorted(nodes))},
    )


def told_to_nobody(base: Partition, events: Sequence[Ids]) -> set[int]:
    """The events that were nobody's when they came; if that is mended, the lake has them, but live they were not kept."""
    return {at for at, each in enumerate(events) if base.names_nobody(hub(each))}


def assert_as_told(
    found: dict[Node, Person], base: Partition, events: Sequence[Ids], skipped: set[int]
) -> None:
    for node, group in base.group_of.items():
        assert (node in found) <= (group != NOBODY), "what names nobody is nobody's"
    for group in set(base.group_of.values()) - {NOBODY}:
        keys = {found[node].key for node, its in base.group_of.items() if its == group and node in found}
        assert len(keys) <= 1, "those who are one are one"
    if base.position == len(events) - 1:
        for one, other in ((one, other) for one in found for other in found):
            is_one = base.group_of[one] == base.group_of[other]
            assert (found[one].key == found[other].key) == is_one, "and those who are two are two"
    persons = {person.key: person for person in found.values()}.values()
    for kept in (_events, _purposes, _attributes):
        counted = Counter(what for person in persons for what in kept(person))
        assert set(counted.values()) <= {1}, "nothing is doubled"
    for position, identifiers in enumerate(events):
        if position > base.position and position not in skipped:
            owner = found.get(hub(identifiers))
            is_nobodys = base.group_of.get(hub(identifiers)) == NOBODY
            assert is_nobodys == (owner is None), "nothing is lost"
            if owner:
                assert f"m{position}" in _events(owner)
                assert f"p{position}" in _purposes(owner)
                assert f"t{position}" in _attributes(owner)
    for person in persons:
        assert person.card.traits["looks"] == len(_events(person)), "everybody is judged"


def _events(person: Person) -> list[str]:
    return [did.event_id for did in person.past.did.get("Looked", ())]


def _purposes(person: Person) -> list[str]:
    return [said.purpose for said in person.past.said]


def _attributes(person: Person) -> list[str]:
    return list(person.past.stated)
