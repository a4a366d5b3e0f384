"""Decisions: each has one reason, and nothing personal comes of one without a permit."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st
from tests.personalise.conftest import NOW, someone

from headwater.core.clock import Clock
from headwater.core.errors import Bug
from headwater.live.person import Person
from headwater.personalise.access import shown
from headwater.personalise.bandit import Arm
from headwater.personalise.decide import decide
from headwater.personalise.decision import DECIDED, SHOWN, Reason, decided_event, exposure, shown_event
from headwater.privacy.consent import Standing
from headwater.privacy.gate import permit_person

RULES = """
purpose: personalisation
rules:
  - when: {in_audience: coffee_lovers}
    variants: [{name: beans, weight: 3, content: BEANS}, {name: machines, content: MACHINES}]
  - when: {all: [{trait: city, is: Berlin}, {not: {in_audience: lapsed}}]}
    variants: [{name: nearby, content: NEARBY}]
  - when: {trait: points, is: {at_least: 10}}
    variants: [{name: rich, content: RICH}]
fallback: FALLBACK
"""
ALL = "purpose: personalisation\nrules: [{variants: [{name: a, content: A}, {name: b, content: B}]}]\nfallback: F\n"
BANDIT = """
purpose: personalisation
bandit:
  reward: Order Completed
  within: 7 days
  segments: [lapsed, coffee_lovers]
  variants: [{name: a, content: A}, {name: b, content: B}, {name: c, content: C}]
