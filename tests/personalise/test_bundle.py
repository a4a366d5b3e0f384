"""The bundle: what clients decide by themselves is what the server would have decided."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st
from tests.personalise.conftest import NOW, someone

from headwater.core.clock import Clock
from headwater.live.person import Person
from headwater.personalise.bundle import bundle, evaluate, is_portable
from headwater.personalise.decide import decide

TEXT = """
purpose: {purpose}
from: 2026-06-01T12:00
until: 2026-06-02
holdout: 30%
rules:
  - when: {{all: [{{in_audience: coffee_lovers}}, {{not: {{in_audience: lapsed}}}}]}}
    variants: [{{name: a, weight: 2, content: {{n: 1}}}}, {{name: b, content: B}}, {{name: c, weight: 0, content: C}}]
  - when: {{any: [{{in_audience: lapsed}}]}}
    variants: [{{name: d, content: D}}]
fallback: F
shows: {{audiences: [coffee_lovers, lapsed]}}
"""
PURPOSES = ["personalisation", "service", "profiling"]
PEOPLE = st.builds(
    someone,
    st.text("abc123", max_size=6),
    audiences=st.lists(st.sampled_from(["coffee_lovers", "lapsed"]), unique=True).map(tuple),
    consents=st.dictionaries(
        st.sampled_from(PURPOSES), st.sampled_from(["granted", "granted", "denied", "?"])
    ),
)


@pytest.mark.parametrize("purpose", PURPOSES)
@settings(max_examples=150)
@given(person=PEOPLE, hours=st.integers(-4, 40))
def test_a_client_decides_as_the_server_does(sound, context, purpose, person, hours):
    hero, now = sound(TEXT.format(purpose=purpose)), NOW + timedelta(hours=hours)
    packed = json.loads(json.dumps(bundle([hero], context.project)))["placements"]["hero"]
    here = evaluate(packed, person, now)
    there = decide(person, ["hero"], {"hero": hero}, replace(context, clock=Clock(context.clock.zone, now)))[
        "hero"
    ]
    assert (here.variant, here.content, here.reason) == (there.variant, there.content, there.reason)


def test_an_unknown_person_gets_the_fallback(sound, context):
    packed = bundle([sound(TEXT.format(purpose="service"))], context.project)["placements"]["hero"]
    assert evaluate(packed, Person(), NOW).reason == "unknown_person"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("holdout:", "is_public: false\nholdout:", id="for servers only"),
        pytest.param("holdout:", "cap: {most: 1, within: 1 day}\nholdout:", id="capped"),
        pytest.param("shows: {audiences: [coffee_lovers, lapsed]}", "", id="shows nothing"),
        pytest.param("[coffee_lovers, lapsed]", "[lapsed]", id="shows another audience"),
        pytest.param("{any: [{in_audience: lapsed}]}", "{trait: city, is: Rome}", id="asks for a trait"),
    ],
)
def test_what_clients_cannot_or_may_not_decide_is_left_out(sound, context, old, new):
    text = TEXT.format(purpose="service")
    assert is_portable(sound(text))
    assert old in text
    assert bundle([sound(text.replace(old, new))], context.project) == {"placements": {}}
