"""Whose an event is: known identifiers bring persons together, the id of a browser never does that to two who are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from tests.core.sealing.ring import SEALS

from headwater.identity.declare import KindRules, Rules
from headwater.identity.identifier import identifier_kinds
from headwater.live.asked import Base, NoBase
from headwater.live.pasts import join
from headwater.live.people import People
from headwater.live.rules import make_rules
from headwater.live.state import ANONYMOUS, Card, Did, Node, Past, Person, Visit
from headwater.live.store import Draft, Store
from headwater.live.ties import make_ties

Ids = dict[str, str]
KINDS = identifier_kinds()
TIES = make_ties(Rules({}), KINDS)
DAY = 86_400_000_000
NOW = 20_000 * DAY


def told_of(
    people: People, identifiers: Mapping[str, str], source: str = "web", at: int = 0
) -> tuple[int, Ids, bool]:
    """Whose an event is: their key, those of its identifiers that are theirs, and whether persons were joined for it."""
    in_order = dict(sorted(identifiers.items(), key=lambda node: -KINDS[node[0]].strength))
    whose = people.whose(in_order, source, at)
    people.keep()
    assert whose.person is not None
    theirs = {kind: value for kind, value in identifiers.items() if kind not in whose.aside}
    return whose.person.key, theirs, whose.is_joined


class Persons:
    """Persons to whom identifiers are told, one event after the other."""

    def __init__(self, draft: Draft) -> None:
        self.base: Base = NoBase()
        self.ties = TIES
        self.draft = draft

    def tell(self, *, source: str = "web", at: int = NOW, **identifiers: str) -> tuple[int, Ids, bool]:
        people = People(self.draft, self.base, make_rules({}, {}), self.ties, NOW)
        return told_of(people, identifiers, source, at)

    def obey(self, **rules: KindRules) -> None:
        self.ties = make_ties(Rules(rules), KINDS)

    def owners(self) -> dict[Node, int]:
        """Whose each identifier is, as the persons say; the store must say the same."""
        view = self.draft
        found = {node: key for key in view.people() for node in view.card(key).identifiers}
        assert all(view.key_of(node) == key for node, key in found.items())
        assert sum(len(view.card(key).identifiers) for key in view.people()) == len(found)
        return found


@contextmanager
def persons_in(folder: Path) -> Iterator[Persons]:
    store = Store(folder, SEALS, is_writer=True)
    with store.writing() as draft:
        yield Persons(draft)
    store.close()


@pytest.fixture
def persons(tmp_path: Path) -> Iterator[Persons]:
    with persons_in(tmp_path) as made:
        yield made


def test_what_a_browser_did_before_somebody_logged_in_is_theirs(persons: Persons) -> None:
    before, _, _ = persons.tell(anonymous_id="x")
    assert persons.tell(anonymous_id="x", user_id="ann") == (
        before,
        {"anonymous_id": "x", "user_id": "ann"},
        False,
    )
    assert persons.tell(user_id="ann")[0] == before


def test_two_browsers_of_one_are_brought_together(persons: Persons) -> None:
    first, second = persons.tell(anonymous_id="x")[0], persons.tell(anonymous_id="y")[0]
    assert first != second
    persons.tell(anonymous_id="x", user_id="ann")
    assert persons.tell(anonymous_id="y", user_id="ann") == (
        first,
        {"anonymous_id": "y", "user_id": "ann"},
        True,
    )
    assert persons.tell(anonymous_id="y")[0] == first


@pytest.mark.parametrize("is_known", [False, True], ids=["unknown so far", "known"])
def test_another_before_the_same_browser_stays_another(persons: Persons, is_known: bool) -> None:
    if is_known:
        persons.tell(user_id="bob")
    ann = persons.tell(anonymous_id="x", user_id="ann")[0]
    bob, theirs, is_joined = persons.tell(anonymous_id="x", user_id="bob")
    assert bob != ann
    assert (theirs, is_joined) == ({"user_id": "bob"}, False)
    assert persons.tell(anonymous_id="x")[0] == ann, "the browser stays with whom it was"


def test_an_identifier_that_people_are_known_by_brings_them_together(persons: Persons) -> None:
    ann, mail = persons.tell(user_id="ann")[0], persons.tell(email="a@shop.example")[0]
    assert ann != mail
    assert persons.tell(user_id="ann", email="a@shop.example")[::2] == (ann, True)
    assert persons.owners() == {("user_id", "ann"): ann, ("email", "a@shop.example"): ann}


def test_an_address_on_the_browser_of_somebody_known_is_somebody_else_s(persons: Persons) -> None:
    ann = persons.tell(anonymous_id="x", user_id="ann")[0]
    other, theirs, _ = persons.tell(anonymous_id="x", email="b@shop.example")
    assert (other != ann, theirs) == (True, {"email": "b@shop.example"})


class TestRules:
    def test_what_would_be_beyond_the_limit_stays_with_whom_it_was(self, persons: Persons) -> None:
        persons.obey(email=KindRules(most_per_profile=1))
        ann = persons.tell(user_id="ann", email="a@shop.example")[0]
        other = persons.tell(email="b@shop.example")[0]
        assert persons.tell(user_id="ann", email="b@shop.example") == (ann, {"user_id": "ann"}, False)
        assert persons.tell(user_id="ann", email="new@shop.example") == (ann, {"user_id": "ann"}, False)
        owners = persons.owners()
        assert owners["email", "b@shop.example"] == other
        assert owners["email", "new@shop.example"] not in (ann, other)

    def test_as_many_as_may_be_may_be(self, persons: Persons) -> None:
        persons.obey(email=KindRules(most_per_profile=2))
        ann = persons.tell(user_id="ann", email="a@shop.example")[0]
        assert persons.tell(user_id="ann", email="b@shop.example")[1].keys() == {"user_id", "email"}
        assert persons.tell(user_id="ann", email="c@shop.example") == (ann, {"user_id": "ann"}, False)

    def test_two_who_would_have_too_many_together_stay_two(self, persons: Persons) -> None:
        persons.obey(email=KindRules(most_per_profile=1))
        ann = persons.tell(user_id="ann", email="a@shop.example")[0]
        other = persons.tell(loyalty_id="7", email="b@shop.example")[0]
        assert persons.tell(user_id="ann", loyalty_id="7") == (ann, {"user_id": "ann"}, False)
        assert persons.tell(loyalty_id="7")[0] == other

    def test_a_trusted_source_may_go_beyond(self, persons: Persons) -> None:
        persons.obey(email=KindRules(most_per_profile=1, trusted_sources=("crm",)))
        ann = persons.tell(user_id="ann", email="a@shop.example")[0]
        told = {"user_id": "ann", "email": "b@shop.example"}
        assert persons.tell(source="web", **told)[1] == {"user_id": "ann"}
        assert persons.tell(source="crm", **told) == (ann, told, True)

    def test_evidence_that_does_not_last_until_now_ties_nothing(self, persons: Persons) -> None:
        persons.obey(anonymous_id=KindRules(lasts="2 days"))
        ann = persons.tell(user_id="ann")[0]
        assert persons.tell(user_id="ann", anonymous_id="x", at=NOW - 3 * DAY)[1] == {"user_id": "ann"}
        assert persons.tell(user_id="ann", email="a@shop.example", at=NOW - 3 * DAY)[1].keys() == {
            "user_id",
            "email",
        }
        assert persons.tell(user_id="ann", anonymous_id="x", at=NOW - DAY)[::2] == (ann, True)


class Said(NoBase):
    """A lake that keeps some apart, knows of a tie that is too old, and of an identifier that is everybody's."""

    def are_apart(self, ones: Iterable[Node], others: Iterable[Node]) -> bool:
        return {frozenset((one, other)) for one in ones for other in others} >= {APART}

    def has_expired(self, one: Node, other: Node) -> bool:
        return frozenset((one, other)) == EXPIRED

    def names_nobody(self, node: Node) -> bool:
        return node == EVERYBODYS


