"""Events taken apart into what can be shown or hidden: an outcome of the log, a refused event, the properties of one.

Reads the definitions. Nothing is masked here but by the labels of properties. Of whom identifiers are hidden from, so is what
nobody planned: it was written freely, and may name people; its name, its type and its length stay, by which most that is wrong
can be told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from headwater.collect.enriching.personal_data import without_personal_data
from headwater.collect.outcome import Accepted, Refused
from headwater.console.desk.question import Given
from headwater.console.sources.payload import (
    Free,
    Identified,
    Parts,
    Payload,
    Plain,
    Said,
    Stated,
    Tracing,
    Wrong,
)
from headwater.identity.identifier import lookup_kinds
from headwater.live.state import moment
from headwater.privacy.labels import Label

COLUMNS = (
    "product_id", "product_name", "department", "category", "brand", "quantity", "revenue", "discount", "coupon_id",
    "campaign_id", "channel", "store_id",
)  # fmt: skip
"""Properties that the table `events` has a column for, and that say what it was about and not whom."""
TRACING = frozenset({"order_id"})  # tells people apart
_BESIDE = ("url", "referrer", "language", "user_agent", "ip")
_SHORT = 7  # characters of a number that is nobody's telephone
_TYPES = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}


def payload_of(outcome: Accepted | Refused, given: Given) -> Payload:
    """An outcome whole; not masked yet."""
    received_at = moment(outcome.received_at).replace(tzinfo=None)
    if isinstance(outcome, Refused):
        wrong = Wrong.of(outcome.reason, outcome.detail, f"log, line {outcome.position}")
        return refused_payload(given, outcome.source, outcome.raw, wrong, received_at)
    name = outcome.event or outcome.kind
    return Payload(
        outcome.source,
        name,
        outcome.event_id,
        received_at,
        moment(outcome.occurred_at).replace(tzinfo=None),
        against=tuple(outcome.against_plan),
        identifiers=tuple(Identified(kind, value) for kind, value in outcome.identifiers.items()),
        parts=Parts.of([*properties_said(name, outcome.properties, given), *_traits(outcome.traits)]),
        consents=_consents(outcome.consents),
    )


def refused_payload(given: Given, source: str, raw: str, wrong: Wrong, at: datetime) -> Payload:
    """A refused event whole, of the text that is kept of it; not masked yet."""
    event = event_in(raw)
    if event is None:
        return Payload(source, "", "", at, wrong=wrong, raw=raw)
    name = str(event.get("name") or event.get("kind") or "")
    beside = {key: event.get(key) for key in _BESIDE}
    return Payload(
        source,
        without_personal_data(name),
        str(event.get("message_id") or ""),
        at,
        wrong=wrong,
        identifiers=tuple(_identified(_held(event, "identifiers"))),
        parts=Parts.of(
            [
                *properties_said(name, _held(event, "properties"), given),
                *_traits(_held(event, "traits")),
                *(_free(key, value) for key, value in beside.items() if value),
            ]
        ),
        consents=_consents(_held(event, "consents")),
    )


def event_in(raw: str) -> Mapping[str, object] | None:
    """A refused event as it was read of its wire format; None: it was none, or a row of a file."""
    try:
        found = json.loads(raw)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "properties" in found and "kind" in found else None


def properties_said(event: str, told: Mapping[str, object], given: Given) -> Iterator[Said]:
    """What an event says, each as its name, its labels and the plan have it."""
    lineage = given.definitions.lineage.events.get(event, {})
    whole = frozenset(each.label for each in lineage.get("", ()))
    planned = _planned(event, given)
    for name, value in told.items():
        path = f"properties.{without_personal_data(name)}"
        hidden = (whole | {each.label for each in lineage.get(name, ())}) - given.caller.labels
        if hidden:
            yield _hidden(path, value, hidden)
        elif name in TRACING:
            yield Tracing(path, *_measured(value))
        elif name in COLUMNS or name in planned or _says_little(value):
            yield Plain(path, *_measured(value))
        else:
            yield _free(path, value)


def _planned(event: str, given: Given) -> frozenset[str]:
    """The properties of an event that a plan or a source names."""
    named: set[str] = set()
    for plan in given.definitions.plans.values():
        if plan.said.event == event:
            properties = plan.said.properties_schema.get("properties")
            named.update(properties if isinstance(properties, dict) else ())
    for source in given.definitions.sources.values():
        if source.value.event is not None and source.value.event.name == event:
            named.update((*source.value.event.properties, *source.value.event.fixed))
    return frozenset(named)


def _says_little(value: object) -> bool:
    return (
        value is None
        or isinstance(value, bool)
        or (isinstance(value, (int, float)) and len(str(value)) < _SHORT)
    )


def _traits(told: Mapping[str, object]) -> Iterator[Stated]:
    for name, value in told.items():
        kind, length, text = _measured(value)
        yield Stated(f"traits.{without_personal_data(name)}", kind, length, name, text)


def _free(path: str, value: object) -> Free:
    return Free(path, *_measured(value))


def _hidden(path: str, value: object, labels: frozenset[Label]) -> Plain:
    kind, length, _ = _measured(value)
    return Plain(path, kind, length, f"(hidden: {', '.join(sorted(labels))})")


def _measured(value: object) -> tuple[str, int, str]:
    """The type of a value, how many characters it has, and itself as text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return _TYPES.get(type(value), "nothing"), len(text), text


def _identified(told: Mapping[str, object]) -> Iterator[Identified]:
    """Identifiers as they came, normalised, so that each has the pseudonym that it has elsewhere."""
    for kind, value in told.items():
        known = lookup_kinds().get(kind)
        yield Identified(kind, (known.normalise(str(value)) if known else None) or str(value))


def _consents(told: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(
        f"{purpose}: {'granted' if is_granted else 'denied'}" for purpose, is_granted in told.items()
    )


def _held(event: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = event.get(name)
    return found if isinstance(found, dict) else {}
