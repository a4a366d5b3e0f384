"""How what comes differs from the tracking plan, and from what came before: an account of what was seen, and a report on it.

An account is made of events as clients told them. It holds names, types, counts and moments, never a value; it is bounded,
can be kept as JSON, and two of them can be merged, in any order.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from headwater.collect.enriching.personal_data import without_personal_data
from headwater.collect.event import Event
from headwater.collect.tracking_plan.plan import STATING, UNPLANNED, Plan, TrackingPlan, Violation, planned_as

MOST_EVENTS = 1_000
"""Of a source: names of events with an account of their own."""
MOST_PROPERTIES = 200
"""Of an event: properties with an account of their own."""
MOST_MISTAKES = 50
"""Of an event: things that the plan says otherwise, each counted by itself."""
MOST_CHARACTERS = 100
"""Of a name."""
NEW_FOR = timedelta(days=7)
"""How long a property that an event had not from the beginning counts as new."""
_NAMES_OF_TYPES = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class Seen(msgspec.Struct):
    """How often something was seen, and when first and last."""

    count: int
    first_at: datetime
    last_at: datetime


class SeenEvent(Seen):
    """What was seen of one event of one source.

    Attributes:
        properties: by name, then by type as JSON Schema calls it.
        mistakes: what the plan says otherwise, in words, to how often.
        n_unplanned: how many of them no plan knew.
        n_more: sightings of properties and mistakes beyond the bounds.
    """

    properties: dict[str, dict[str, Seen]] = {}
    mistakes: dict[str, int] = {}
    n_unplanned: int = 0
    n_more: int = 0


class Account(msgspec.Struct):
    """What was seen, by source and event; `n_more`: events beyond the bound."""

    events: dict[str, dict[str, SeenEvent]] = {}
    n_more: int = 0


T = TypeVar("T")


def observe(account: Account, event: Event, violations: Sequence[Violation] = ()) -> None:
    """Write one event into the account, with what the plan says otherwise of it."""
    of_source = account.events.setdefault(event.source, {})
    name, at = _name(planned_as(event)), event.received_at
    seen = of_source.get(name)
    if seen is None:
        if len(of_source) >= MOST_EVENTS:
            account.n_more += 1
            return
        seen = of_source[name] = SeenEvent(0, at, at)
    _again(seen, at)
    told = event.traits if event.kind in STATING else event.properties
    for property_, value in told.items():
        _observe_property(seen, property_, _type_of(value), at)
    for violation in violations:
        _observe_mistake(seen, violation)


def merged(one: Account, other: Account) -> Account:
    """One account of what both saw; of too much, what was seen most often stays."""
    total = Account(n_more=one.n_more + other.n_more)
    for source in sorted({*one.events, *other.events}):
        both = _merged(one.events.get(source, {}), other.events.get(source, {}), _merged_event)
        total.events[source], left_out = _most_seen(both, MOST_EVENTS, lambda seen: seen.count)
        total.n_more += left_out
    return copy.deepcopy(total)  # what both go on to see is theirs


def to_json(account: Account) -> bytes:
    """The account as JSON."""
    return msgspec.json.encode(account)


def from_json(content: bytes) -> Account:
    """The account that was written so.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    return msgspec.json.decode(content, type=Account)


def report(account: Account, plan: TrackingPlan) -> list[str]:
    """Every difference, one sentence each, by source and event; last, planned events that never came."""
    said = [
        f"{source}: {sentence}"
        for source, events in sorted(account.events.items())
        for name, seen in sorted(events.items())
        for sentence in _of_event(name, seen, plan)
    ]
    came = {name for events in account.events.values() for name in events}
    never = sorted(name for name in plan.of_event if _name(name) not in came)
    return [*said, *(f"{name} is planned and never came" for name in never)]


# Observing


def _observe_property(seen: SeenEvent, name: str, type_: str, at: datetime) -> None:
    types = seen.properties.get(_name(name))
    if types is None:
        if len(seen.properties) >= MOST_PROPERTIES:
            seen.n_more += 1
            return
        types = seen.properties[_name(name)] = {}
    if type_ in types:
        _again(types[type_], at)
    else:
        types[type_] = Seen(1, at, at)


def _observe_mistake(seen: SeenEvent, violation: Violation) -> None:
    if violation.rule == UNPLANNED:
        seen.n_unplanned += 1
        return
    words = str(violation)
    if words in seen.mistakes or len(seen.mistakes) < MOST_MISTAKES:
        seen.mistakes[words] = seen.mistakes.get(words, 0) + 1
    else:
        seen.n_more += 1