APART = frozenset((("user_id", "ann"), ("email", "ben@shop.example")))
EXPIRED = frozenset((("user_id", "ann"), ("anonymous_id", "old")))
EVERYBODYS = ("email", "all@shop.example")


class TestWhatTheBaseSays:
    @pytest.fixture(autouse=True)
    def base(self, persons: Persons) -> None:
        persons.base = Said()

    def test_those_whom_somebody_parted_are_brought_together_by_nothing(self, persons: Persons) -> None:
        ann = persons.tell(user_id="ann", loyalty_id="7")[0]
        ben = persons.tell(email="ben@shop.example", anonymous_id="x")[0]
        assert persons.tell(user_id="ann", email="ben@shop.example") == (ann, {"user_id": "ann"}, False)
        assert persons.tell(loyalty_id="7", email="ben@shop.example")[0] == ben
        assert persons.tell(loyalty_id="7", anonymous_id="x") == (ann, {"loyalty_id": "7"}, False)

    def test_a_tie_that_was_too_old_is_not_made_young_by_being_seen_again(self, persons: Persons) -> None:
        persons.tell(user_id="ann")
        assert persons.tell(user_id="ann", anonymous_id="old")[1] == {"user_id": "ann"}
        assert persons.tell(user_id="ann", anonymous_id="new")[1].keys() == {"user_id", "anonymous_id"}

    def test_what_names_nobody_ties_nobody_and_an_event_of_it_is_nobody_s(self, persons: Persons) -> None:
        ann = persons.tell(user_id="ann", email="all@shop.example")
        assert ann[1:] == ({"user_id": "ann"}, False)
        people = People(persons.draft, Said(), make_rules({}, {}), TIES, NOW)
        whose = people.whose({"email": "all@shop.example", "anonymous_id": "x"}, "web", NOW)
        people.keep()
        assert (whose.person, whose.aside) == (None, ["email", "anonymous_id"])
        assert persons.owners().keys() == {("user_id", "ann"), ("anonymous_id", "x")}


