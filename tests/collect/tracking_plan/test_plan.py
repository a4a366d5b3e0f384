"""The tracking plan: sound files are read, mistakes are told with file and line, and events are judged without quoting them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tests.collect.told import EVENTS, told

from headwater.collect.event import Event
from headwater.collect.tracking_plan.plan import (
    MOST_VIOLATIONS,
    TrackingPlan,
    Violation,
    against_plan,
    check,
    read_plans,
)
from headwater.core.errors import Problem
from headwater.core.project import open_project
from headwater.tables.rejection import Reason

ORDER = """\
event: Order Completed
description: An order was paid
owner: shop team
schema:
  type: object
  required: [order_id, revenue]
  additionalProperties: false
  properties:
    order_id: {type: string, maxLength: 8}
    revenue: {type: number, minimum: 0}
    currency: {enum: [EUR, CHF]}
    contact: {type: string, format: email}
    products:
      type: array
      items: {$ref: "#/$defs/product"}
  $defs:
    product: {type: object, required: [sku], properties: {sku: {type: [string, "null"]}, size: {anyOf: [{const: s}, {const: l}]}}}
"""
IDENTIFY = "event: identify\ntraits_schema: {properties: {plan: {type: string}}}\n"


def read(folder: Path, **files: str) -> tuple[TrackingPlan, list[Problem]]:
    (folder / "headwater.yaml").write_text("project: shop\n")
    (folder / "plans").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "plans" / f"{name}.yaml").write_text(text)
    sound, problems = read_plans(open_project(folder))
    assert set(sound) <= set(files)
    return TrackingPlan.of(sound), problems


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> TrackingPlan:
    found, problems = read(tmp_path_factory.mktemp("plans"), order=ORDER, identify=IDENTIFY)
    assert problems == []
    return found


def order(**properties: object) -> Event:
    told_ = {"order_id": "o1", "revenue": 9.5, **properties}
    return told(
        kind="track",
        name="Order Completed",
        properties={name: value for name, value in told_.items() if value is not ...},
    )


def test_a_plan_is_read_with_who_answers_for_it(plan: TrackingPlan) -> None:
    said = plan.of_event["Order Completed"].said
    assert (said.description, said.owner) == ("An order was paid", "shop team")
    assert set(plan.of_event) == {"Order Completed", "identify"}


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({}, []),
        ({"products": [{"sku": "1"}, {"sku": None}]}, []),
        ({"order_id": ...}, ["properties.order_id: is missing"]),
        ({"revenue": "secret"}, ["properties.revenue: must be number"]),
        ({"revenue": -1}, ["properties.revenue: must be at least 0"]),
        ({"order_id": "secret-order"}, ["properties.order_id: must have at most 8 characters"]),
        ({"currency": "secret"}, ["properties.currency: must be one of EUR, CHF"]),
        ({"contact": "secret"}, ["properties.contact: must be of the format email"]),
        ({"colour": "secret"}, ["properties.colour: is not in the plan"]),
        ({"joe@example.com": 1}, ["properties.[email]: is not in the plan"]),
        ({"products": [{"sku": "1"}, {}]}, ["properties.products[1].sku: is missing"]),
        ({"products": [{"sku": 1}]}, ["properties.products[0].sku: must be null or string"]),
        (
            {"products": [{"sku": "1", "size": "secret"}]},
            ["properties.products[0].size: does not keep to `anyOf`"],
        ),
        (
            {"revenue": "secret", "order_id": ...},
            ["properties.order_id: is missing", "properties.revenue: must be number"],
        ),
    ],
)
def test_what_an_event_does_otherwise_is_said_without_its_values(
    plan: TrackingPlan, properties: dict[str, Any], said: list[str]
) -> None:
    assert sorted(map(str, check(order(**properties), plan))) == said


def test_traits_are_judged_where_they_are_stated(plan: TrackingPlan) -> None:
    event = told(kind="identify", name="", traits={"plan": 1})
    assert list(map(str, check(event, plan))) == ["traits.plan: must be string"]


@pytest.mark.parametrize(
    ("fields", "is_unplanned"),
    [
        ({"kind": "track", "name": "Signed Up"}, True),
        ({"kind": "page", "name": "page"}, False),
        ({"kind": "alias", "name": ""}, False),
    ],
)
def test_only_what_people_did_is_expected_to_be_planned(
    plan: TrackingPlan, fields: dict[str, str], is_unplanned: bool
) -> None:
    found = check(told(**fields), plan)
    assert found == ([Violation("", "the event is in no plan", "unplanned")] if is_unplanned else [])


def test_without_any_plan_everything_follows_it() -> None:
    assert check(told(kind="track", name="Signed Up"), TrackingPlan()) == []


def test_a_rejection_says_some_of_it_and_how_much_more(plan: TrackingPlan) -> None:
    event = order(**{f"p{number}": 1 for number in range(50)})
    found = check(event, plan)
    assert len(found) == MOST_VIOLATIONS
    rejected = against_plan(found)
    assert rejected.reason is Reason.AGAINST_PLAN
    assert rejected.detail.endswith("properties.p4: is not in the plan; and 15 more")
    assert str(found[0]) in rejected.detail


@given(event=EVENTS)
def test_any_event_can_be_judged_and_stays_as_it_is(plan: TrackingPlan, event: Event) -> None:
    event.kind, event.name = "track", "Order Completed"
    before = repr(event)
    check(event, plan)
    assert repr(event) == before


@pytest.mark.parametrize(
    ("text", "line", "path", "said"),
    [
        ("description: x\n", 1, "event", "'event' is missing"),
        ("event: A\nshema: {}\n", 2, "shema", "did you mean 'schema'?"),
        ("event: A\nschema:\n  type: strin\n", 3, "schema.type", "did you mean 'string'?"),
        (
            "event: A\nschema:\n  properties:\n    a: {minimum: x}\n",
            4,
            "schema.properties.a.minimum",
            "number",
        ),
        (
            "event: A\nschema:\n  type: object\n  requierd: [a]\n",
            4,
            "schema.requierd",
            "did you mean 'required'?",
        ),
        (
            "event: A\nschema:\n  properties:\n    a: {typ: string}\n",
            4,
            "schema.properties.a.typ",
            "mean 'type'?",
        ),
        ("event: A\nschema:\n  allOf:\n    - {patern: x}\n", 4, "schema.allOf[0].patern", "mean 'pattern'?"),
        (
            "event: A\nschema:\n  properties:\n    a: {pattern: '('}\n",
            4,
            "schema.properties.a.pattern",
            "regex",
        ),
        ("event: A\nschema:\n  $ref: '#/$defs/none'\n", 2, "schema", "a `$ref` names a part of this schema"),
        (
            "event: A\nschema:\n  $ref: https://example.com/a\n",
            2,
            "schema",
            "a `$ref` names a part of this schema",
        ),
        (
            "event: A\nschema:\n  $schema: https://json-schema.org/draft/2019-09/schema\n",
            3,
            "schema.$schema",
            "draft 7",
        ),
        ("event: A\ntraits_schema: {}\n", 2, "traits_schema", "only identify and group state traits"),
        ("event: A\nschema: text\n", 2, "schema", "must be keys with values"),
    ],
)
def test_a_mistake_in_a_plan_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, path: str, said: str
) -> None:
    _, (problem,) = read(tmp_path, a=text)
    assert (problem.file, problem.line, problem.path) == ("plans/a.yaml", line, path)
    assert said in str(problem)


def test_an_event_is_planned_once(tmp_path: Path) -> None:
    plan, (problem,) = read(tmp_path, a="event: A\n", b="event: A\n")
    assert (problem.file, problem.path) == ("plans/b.yaml", "event")
    assert "plans/a.yaml plans the same event" in problem.message
    assert set(plan.of_event) == {"A"}


@pytest.mark.parametrize(
    "draft", ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"]
)
def test_both_drafts_are_spoken(tmp_path: Path, draft: str) -> None:
    text = f"event: A\nschema:\n  $schema: {draft}\n  properties: {{a: {{type: string, format: date}}, type: {{}}}}\n"
    plan, problems = read(tmp_path, a=text)
    assert problems == []
    found = check(told(kind="track", name="A", properties={"a": "yesterday"}), plan)
    assert list(map(str, found)) == ["properties.a: must be of the format date"]
