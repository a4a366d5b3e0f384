"""The tracking plan: what a file in `plans/` says an event looks like, and whether an event does.

# plans/order_completed.yaml
event: Order Completed
description: An order was placed and paid
owner: shop team
schema:                              # JSON Schema of its properties
  type: object
  required: [order_id, revenue]
  properties:
    order_id: {type: string}
    revenue: {type: number, minimum: 0}

Events are judged as the client told them, before anything is put on them. What is said of them never quotes a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from jsonschema_rs import ValidationError, Validator
from pydantic import Field

from headwater.collect.enriching.personal_data import without_personal_data
from headwater.collect.event import Event, Rejected
from headwater.collect.tracking_plan.schema import read_schema
from headwater.core.documents import Declaration, Document, Place, read_declaration, show_place
from headwater.core.errors import Problem
from headwater.core.project import Project
from headwater.privacy.labels import Label
from headwater.tables.rejection import Reason

STATING = ("identify", "group")
"""Calls that state traits; they are planned under their kind, for they have no name."""
UNPLANNED = "unplanned"
MOST_VIOLATIONS = 20
_IN_A_DETAIL, _IN_A_LIST = 5, 12
_LIMITS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must hold at least {}",
    "maxItems": "must hold at most {}",
    "minProperties": "must hold at least {}",
    "maxProperties": "must hold at most {}",
}


class PlanFile(Declaration):
    """What a file in `plans/` may say."""

    event: str = Field(
        min_length=1,
        description="The event's name as clients tell it; or identify, group, page, screen, alias.",
    )
    description: str = Field("", description="When it happens, for people.")
    owner: str = Field("", description="Who answers for it.")
    properties_schema: dict[str, Any] = Field(
        default_factory=dict,
        alias="schema",
        description="JSON Schema (draft 2020-12 or 7) of its properties; anything goes if left out.",
    )
    traits_schema: dict[str, Any] | None = Field(
        None, description="JSON Schema of the traits it states; of identify and group only."
    )
    labels: tuple[Label, ...] = Field(
        (), description="What it says of a person that calls for care that it happened at all."
    )
    property_labels: dict[str, tuple[Label, ...]] = Field(
        default_factory=dict, description="Property: what it is that calls for care."
    )
    trait_labels: dict[str, tuple[Label, ...]] = Field(
        default_factory=dict, description="Trait it states: what it is that calls for care."
    )


@dataclass(frozen=True)
class Plan:
    """The plan of one event that is sound."""

    name: str
    said: PlanFile
    document: Document
    properties: Validator = field(repr=False, compare=False)
    traits: Validator | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class TrackingPlan:
    """All plans of a project, by event. `of_event` is empty: there is no plan, and everything follows it."""

    of_event: Mapping[str, Plan] = field(default_factory=dict)

    @classmethod
    def of(cls, plans: Mapping[str, Plan]) -> TrackingPlan:
        """The tracking plan that a project's files make."""
        return cls({plan.said.event: plan for plan in plans.values()})


@dataclass(frozen=True)
class Violation:
    """One thing in which an event does not follow the plan.

    Attributes:
        path: where, like `properties.products[0].price`; empty: the event itself.
        message: what would be right; it never quotes a value.
        rule: the keyword of JSON Schema that says so, or `unplanned`.
    """

    path: str
    message: str
    rule: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def read_plans(project: Project) -> tuple[dict[str, Plan], list[Problem]]:
    """The plans that are sound, by the names of their files, and everything that is wrong with the others."""
    sound: dict[str, Plan] = {}
    problems: list[Problem] = []
    for document in project.documents["plans"]:
        said = read_declaration(document, PlanFile)
        read = said if isinstance(said, list) else _plan(document, said, sound)
        if isinstance(read, Plan):
            sound[document.name] = read
        else:
            problems += read
    return sound, problems