names = st.sampled_from("abcd")
told = st.lists(
    st.fixed_dictionaries({}, optional={ANONYMOUS: names, "user_id": names, "email": names}).filter(bool),
    min_size=1,
    max_size=15,
)


@pytest.mark.slow
@given(events=told)
def test_nobody_is_brought_together_but_by_what_people_are_known_by(
    tmp_path_factory: pytest.TempPathFactory, events: list[Ids]
) -> None:
    """Known identifiers are of one person only if events, or browsers that were nobody's, connect them."""
    with persons_in(tmp_path_factory.mktemp("store")) as persons:
        for event in events:
            key, theirs, _ = persons.tell(**event)
            owners = persons.owners()
            assert all(owners[node] == key for node in theirs.items())
            assert {
                kind: value for kind, value in event.items() if kind != ANONYMOUS
            }.items() <= theirs.items()
        owners = persons.owners()
        assert owners.keys() == {node for event in events for node in event.items()}
        assert_connected(events, owners)


def assert_connected(events: list[Ids], owners: Mapping[Node, int]) -> None:
    """Each person's identifiers hang together by events that name two of them."""
    members: defaultdict[int, list[Node]] = defaultdict(list)
    for node, key in owners.items():
        members[key].append(node)
    for nodes in members.values():
        reached, waiting = {nodes[0]}, [nodes[0]]
        while waiting:
            node = waiting.pop()
            for event in events:
                if node in event.items():
                    new = {each for each in event.items() if each in nodes} - reached
                    reached |= new
                    waiting += new
        assert reached == set(nodes)


@pytest.mark.slow
@given(events=st.lists(st.tuples(names, names, names), min_size=2, max_size=12))
def test_a_browser_never_makes_two_users_one(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, str, str]]
) -> None:
    with persons_in(tmp_path_factory.mktemp("store")) as persons:
        for browser, user, other in events:
            persons.tell(anonymous_id=browser, user_id=user)
            persons.tell(anonymous_id=other)
        owners = persons.owners()
    users = [node for node in owners if node[0] == "user_id"]
    assert len({owners[node] for node in users}) == len(users)


def did(at: int, position: int) -> Did:
    return Did(at, f"{position:x}", position, {})