fallback: F
"""


def one(person, placement, context, **changes):
    context = dataclasses.replace(context, **changes)
    (decision,) = decide(person, [placement.name], {placement.name: placement}, context)
    return decision


@pytest.mark.parametrize(
    ("person", "reason", "content", "rule"),
    [
        pytest.param(someone(audiences=("coffee_lovers",)), "rule", "BEANS", 0, id="first rule"),
        pytest.param(
            someone(traits={"city": "Berlin", "points": 20}), "rule", "NEARBY", 1, id="first that fits"
        ),
        pytest.param(
            someone(audiences=("lapsed",), traits={"city": "Berlin", "points": 20.0}),
            "rule",
            "RICH",
            2,
            id="third",
        ),
        pytest.param(someone(traits={"points": 9.0}), "no_rule_matched", "FALLBACK", None, id="none fits"),
        pytest.param(Person(), "unknown_person", "FALLBACK", None, id="nobody"),
        pytest.param(someone(consents={}), "no_consent", "FALLBACK", None, id="asked for nothing"),
        pytest.param(
            someone(
                audiences=("coffee_lovers",), consents={"personalisation": "denied", "service": "granted"}
            ),
            "consent_denied",
            "FALLBACK",
            None,
            id="denied",
        ),
        pytest.param(
            dataclasses.replace(someone(), is_restricted=True),
            "restricted",
            "FALLBACK",
            None,
            id="restricted",
        ),
        pytest.param(
            someone(consents={"personalisation": "maybe"}), "consent_denied", "FALLBACK", None, id="no word"
        ),
    ],
)
def test_what_rules_say(sound, context, person, reason, content, rule):
    decision = one(person, sound(RULES), context)
    assert (decision.reason, decision.content, decision.rule) == (reason, content, rule)
    assert decision.is_fallback == (content == "FALLBACK")


@pytest.mark.parametrize("purpose", ["service", "profiling"])
def test_without_consent_as_basis_only_an_objection_counts(sound, context, purpose):
    hero = sound(ALL.replace("personalisation", purpose))
    assert one(someone(consents={}), hero, context).reason == Reason.RULE
    assert one(someone(consents={purpose: "denied"}), hero, context).reason == Reason.OBJECTED


def test_a_schedule_holds_from_its_first_to_its_last_instant(sound, context):
    hero = sound(ALL + "from: 2026-06-01T12:00\nuntil: 2026-06-02\n")
    moments = {
        "2026-06-01T09:59:59": Reason.NOT_SCHEDULED,
        "2026-06-01T10:00:00": Reason.RULE,
        "2026-06-02T21:59:59": Reason.RULE,
        "2026-06-02T22:00:00": Reason.NOT_SCHEDULED,
    }
    for moment, reason in moments.items():
        clock = Clock(context.clock.zone, NOW.fromisoformat(f"{moment}+00:00"))
        assert one(someone(), hero, context, clock=clock).reason == reason


def test_what_a_browser_may_not_ask_for_is_not_there(sound, context):
    hero = sound(ALL + "is_public: false\n")
    decision = one(someone(), hero, context)
    missing = decide(someone(), ["nothing"], {}, context)["nothing"]
    assert (
        (decision.reason, decision.content) == (missing.reason, missing.content) == (Reason.NOT_FOUND, None)
    )
    assert one(someone(), hero, context, is_public=False).reason == Reason.RULE


WANTED = st.lists(st.sampled_from(["hero", "other", "none", "nor this"]), max_size=8)


@given(wanted=WANTED)
def test_every_placement_wanted_is_decided_once(sound, context, wanted):
    placements = {"hero": sound(ALL), "other": dataclasses.replace(sound(RULES), name="other")}
    placements["other"] = dataclasses.replace(
        placements["other"], request=dataclasses.replace(placements["other"].request, name="other")
    )
    decisions = decide(someone(), wanted, placements, context)
    assert [each.placement for each in decisions] == list(dict.fromkeys(wanted))
    assert sum(decisions.totals.values()) == len(decisions) == len({each.decision_id for each in decisions})


def test_ids_are_in_order_of_time(sound, context):
    hero, moments = sound(ALL), [NOW + timedelta(microseconds=500 * n) for n in range(40)]
    ids = [
        one(someone(), hero, context, clock=Clock(context.clock.zone, each)).decision_id for each in moments
    ]
    assert ids == sorted(ids)


KEYS = st.text("abcdef0123456789", min_size=1, max_size=12)
PEOPLE = st.builds(
    someone,
    KEYS,
    audiences=st.lists(st.sampled_from(["coffee_lovers", "lapsed"]), unique=True).map(tuple),
    traits=st.fixed_dictionaries(
        {}, optional={"city": st.sampled_from(["Berlin", "Rome"]), "points": st.floats(0, 20)}
    ),
    consents=st.dictionaries(
        st.sampled_from(["personalisation", "service", "profiling"]),
        st.sampled_from(["granted", "denied", "?"]),
    ),
)
PERSONAL = "shows: {traits: [city], audiences: [coffee_lovers]}\n"
EVERY = [
    pytest.param(RULES + PERSONAL, id="rules"),
    pytest.param(ALL + PERSONAL, id="everyone"),
    pytest.param(BANDIT + PERSONAL, id="bandit"),
    pytest.param(ALL + "holdout: 50%\n" + PERSONAL, id="holdout"),
    pytest.param(BANDIT + "cap: {most: 1, within: 1 day}\n" + PERSONAL, id="cap"),
]


@pytest.mark.parametrize("text", EVERY)
@pytest.mark.parametrize("purpose", ["personalisation", "service", "profiling"])
@settings(max_examples=40)
@given(person=PEOPLE)
def test_nobody_gets_anything_personal_whom_the_gate_refuses(sound, context, text, purpose, person):
    decision = one(person, sound(text.replace("personalisation", purpose)), context)
    said = person.consents.get(purpose)
    refused = said != "granted" if purpose == "personalisation" else said not in (None, "granted")
    if refused:
        nothing = one(Person(), sound(text), context)
        assert decision.is_fallback
        assert decision.variant == "fallback"
        # The same as for somebody of whom nothing is known.
        assert (decision.content, decision.shown, decision.rule, decision.segment, decision.propensity) == (
            nothing.content,
            nothing.shown,
            nothing.rule,
            nothing.segment,
            nothing.propensity,
        )
    assert refused == (decision.reason in {"no_consent", "consent_denied", "objected", "restricted"})


@settings(max_examples=40)
@given(person=PEOPLE)
def test_the_same_person_sees_the_same_variant(sound, context, person):
    hero = sound(RULES + "holdout: 20%\n")
    later = Clock(context.clock.zone, NOW + timedelta(days=400))
    first, second = one(person, hero, context), one(person, hero, context, clock=later)
    assert (first.variant, first.reason, first.propensity) == (
        second.variant,
        second.reason,
        second.propensity,
    )
    assert first.decision_id < second.decision_id


@pytest.mark.parametrize("text", [pytest.param(RULES, id="rules"), pytest.param(BANDIT, id="bandit")])
@settings(max_examples=60)
@given(person=PEOPLE)
def test_who_is_held_out_never_gets_a_variant_whatever_else_changes(sound, context, text, person):
    person = dataclasses.replace(person, consents={"personalisation": "granted"})
    hero = sound(text + "holdout: 50%\n")
    decision = one(person, hero, context)
    others = [someone(person.key), someone(person.key, audiences=("coffee_lovers", "lapsed"))]
    if decision.reason is Reason.HOLDOUT:
        assert (decision.variant, decision.content, decision.propensity) == ("holdout", hero.fallback, 0.5)
        assert {one(each, hero, context).variant for each in others} == {"holdout"}
    else:
        assert "holdout" not in {one(each, hero, context).variant for each in others}


def test_a_holdout_tells_the_rule_that_would_have_been(sound, context):
    hero = sound(RULES + "holdout: 100%\n")
    decision = one(someone(audiences=("coffee_lovers",)), hero, context)
    assert (decision.reason, decision.rule) == (Reason.HOLDOUT, 0)


def test_shares_and_propensities_agree(sound, context):
    hero, n = sound(RULES + "holdout: 20%\n"), 3000
    decisions = [one(someone(f"p{each}", audiences=("coffee_lovers",)), hero, context) for each in range(n)]
    propensity = {each.variant: each.propensity for each in decisions}
    assert propensity == pytest.approx({"holdout": 0.2, "beans": 0.6, "machines": 0.2})
    for variant, times in Counter(each.variant for each in decisions).items():
        p = propensity[variant]
        assert abs(times / n - p) < 4 * math.sqrt(p * (1 - p) / n)


STEPS = st.lists(st.integers(0, 30), min_size=1, max_size=30)


@pytest.mark.parametrize("text", [pytest.param(ALL, id="rules"), pytest.param(BANDIT, id="bandit")])
@pytest.mark.parametrize("of", ["placement", "variant"])
@settings(max_examples=40)
@given(hours=STEPS, most=st.integers(1, 3))
def test_caps_are_kept_in_every_sequence(sound, context, text, of, hours, most):
    hero = sound(f"{text}cap: {{most: {most}, within: 12 hours, of: {of}}}\n")
    now, exposures = NOW, {}
    for passed in hours:
        now += timedelta(hours=passed)
        person = someone(exposures={("other", "a"): (now,) * 9, **exposures})
        decision = one(person, hero, context, clock=Clock(context.clock.zone, now))
        seen = [
            (v, at) for (_, v), times in exposures.items() for at in times if at > now - timedelta(hours=12)
        ]
        of_variant = Counter(v for v, _ in seen)
        full = (
            len(seen) >= most if of == "placement" else len([v for v in of_variant if of_variant[v] >= most])
        )
        if decision.is_fallback:
            assert decision.reason is Reason.CAPPED
            assert full
            continue
        assert (len(seen) if of == "placement" else of_variant[decision.variant]) < most
        place = ("hero", decision.variant)
        exposures[place] = (*exposures.get(place, ()), now)


def test_a_bandit_whose_variants_are_capped_chooses_among_the_others(sound, context):
    hero = sound(BANDIT + "cap: {most: 1, within: 1 day, of: variant}\n")
    person = someone(exposures={("hero", "a"): (NOW,), ("hero", "b"): (NOW,)})
    decision = one(person, hero, context)
    assert (decision.variant, decision.propensity) == ("c", 1.0)


def test_a_bandit_uses_what_is_known_of_the_first_segment(sound, context):
    hero = sound(BANDIT)
    good, bad = Arm(1000, 900), Arm(1000, 1)
    known = {
        ("hero", "lapsed"): {"a": good, "b": bad, "c": bad},
        ("hero", "coffee_lovers"): {"a": bad, "b": good, "c": bad},
        ("hero", ""): {"a": bad, "b": bad, "c": good},
    }
    for audiences, segment, variant in [
        (("coffee_lovers", "lapsed"), "lapsed", "a"),
        (("coffee_lovers",), "coffee_lovers", "b"),
        ((), "", "c"),
    ]:
        decision = one(someone(audiences=audiences), hero, context, known=known)
        assert (decision.segment, decision.variant, decision.reason) == (segment, variant, Reason.BANDIT)


def test_only_what_a_placement_shows_is_told(sound, context):
    person = someone(audiences=("coffee_lovers", "lapsed"), traits={"city": "Rome", "points": 3.0})
    told = one(person, sound(ALL + PERSONAL), context).shown
    assert (dict(told.traits), told.audiences) == ({"city": "Rome"}, ("coffee_lovers",))
    told = one(person, sound(ALL), context).shown
    assert (dict(told.traits), told.audiences) == ({}, ())


def test_a_permit_for_one_placement_opens_no_other(sound, context):
    hero = sound(ALL + PERSONAL)
    other = dataclasses.replace(hero.request, name="other")
    permitted = permit_person(other, Standing.GRANTED, context.project)
    with pytest.raises(Bug, match="permit for personalisation 'other' was used for placement 'hero'"):
        shown(someone(), hero, permitted)
    denied = permit_person(hero.request, Standing.DENIED, context.project)
    assert not shown(someone(traits={"city": "Rome"}), hero, denied).traits


def test_what_is_recorded_names_the_decision_and_holds_nothing_about_the_person(sound, context):
    person = someone(audiences=("coffee_lovers",), traits={"city": "Rome"})
    decision = one(person, sound(RULES + PERSONAL), context)
    assert decided_event(decision) == {
        "placement": "hero",
        "variant": "beans",
        "decision_id": decision.decision_id,
        "reason": "rule",
        "is_fallback": False,
        "propensity": 0.75,
        "rule": 0,
        "segment": "",
    }
    assert exposure(SHOWN, shown_event(decision)) == ("hero", "beans")
    assert exposure(DECIDED, decided_event(decision)) is None
    assert exposure(SHOWN, {"placement": "hero", "variant": "holdout"}) is None
    assert exposure(SHOWN, {"placement": 7, "variant": None}) is None