def check(event: Event, plan: TrackingPlan) -> list[Violation]:
    """In what an event, as the client told it, does not follow the plan; the first 20 of it."""
    if not plan.of_event:
        return []
    known = plan.of_event.get(planned_as(event))
    if known is None:
        return [Violation("", "the event is in no plan", UNPLANNED)] if event.kind == "track" else []
    found: list[Violation] = []
    if not known.properties.is_valid(event.properties):
        found += _violations(known.properties, event.properties, "properties")
    if known.traits and not known.traits.is_valid(event.traits):
        found += _violations(known.traits, event.traits, "traits")
    return found[:MOST_VIOLATIONS]


def planned_as(event: Event) -> str:
    """The name under which the plan knows an event: its own, or the kind of call if it has none."""
    return event.name or event.kind


def against_plan(violations: Sequence[Violation]) -> Rejected:
    """The rejection of an event whose collector quarantines what does not follow the plan."""
    told = [str(each) for each in violations[:_IN_A_DETAIL]]
    more = len(violations) - len(told)
    return Rejected(Reason.AGAINST_PLAN, "; ".join([*told, f"and {more} more"] if more else told))


def _plan(document: Document, said: PlanFile, others: Mapping[str, Plan]) -> Plan | list[Problem]:
    problems = list(_judge(document, said, others))
    properties = _validator(document, "schema", said.properties_schema)
    traits = _validator(document, "traits_schema", said.traits_schema)
    for read in (properties, traits):
        problems += read if isinstance(read, list) else []
    if problems:
        return problems
    return Plan(
        document.name, said, document, cast("Validator", properties), cast("Validator | None", traits)
    )


def _judge(document: Document, said: PlanFile, others: Mapping[str, Plan]) -> Iterator[Problem]:
    taken = [other.document.file for other in others.values() if other.said.event == said.event]
    if taken:
        yield document.problem(("event",), f"{taken[0]} plans the same event", value=said.event)
    if said.traits_schema is not None and said.event not in STATING:
        yield document.problem(
            ("traits_schema",),
            f"only {' and '.join(STATING)} state traits",
            expected="say it under `schema:`",
        )


def _validator(
    document: Document, key: str, schema: dict[str, Any] | None
) -> Validator | list[Problem] | None:
    read = None if schema is None else read_schema(schema)
    if not isinstance(read, list):
        return read
    mistakes = [replace(each, place=(key, *each.place)) for each in read]
    return [document.problem(m.place, m.message, value=m.value, expected=m.expected) for m in mistakes]


def _violations(validator: Validator, told: Mapping[str, object], part: str) -> Iterator[Violation]:
    for number, error in enumerate(validator.iter_errors(told)):
        if number == MOST_VIOLATIONS:
            return
        yield from _said(error, (part, *error.instance_path))


def _said(error: ValidationError, place: Place) -> Iterator[Violation]:
    """An error of the validator's in our words: without the value, which may be personal."""
    rule, about = error.kind.name, error.kind.as_dict()
    if rule == "required":
        yield _violation((*place, about["property"]), "is missing", rule)
    elif "unexpected" in about:
        for name in about["unexpected"]:
            yield _violation((*place, name), "is not in the plan", rule)
    else:
        yield _violation(place, _words(rule, about), rule)


def _violation(place: Place, message: str, rule: str) -> Violation:
    named = (without_personal_data(part) if isinstance(part, str) else part for part in place)
    return Violation(show_place(tuple(named)), message, rule)


def _words(rule: str, about: Mapping[str, Any]) -> str:
    if rule in _LIMITS:
        return _LIMITS[rule].format(about["limit"])
    match rule, about:
        case "type", {"types": types}:
            return f"must be {' or '.join(types)}"
        case "enum", {"options": options}:
            more = ", …" if len(options) > _IN_A_LIST else ""
            return f"must be one of {', '.join(map(str, options[:_IN_A_LIST]))}{more}"
        case "const", {"expected_value": value}:
            return f"must be {value}"
        case "format", {"format": name}:
            return f"must be of the format {name}"
        case _:
            return f"does not keep to `{rule}`"
