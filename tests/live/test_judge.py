"""Judged event by event and as time passes, a person is in the very audiences that a look at all they did finds them in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st
from tests.properties.test_one_meaning import leaves, parsed, relative, settled, texts, withins

from headwater.audiences.history import Happened, History
from headwater.audiences.parse import Audience, parse_rule
from headwater.audiences.rule import (
    All,
    Any,
    Not,
    Rule,
    SetCondition,
    conditions,
    describe,
    matches,
)
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.core.documents import Document
from headwater.live.judge import LAKE, Change, Judge
from headwater.live.rules import make_rules
from headwater.live.state import Card, Did, Past, Person, Stated, micros, moment
from headwater.profiles.trait import TraitDeclaration
from headwater.profiles.value import value_of

ZONE = ZoneInfo("America/New_York")
START = datetime(2026, 3, 7, 15, 30, tzinfo=UTC)  # the day before summer time begins there
DOCUMENT = Document("audiences/a.yaml", "a", {}, {})
TRAITS = {
    "n_purchases": TraitDeclaration(
        kind="count", description="n", event="purchase", within={"last": "2 days"}
    ),
    "score": TraitDeclaration(kind="sum", description="s", event="purchase", property="revenue"),
    "tier": TraitDeclaration(
        kind="latest", description="t", property="category", within={"last": "25 hours"}
    ),
    "since": TraitDeclaration(kind="recency", description="d", event="page"),
}


def is_live(rule: Rule) -> bool:
    """Whether one person's doings answer it: not by others, queries, lists or traits that are only stated."""
    said = [each.needs() for each in conditions(rule)]
    return not any(
        isinstance(each, SetCondition) or needs.audiences or needs.tables or (needs.traits - TRAITS.keys())
        for each, needs in zip(conditions(rule), said, strict=True)
    )


timely = st.one_of(
    withins.map(lambda within: {"did": "purchase", "within": within}),
    withins.map(lambda within: {"did_on_days": "page", "at_least": 2, "within": within}),
    withins.map(
        lambda within: {"total": "revenue", "of": "purchase", "is": {"at_least": 5}, "within": within}
    ),
    relative.map(lambda text: {"last_time": "purchase", "is": {"after": text}}),
    st.integers(0, 4).map(lambda days: {"days_since_last": "page", "is": {"at_least": days}}),
    st.integers(0, 3).map(lambda days: {"trait": "score", "is": {"at_least": 3 * days}}),
    st.sampled_from(["1 minute", "23 hours", "2 days"]).map(
        lambda gap: {"sequence": [{"did": "page"}, {"did": "purchase", "gap": gap}]}
    ),
)
single = st.one_of(timely, timely, leaves).map(parsed).filter(is_live)
rules = st.recursive(
    single,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: All(tuple(some))),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: Any(tuple(some))),
        inner.map(Not),
    ),
    max_leaves=3,
)
pauses = st.one_of(
    st.just(timedelta()),
    st.timedeltas(timedelta(), timedelta(hours=2)),
    st.timedeltas(timedelta(), timedelta(days=3)),
    st.sampled_from([timedelta(hours=1), timedelta(hours=23), timedelta(days=1), timedelta(days=31)]),
)
happened = st.tuples(
    st.sampled_from(["purchase", "page", "other"]),
    st.one_of(st.just(timedelta()), st.timedeltas(timedelta(), timedelta(days=3))),  # how late it is told
    st.fixed_dictionaries({}, optional={"revenue": st.integers(0, 9).map(float), "category": texts}),
)
lives = st.lists(st.tuples(pauses, st.none() | happened), min_size=1, max_size=10)


def judge_of(audiences: Mapping[str, Rule]) -> Judge:
    return Judge(
        make_rules(
            {name: Audience(name, "", None, rule, DOCUMENT) for name, rule in audiences.items()}, TRAITS
        ),
        ZONE,
    )


def history_of(person: Person, at: datetime) -> History:
    """All that a person did, with the traits that follow from it at a moment: found without the judge."""
    events = [
        Happened(name, moment(did.at), did.properties)
        for name, some in person.past.did.items()
        for did in some
    ]
    clock = Clock(ZONE, at)
    told = [_Event(name, did) for name, some in person.past.did.items() for did in some]
    values = {
        name: value_of(trait, [each for each in told if trait.event in (None, each.event)], clock)
        for name, trait in TRAITS.items()
    }
    traits = {name: value for name, value in values.items() if value is not None}
    return History(tuple(events), traits)


class _Event:
    def __init__(self, name: str, did: Did) -> None:
        self.event, self.event_id = name, did.event_id
        self.occurred_at, self.properties = moment(did.at), did.properties


def wake(judge: Judge, person: Person, until: datetime) -> None:
    """Let time pass as the stream does: judged at each moment at which something may turn, and only then."""
    while person.past.due and person.past.due[0][0] <= micros(until):
        judge.judge(person, person.past.due[0][0], "time")


def check(judge: Judge, audiences: Mapping[str, Rule], person: Person, at: datetime) -> None:
    history = history_of(person, at)
    for name, rule in audiences.items():
        is_in = matches(rule, history, Clock(ZONE, at))
        assert (name in person.card.audiences) is is_in, f"{describe(rule)} at {at}"