def test_all_that_is_of_one_is_the_others_when_they_are_joined() -> None:
    one = Person(
        1,
        Card([("user_id", "a")], audiences={"buyers": 9, "old": 3}, exposures=[("hero", "a", 7)]),
        Past({"purchase": [did(5, 0)]}, profile_id=8, lists=["vip"], visit=Visit("s", 2, 50)),
    )
    other = Person(
        2,
        Card([("email", "a@x.example")], audiences={"buyers": 4}, exposures=[("hero", "b", 5)]),
        Past({"purchase": [did(2, 1)], "view": [did(3, 2)]}, profile_id=6, lists=["no_mail"]),
    )
    join(one, other)
    assert one.card.identifiers == [("email", "a@x.example"), ("user_id", "a")]
    assert one.card.audiences == {"buyers": 4, "old": 3}
    assert one.card.exposures == [("hero", "b", 5), ("hero", "a", 7)]
    assert one.past.did == {"purchase": [did(5, 0), did(2, 1)], "view": [did(3, 2)]}
    assert (one.past.profile_id, one.past.lists, one.past.visit) == (6, ["no_mail", "vip"], Visit("s", 2, 50))


class Lake(NoBase):
    """A lake that has ann, with an event and answers; made anew under a name."""

    position = 100

    def __init__(self, name: str, bits: int, *did: Did, rules: str = "r") -> None:
        self.name, self._bits, self._did, self._rules = name, bits, did, rules

    def find(self, node: Node) -> Person | None:
        past = Past(did={"purchase": list(self._did)}, base=self.name, profile_id=1)
        past.bits, past.rules = bytes([self._bits]), self._rules
        return Person(0, Card(identifiers=[("user_id", "ann")], first=node), past)


BUY = did(5, -1)
RULES = replace(make_rules({}, {}), fingerprint="r", compared=frozenset({2}))


@pytest.mark.parametrize(
    ("lake", "is_judged"),
    [
        pytest.param(Lake("new", 0b001, BUY), False, id="nothing new"),
        pytest.param(Lake("new", 0b010, BUY), False, id="answers that the stream knows better"),
        pytest.param(Lake("new", 0b101, BUY), True, id="an answer that only a look at everyone gives"),
        pytest.param(Lake("new", 0b001, BUY, did(6, -1)), True, id="an event from elsewhere"),
        pytest.param(Lake("new", 0b001), True, id="an event that is gone"),
        pytest.param(Lake("new", 0b101, BUY, rules="older"), False, id="answers to other rules"),
    ],
)
def test_judged_anew_is_of_whom_a_new_base_says_something_new(tmp_path: Path, lake: Lake, is_judged) -> None:
    store = Store(tmp_path, SEALS, is_writer=True)
    with store.writing() as draft:
        people = People(draft, Lake("old", 0b001, BUY), RULES, TIES)
        key, _, _ = told_of(people, {"user_id": "ann"})
        people = People(draft, lake, RULES, TIES)
        person = people.get(key)
        assert person
        assert person.past.base == "old"  # no event waits for it
        assert people.renew(person) == is_judged
        assert (person.past.base, person.past.profile_id) == ("new", 1)
        assert is_judged or (person.past.bits, person.past.rules) == (b"\x01", "r")
        assert not is_judged or person.past.rules != "r"  # which has them judged
    store.close()


def test_who_was_judged_by_other_rules_is_renewed_at_once(tmp_path: Path) -> None:
    store = Store(tmp_path, SEALS, is_writer=True)
    with store.writing() as draft:
        people = People(draft, Lake("old", 0b001, BUY, rules="before"), RULES, TIES)
        key, _, _ = told_of(people, {"user_id": "ann"})
        renewed = People(draft, Lake("new", 0b101, BUY), RULES, TIES).get(key)
        assert renewed
        assert renewed.past.bits == b"\x05"
    store.close()


def test_of_several_devices_each_stays_with_whom_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path, SEALS, is_writer=True)
    with store.writing() as draft:

        def tell(**identifiers: str) -> tuple[int, Ids]:
            return told_of(People(draft, NoBase(), RULES, TIES), identifiers)[:2]

        ann, _ = tell(user_id="ann", device_id="tablet")
        assert tell(anonymous_id="app", device_id="tablet") == (
            ann,
            {"anonymous_id": "app", "device_id": "tablet"},
        )
        ben, theirs = tell(user_id="ben", device_id="tablet", anonymous_id="new")
        assert (ben != ann, theirs) == (True, {"user_id": "ben", "anonymous_id": "new"})
        assert tell(anonymous_id="new", device_id="tablet") == (ann, {"device_id": "tablet"})
        assert tell(anonymous_id="new")[0] == ben
    store.close()
