"""A repair does what it says to an event, or leaves it alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from headwater.collect.event import Event
from headwater.collect.repairing import RepairStep, UnfitError, changed, read_steps, repaired, steps_text

AT = datetime(2026, 5, 4, tzinfo=UTC)


def event(**properties: object) -> Event:
    return Event("track", "Order", "m1", AT, AT, properties=properties, traits={"plan": "free"})


def done(first: Event, *steps: dict[str, object]) -> bool:
    return repaired(first, [RepairStep.model_validate(each) for each in steps])


def test_steps_are_done_in_their_order() -> None:
    told = event(total="3", debug=1)
    assert done(
        told,
        {"rename": {"properties.total": "properties.revenue"}},
        {"change": {"properties.revenue": "number"}},
        {"set": {"name": "Order Completed", "traits.plan": "paid"}},
        {"remove": ["properties.debug"]},
    )
    assert (told.name, told.properties, told.traits) == ("Order Completed", {"revenue": 3}, {"plan": "paid"})


def test_what_is_not_there_is_left_alone() -> None:
    told = event(a=1)
    steps = (
        {"rename": {"properties.x": "properties.y"}},
        {"change": {"properties.x": "number"}},
        {"remove": ["traits.x"]},
    )
    assert not done(told, *steps)
    assert told.properties == {"a": 1}


@pytest.mark.parametrize(
    "step",
    [
        {"rename": {"properties.a": "properties.b"}},
        {"rename": {"name": "properties.c"}},
        {"change": {"properties.words": "number"}},
        {"change": {"properties.words": "boolean"}},
        {"change": {"properties.a": "boolean"}},
        {"set": {"name": 3}},
        {"remove": ["name"]},
    ],
    ids=str,
)
def test_what_cannot_be_done_is_unfit(step: dict[str, object]) -> None:
    with pytest.raises(UnfitError) as found:
        done(event(a=7, b=2, words="secret"), step)
    assert "secret" not in str(found.value)


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999"])
def test_only_finite_numbers_are_numbers(text: str) -> None:
    with pytest.raises(UnfitError):
        changed(text, "number")


values = (
    st.text(max_size=5)
    | st.integers(-(10**9), 10**9)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(values)
def test_text_and_back_is_the_same_number(value: object) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        assert changed(changed(value, "text"), "number") == value
    assert isinstance(changed(value, "text"), str)


@given(st.dictionaries(st.sampled_from(["properties.a", "traits.b", "properties.a.b"]), values, min_size=1))
def test_the_log_keeps_steps_as_they_were_said(said: dict[str, object]) -> None:
    steps = (RepairStep.model_validate({"set": said}), RepairStep.model_validate({"remove": ["traits.x"]}))
    assert read_steps(steps_text(steps)) == steps
    told, again = event(), event()
    assert repaired(told, steps) == repaired(again, steps) is True
    assert not repaired(again, steps)
