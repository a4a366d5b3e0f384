"""An event taken in: whose it is, what is kept of it, which visit it belongs to, and what it states."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from tests.core.sealing.ring import SEALS

from headwater.collect.event import Event, Kind
from headwater.collect.outcome import Accepted, Refused
from headwater.identity.declare import Rules
from headwater.identity.identifier import identifier_kinds
from headwater.live.asked import NoBase
from headwater.live.judge import Judge
from headwater.live.people import People
from headwater.live.rules import make_rules
from headwater.live.state import Card, Past, Person, Said, Stated, Visit, micros
from headwater.live.stated import add_said, add_stated, standings, stated_traits
from headwater.live.store import Store
from headwater.live.take import Identifiers, Intake
from headwater.live.ties import make_ties
from headwater.live.visits import visit_of
from headwater.profiles.trait import TraitDeclaration
from headwater.tables.rejection import Reason

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ANN = ("user_id", "ann")
OF_ANN = (ANN[0], SEALS.index_text(ANN[1], ANN[0]))
TRAITS = {"spent": TraitDeclaration(kind="sum", description="s", event="purchase", property="revenue")}


class Taking:
    """Takes events in, and keeps what it was told of each."""

    def __init__(self, people: People) -> None:
        kinds = identifier_kinds()
        self.noted: list[str] = []
        self.people = people
        self._intake = Intake(
            people,
            Judge(make_rules({}, TRAITS), UTC),
            Identifiers(
                {name: kind.normalise for name, kind in kinds.items()},
                {name: kind.strength for name, kind in kinds.items()},
            ),
            lambda accepted, _: self.noted.append(accepted.event),
        )
        self._n = 0

    def take(self, kind: Kind = "track", name: str = "purchase", **given: object) -> Accepted | Refused:
        self._n += 1
        told = {"identifiers": {"user_id": "ann"}, **given}
        event = Event(kind, name, f"m{self._n}", NOON, NOON, "website", **told)  # type: ignore[arg-type]
        first = self._intake.take(event, self._n, micros(NOON), [])[0]
        assert isinstance(first, (Accepted, Refused))
        return first

    def ann(self) -> Person:
        person = self.people.known(ANN)
        assert person is not None
        return person


@pytest.fixture
def taking(tmp_path: Path) -> Iterator[Taking]:
    store = Store(tmp_path, SEALS, is_writer=True)
    with store.writing() as draft:
        ties = make_ties(Rules({}), identifier_kinds())
        yield Taking(People(draft, NoBase(), make_rules({}, {}), ties))
    store.close()


def test_an_event_is_told_of_once_to_whoever_counts_showings(taking: Taking) -> None:
    taking.take()
    assert taking.noted == ["purchase"]


def test_only_what_somebody_looks_at_is_kept(taking: Taking) -> None:
    taking.take(properties={"revenue": 5, "colour": "red"})
    taking.take(name="view")
    [did] = taking.ann().past.did["purchase"]
    assert (did.properties, did.event_id, did.position) == ({"revenue": 5.0}, "m1", 1)
    assert taking.ann().past.did.keys() == {"purchase"}
    assert taking.ann().card.traits == {"spent": 5.0}


@pytest.mark.parametrize(
    ("identifiers", "reason"),
    [({"email": "no address"}, Reason.INVALID_IDENTIFIER), ({}, Reason.NO_IDENTIFIER)],
    ids=["none valid", "none"],
)
def test_an_event_of_nobody_is_refused(taking: Taking, identifiers: dict[str, str], reason: Reason) -> None:
    refused = taking.take(identifiers=identifiers)
    assert isinstance(refused, Refused)
    assert refused.reason == reason.value


def test_what_is_stated_belongs_to_the_strongest_identifier(taking: Taking) -> None:
    taking.take(
        "identify",
        "",
        identifiers={"user_id": "ann", "anonymous_id": "x"},
        traits={"plan": "gold"},
        consents={"newsletter": False},
    )
    assert taking.ann().past.stated["plan"] == [Stated("website", micros(NOON), OF_ANN, "gold", 1)]
    assert taking.ann().card.traits == {"plan": "gold"} | {"spent": 0.0}
    assert taking.ann().card.consents == {"newsletter": "denied"}


class TestVisits:
    def visits(self, *minutes: int) -> list[tuple[object, object]]:
        person, found = Person(1, Card(), Past()), []
        for number, minute in enumerate(minutes, start=1):
            at = NOON + timedelta(minutes=minute)
            event = Event(
                "page", "page", f"m{number}", at, at, identifiers={"anonymous_id": "x"}, properties={}
            )
            visit_of(event, person, number)
            found.append((event.properties["session_id"], event.properties["session_number"]))
        return found

    def test_a_pause_of_more_than_half_an_hour_begins_another(self) -> None:
        assert self.visits(0, 30, 60, 91) == [("1", 1), ("1", 1), ("1", 1), ("4", 2)]

    def test_one_that_comes_late_belongs_to_the_open_one_and_does_not_shorten_it(self) -> None:
        assert self.visits(0, 29, 10, 58) == [("1", 1)] * 4

    def test_what_a_server_tells_is_in_no_visit(self) -> None:
        person = Person(1, Card(), Past(visit=Visit("1", 1, 0)))
        event = Event("track", "purchase", "m", NOON, NOON, identifiers={"user_id": "ann"}, properties={})
        visit_of(event, person, 1)
        assert (event.properties, person.past.visit) == ({}, Visit("1", 1, 0))


stated = st.builds(
    Stated, st.sampled_from(["web", "crm"]), st.integers(0, 5), st.sampled_from([ANN, ("email", "a@x.example")]),
    st.integers(0, 3).map(float),
)  # fmt: skip
said = st.builds(
    Said, st.sampled_from(["mail", "ads"]), st.booleans(), st.integers(0, 5),
    st.sampled_from([ANN, ("email", "a@x.example")]),
)  # fmt: skip


@given(st.lists(stated, max_size=12).map(lambda told: sorted(told, key=lambda each: each.at)))
def test_of_each_source_and_identifier_the_newest_statement_is_kept(told: list[Stated]) -> None:
    kept: dict[str, list[Stated]] = {}
    for each in told:
        add_stated(kept, "plan", each)
    assert len({(each.source, each.node) for each in kept.get("plan", ())}) == len(kept.get("plan", ()))
    for each in kept.get("plan", ()):
        own = [one for one in told if (one.source, one.node) == (each.source, each.node)]
        newest = max(one.at for one in own)
        assert each.value == [one for one in own if one.at == newest][-1].value
    assert not any(
        add_stated(kept, "plan", Stated(each.source, -1, each.node, 9.0)) for each in told
    )  # came late
    found = stated_traits(kept, ("crm",))
    assert not told or found["plan"] in {one.value for one in told}
    if any(one.source == "crm" for one in told):
        assert found["plan"] in {one.value for one in told if one.source == "crm"}


@given(st.lists(said, max_size=12), st.randoms())
def test_of_each_identifier_the_newest_word_counts_and_no_wins(told: list[Said], chance: object) -> None:
    mixed = list(told)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    kept: list[list[Said]] = [[], []]
    for each, other in zip(told, mixed, strict=True):
        add_said(kept[0], each)
        add_said(kept[1], other)
    assert standings(kept[0], 9) == standings(kept[1], 9), "the order in which they came does not matter"
    for purpose, standing in standings(kept[0], 9).items():
        newest: dict[object, tuple[int, bool]] = {}
        for each in told:
            if each.purpose == purpose:
                newest[each.node] = max(newest.get(each.node, (-1, False)), (each.at, not each.is_granted))
        assert (standing == "denied") is any(is_denied for _, is_denied in newest.values())


def test_a_statement_that_lapsed_or_lies_ahead_does_not_count() -> None:
    told = [Said("mail", True, 5, ANN, until=8), Said("ads", True, 7, ANN)]
    assert [standings(told, at) for at in (4, 5, 7, 8)] == [
        {},
        {"mail": "granted"},
        {"mail": "granted", "ads": "granted"},
        {"ads": "granted"},
    ]