@settled(300)
@pytest.mark.slow
@given(found=st.lists(rules, min_size=1, max_size=4), life=lives, later=st.lists(pauses, max_size=4))
def test_step_by_step_it_finds_what_a_fresh_look_finds(
    found: list[Rule], life: list[tuple[timedelta, object]], later: list[timedelta]
) -> None:
    audiences = {f"a{number}": rule for number, rule in enumerate(found)}
    judge, person, now = judge_of(audiences), Person(1, Card(), Past()), START
    for number, (pause, event) in enumerate([*life, *((pause, None) for pause in later)]):
        now += pause
        wake(judge, person, now)
        if event is None:
            judge.judge(person, micros(now), "time")
        else:
            name, ago, properties = event  # type: ignore[misc]
            came = {}
            if judge.rules.looks_at(name) is not None:
                came[name] = Did(micros(now - ago), f"e{number}", number, properties)
                person.past.did.setdefault(name, []).append(came[name])
            judge.judge(person, micros(now), f"event {name}", events=came)
        check(judge, audiences, person, now)


@settled(150)
@pytest.mark.slow
@given(
    before=st.lists(rules, min_size=1, max_size=3), after=st.lists(rules, min_size=1, max_size=3), life=lives
)
def test_new_rules_are_asked_of_everything(
    before: list[Rule], after: list[Rule], life: list[tuple[timedelta, object]]
) -> None:
    old = {f"a{number}": rule for number, rule in enumerate(before)}
    new = {f"a{number + 1}": rule for number, rule in enumerate(after)}
    everything = judge_of({**old, **{f"n{name}": rule for name, rule in new.items()}})
    person, now = Person(1, Card(), Past()), START
    for number, (pause, event) in enumerate(life):
        now += pause
        if event is not None and everything.rules.looks_at(event[0]) is not None:  # type: ignore[index]
            name, ago, properties = event  # type: ignore[misc]
            person.past.did.setdefault(name, []).append(
                Did(micros(now - ago), f"e{number}", number, properties)
            )
    judge_of(old).judge(person, micros(now), "rules")
    check(judge_of(old), old, person, now)
    judge = judge_of(new)
    changes = judge.judge(person, micros(now), "rules")
    check(judge, new, person, now)
    assert person.card.audiences.keys() <= new.keys()
    assert {each.audience for each in changes if not each.entered} <= old.keys()


OF_AUDIENCES = {
    "buyers": {"did": "purchase"},
    "recent": {"did": "purchase", "within": {"last": "1 days"}},
    "lapsed": {"all": [{"in_audience": "buyers"}, {"not": {"in_audience": "recent"}}]},
    "wanted": {"any": [{"in_audience": "lapsed"}, {"did": "page"}]},
}


def test_who_leaves_one_enters_those_that_ask_for_it_in_the_same_moment() -> None:
    vocabulary = Vocabulary(events=frozenset({"purchase", "page"}), audiences=frozenset(OF_AUDIENCES))
    judge = judge_of({name: parse_rule(data, vocabulary) for name, data in OF_AUDIENCES.items()})  # type: ignore[misc]
    did = Did(micros(START), "e", 0, {})
    person = Person(1, Card(), Past(did={"purchase": [did]}))
    judge.judge(person, micros(START), "event purchase", events={"purchase": did})
    assert person.card.audiences.keys() == {"buyers", "recent"}
    changes: list[Change] = []
    while not changes:  # it may be looked at before the moment itself, but turns at that
        [(at, _)] = person.past.due
        changes = judge.judge(person, at, "time")
    assert moment(at) == datetime(2026, 3, 8, 14, 30, tzinfo=UTC)  # a day of 23 hours
    assert [(each.audience, each.entered) for each in changes] == [
        ("recent", False),
        ("lapsed", True),
        ("wanted", True),
    ]
    assert person.card.audiences == {"buyers": micros(START), "lapsed": at, "wanted": at}


def test_who_lives_together_is_left_to_a_look_at_everyone() -> None:
    rule = parse_rule(
        {"trait": "home", "is": {"exists": True}}, Vocabulary(traits={"home": ValueType("text")})
    )
    audiences = {"housed": Audience("housed", "", None, rule, DOCUMENT)}  # type: ignore[arg-type]
    alone, together = make_rules(audiences, {}), make_rules(audiences, {}, frozenset({"home"}))
    assert (alone.compared, together.compared) == (frozenset(), frozenset({0}))
    assert alone.fingerprint != together.fingerprint
    judge = Judge(together, ZONE)
    past = Past(bits=b"\x01", rules=f"{LAKE}{together.fingerprint}")  # what the lake answered stays
    person = Person(1, Card(audiences={"housed": 1}), past)
    assert judge.judge(person, 10, "time", events=None) == []
    assert set(person.card.audiences) == {"housed"}


def test_what_is_stated_counts_by_source_then_by_time() -> None:
    rule = parse_rule(
        {"trait": "plan", "is": {"equals": "gold"}}, Vocabulary(traits={"plan": ValueType("text")})
    )
    judge = Judge(make_rules({"gold": Audience("gold", "", None, rule, DOCUMENT)}, {}), ZONE, ("crm",))  # type: ignore[arg-type]
    node = ("user_id", "ann")
    person = Person(
        1, Card(), Past(stated={"plan": [Stated("web", 5, node, "gold"), Stated("app", 4, node, "blue")]})
    )
    judge.judge(person, 10, "identify", attributes=True)
    assert (person.card.traits, set(person.card.audiences)) == ({"plan": "gold"}, {"gold"})
    person.past.stated["plan"].append(Stated("crm", 1, node, "iron"))
    [change] = judge.judge(person, 11, "identify", attributes=True)
    assert (change.audience, change.entered, person.card.traits) == ("gold", False, {"plan": "iron"})