def _again(seen: Seen, at: datetime) -> None:
    seen.count += 1
    seen.first_at, seen.last_at = min(seen.first_at, at), max(seen.last_at, at)


def _name(name: str) -> str:
    return without_personal_data(name[:MOST_CHARACTERS])


def _type_of(value: object) -> str:
    return "null" if value is None else _NAMES_OF_TYPES.get(type(value), "string")


# Merging


def _merged(one: Mapping[str, T], other: Mapping[str, T], both: Callable[[T, T], T]) -> dict[str, T]:
    return {
        name: both(one[name], other[name])
        if name in one and name in other
        else (one.get(name) or other[name])
        for name in sorted({*one, *other})
    }


def _merged_event(one: SeenEvent, other: SeenEvent) -> SeenEvent:
    types = _merged(one.properties, other.properties, lambda a, b: _merged(a, b, _merged_seen))
    properties, n_properties = _most_seen(types, MOST_PROPERTIES, _n_seen)
    added = _merged(one.mistakes, other.mistakes, lambda a, b: a + b)
    mistakes, n_mistakes = _most_seen(added, MOST_MISTAKES, lambda count: count)
    whole = _merged_seen(one, other)
    return SeenEvent(
        whole.count,
        whole.first_at,
        whole.last_at,
        properties,
        mistakes,
        one.n_unplanned + other.n_unplanned,
        one.n_more + other.n_more + n_properties + n_mistakes,
    )


def _merged_seen(one: Seen, other: Seen) -> Seen:
    return Seen(one.count + other.count, min(one.first_at, other.first_at), max(one.last_at, other.last_at))


def _most_seen(seen: Mapping[str, T], most: int, count: Callable[[T], int]) -> tuple[dict[str, T], int]:
    """As many as there may be, those seen most; and how often the others were seen."""
    ordered = sorted(seen.items(), key=lambda item: (-count(item[1]), item[0]))
    return dict(sorted(ordered[:most])), sum(count(each) for _, each in ordered[most:])


def _n_seen(types: Mapping[str, Seen]) -> int:
    return sum(each.count for each in types.values())


# Reporting


def _of_event(name: str, seen: SeenEvent, plan: TrackingPlan) -> Iterator[str]:
    known = plan.of_event.get(name)
    schema, part = _schema_of(known)
    if seen.n_unplanned and known is None:
        yield f"{name} is in no plan ({seen.count} since {seen.first_at:%Y-%m-%d})"
    for property_, types in sorted(seen.properties.items()):
        is_planned = known is None or property_ in schema.get("properties", {})
        yield from _of_property(
            f"{name}.{property_}", types, seen, is_new=known is None, is_planned=is_planned
        )
    required = sorted(map(str, schema.get("required", ())))
    for property_ in required:
        missing = seen.count - _n_seen(seen.properties.get(property_, {}))
        if missing > 0 and (property_ in seen.properties or len(seen.properties) < MOST_PROPERTIES):
            yield f"{name}.{property_} is missing in {missing} of {seen.count}"
    said = {f"{part}.{each}: is missing" for each in required}
    said |= {f"{part}.{each}: is not in the plan" for each in seen.properties}
    for mistake, count in sorted(seen.mistakes.items()):
        if mistake not in said:
            yield f"{name} does not follow the plan in {count} of {seen.count}: {mistake}"
    if seen.n_more:
        yield f"{name} has more properties, or mistakes, than are counted one by one"


def _of_property(
    path: str, types: Mapping[str, Seen], event: Seen, *, is_new: bool, is_planned: bool
) -> Iterator[str]:
    first_at = min(each.first_at for each in types.values())
    since = f"{_n_seen(types)} of {event.count}, since {first_at:%Y-%m-%d}"
    if not is_planned:
        yield f"{path} is not in the plan ({since})"
    elif is_new and event.first_at < first_at and event.last_at - first_at < NEW_FOR:
        yield f"{path} is new ({since})"
    told = sorted(((seen.first_at, name, seen.count) for name, seen in types.items() if name != "null"))
    if len(told) > 1:
        parts = [f"{name} ({count}, since {at:%Y-%m-%d})" for at, name, count in told]
        yield f"{path} is of several types: {', '.join(parts)}"


def _schema_of(plan: Plan | None) -> tuple[Mapping[str, Any], str]:
    """The schema that speaks of what is counted, and what that is: of calls that state traits, the traits."""
    if plan is None:
        return {}, ""
    if plan.said.event in STATING:
        return plan.said.traits_schema or {}, "traits"
    return plan.said.properties_schema, "properties"
