"""What holds of every step: run twice it changes nothing, put_ never overwrites, nothing a client tells makes one fail."""

from __future__ import annotations

import copy
import importlib
import pkgutil
from typing import cast

import pytest
from hypothesis import given
from tests.collect.told import EVENTS, told

import headwater.collect.steps as package
from headwater.collect.event import Event
from headwater.collect.step import NOTHING, Step, Surroundings
from headwater.flow.stream import ON_EVENT

NAMES = [module.name for module in pkgutil.iter_modules(package.__path__)]
STEPS = {
    name: cast("Step", getattr(importlib.import_module(f"{package.__name__}.{name}"), name)) for name in NAMES
}
TEA = {"product_name": "Tea", "department": "Food", "category": "tea", "brand": "Leaf"}
BERLIN = {"country": "DE", "region": "Berlin", "city": "Berlin", "postal_code": "10115", "continent": "EU"}
AROUND = Surroundings(
    product_of=lambda id_: TEA if id_ else None,
    place_of=lambda ip: BERLIN if ip else None,
    keep_bots=frozenset({"website"}),
    own_hosts={"website": frozenset({"shop.example"})},
)


def state(event: Event) -> str:
    return repr(event)  # of NaN, too, which is not equal to itself


def test_every_file_holds_the_step_of_its_name() -> None:
    assert all(name.split("_")[0] in ("drop", "put", "scrub") for name in STEPS)


def test_every_step_has_its_place_in_the_stream() -> None:
    assert sorted(STEPS) == sorted(step.__name__ for step in ON_EVENT)


@pytest.mark.parametrize("name", NAMES)
@given(event=EVENTS)
def test_a_step_run_twice_changes_nothing(name: str, event: Event) -> None:
    first = STEPS[name](event, AROUND)
    once = state(event)
    assert STEPS[name](event, AROUND) == first
    assert state(event) == once


@pytest.mark.parametrize("name", NAMES)
@given(event=EVENTS)
def test_a_step_that_rejects_or_puts_overwrites_nothing(name: str, event: Event) -> None:
    if name.startswith("scrub_"):
        return
    before = copy.deepcopy(event)
    STEPS[name](event, AROUND)
    for key, value in before.properties.items():
        assert value in NOTHING or repr(event.properties[key]) == repr(value)
    others = [field for field in Event.__struct_fields__ if field not in ("properties", "url")]
    assert all(repr(getattr(event, field)) == repr(getattr(before, field)) for field in others)
    assert before.url.startswith(event.url) or before.url.strip().startswith(event.url)


@pytest.mark.parametrize("name", NAMES)
@given(event=EVENTS)
def test_identifiers_and_traits_stay(name: str, event: Event) -> None:
    identifiers, traits = dict(event.identifiers), dict(event.traits)
    STEPS[name](event, AROUND)
    assert (event.identifiers, event.traits) == (identifiers, traits)


@given(event=EVENTS)
def test_all_steps_together_run_twice_change_nothing(event: Event) -> None:
    order = [name for kind in ("drop_", "scrub_personal", "put_") for name in NAMES if name.startswith(kind)]
    for name in order:
        STEPS[name](event, AROUND)
    once = state(event)
    for name in order:
        STEPS[name](event, AROUND)
    assert state(event) == once


def test_what_only_states_something_of_a_person_is_given_no_properties() -> None:
    event = told(
        kind="identify", name="", ip="203.0.113.1", user_agent="curl/8", url="https://shop.example/?gclid=1"
    )
    for name in NAMES:
        STEPS[name](event, AROUND)
    assert event.properties == {}
