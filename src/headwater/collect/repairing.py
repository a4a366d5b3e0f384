"""Repairing refused events: what is to be another one in each, said once for many, and done to an event as it is read.

    of: {reason: against_plan, source: web, event: Order Completed, since: 2026-11-01}
    repair:
      - rename: {properties.total: properties.revenue}
      - change: {properties.revenue: number}
      - set: {properties.currency: EUR}
      - remove: [properties.debug]

A path is `name`, `properties.NAME` or `traits.NAME`: what a wire format made of the event, whatever format that was. Steps are
done in their order. Identifiers are not repaired: whoever erases somebody must find them where the client wrote them.

What the log keeps of a repair is its steps, beside the request that they are done to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from headwater.collect.event import Event, Told
from headwater.core.documents import Declaration

Kind = Literal["text", "number", "boolean"]
MOST_STEPS = 50
_PLACES = ("properties", "traits")
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


def read_path(given: object) -> str:
    """A path.

    Raises:
        ValueError: it is none.
    """
    place, dot, name = given.partition(".") if isinstance(given, str) else ("", "", "")
    if given != "name" and not (place in _PLACES and dot and name):
        raise ValueError("must be name, or begin with properties. or traits.")
    return str(given)


Path = Annotated[str, PlainValidator(read_path, json_schema_input_type=str)]
Value = StrictStr | StrictBool | StrictInt | StrictFloat


class RepairStep(Declaration):
    """One of `rename`, `change`, `set` and `remove`."""

    rename: dict[Path, Path] | None = Field(None, description="From where to where; nothing may stand there.")
    change: dict[Path, Kind] | None = Field(None, description="What kind of value is to be made of it.")
    set: dict[Path, Value] | None = Field(None, description="The value to put there, whatever stood there.")
    remove: tuple[Path, ...] | None = Field(None, description="What is to be left out.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> RepairStep:
        if len(self.model_fields_set) != 1:
            raise ValueError("must say one of rename, change, set and remove")
        return self


class RefusedOf(Declaration):
    """Which refused events are meant; what is left out is not asked for."""

    reason: str = Field("", description="Refused for this reason, like against_plan.")
    source: str = Field("", description="Of this collector.")
    event: str = Field("", description="Events of this name.")
    since: datetime | str | None = Field(None, description="What came since then: an ISO 8601 date or time.")


class RepairFile(Declaration):
    """What a repair may say."""

    of: RefusedOf = Field(RefusedOf(), description="Which refused events.")
    repair: tuple[RepairStep, ...] = Field(
        min_length=1, max_length=MOST_STEPS, description="What is to be another one, in this order."
    )


class UnfitError(Exception):
    """An event that cannot be repaired so; says which path, and never the value."""


def steps_text(steps: Iterable[RepairStep]) -> str:
    """Steps as the log keeps them."""
    said = [step.model_dump(exclude_none=True, exclude_unset=True) for step in steps]
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def read_steps(text: str) -> tuple[RepairStep, ...]:
    """What `steps_text` gave."""
    return tuple(RepairStep.model_validate(each) for each in json.loads(text))


def repaired(event: Event, steps: Iterable[RepairStep]) -> bool:
    """Do steps to an event, in place; gives whether it is another one now.

    Raises:
        UnfitError: a step cannot be done; then the event is half-way and of no use.
    """
    before = _state(event)
    for step in steps:
        for begin, end in (step.rename or {}).items():
            _rename(event, begin, end)
        for path, kind in (step.change or {}).items():
            if (held := _get(event, path)) is not None:
                _put(event, path, changed(held, kind, path))
        for path, value in (step.set or {}).items():
            _put(event, path, value)
        for path in step.remove or ():
            _take(event, path)
    return _state(event) != before


def changed(value: object, kind: Kind, path: str = "") -> object:
    """A value as another kind.

    >>> changed("12.50", "number"), changed(12, "text"), changed("yes", "boolean"), changed(0, "boolean")
    (12.5, '12', True, False)

    Raises:
        UnfitError: it is none of that kind.
    """
    match kind:
        case "text" if isinstance(value, bool):
            return str(value).lower()
        case "text" if isinstance(value, (str, int, float)):
            return str(value)
        case "number" if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        case "number" if isinstance(value, str):
            return _number(value, path)
        case "boolean" if str(value).strip().lower() in (*_TRUE, *_FALSE):
            return str(value).strip().lower() in _TRUE
    raise UnfitError(f"{path} is no {kind}")


def _number(text: str, path: str) -> float:
    try:
        found = float(text.strip())
    except ValueError:
        raise UnfitError(f"{path} is no number") from None
    if found - found != 0:  # endless, or none
        raise UnfitError(f"{path} is no finite number")
    return int(found) if found.is_integer() and "." not in text and "e" not in text.lower() else found


def _state(event: Event) -> tuple[str, Told, Told]:
    return event.name, dict(event.properties), dict(event.traits)


def _rename(event: Event, begin: str, end: str) -> None:
    held = _get(event, begin)
    if held is None:
        return
    if end != "name" and _get(event, end) is not None:
        raise UnfitError(f"{end} is there already")
    _take(event, begin)
    _put(event, end, held)


def _get(event: Event, path: str) -> object:
    place, _, name = path.partition(".")
    if path == "name":
        return event.name or None
    return (event.properties if place == "properties" else event.traits).get(name)


def _put(event: Event, path: str, value: object) -> None:
    place, _, name = path.partition(".")
    if path == "name":
        if not isinstance(value, str) or not value or event.kind != "track":
            raise UnfitError("name must be a text, of an event that clients name")
        event.name = value
    elif place == "properties":
        event.properties = {**event.properties, name: value}
    else:
        event.traits = {**event.traits, name: value}


def _take(event: Event, path: str) -> None:
    place, _, name = path.partition(".")
    if path == "name":
        raise UnfitError("an event must have a name")
    if place == "properties":
        event.properties = {key: value for key, value in event.properties.items() if key != name}
    else:
        event.traits = {key: value for key, value in event.traits.items() if key != name}
