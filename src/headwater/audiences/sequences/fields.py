"""What YAML may say of a sequence, and reading it into a `Chain`; every mistake is noted where it stands."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, PlainValidator, StrictInt, WithJsonSchema

from headwater.audiences.happenings import Happenings
from headwater.audiences.operator import STANDS_FOR, EventName, PropertyName, Where
from headwater.audiences.properties import Read
from headwater.audiences.reading import Reader
from headwater.audiences.sequences.steps import UNITS, Chain, Elapsed, Picked, Same, Step
from headwater.audiences.values import ValueType, without_unit
from headwater.audiences.within import Within
from headwater.core.documents import Declaration, Place

FEWEST_STEPS, MOST_STEPS, MOST_REFERENCES = 2, 10, 2
MOST_MINUTES = 52_596_000  # a hundred years
_AMOUNT = re.compile(r"([+-]?\d{1,12}) +([a-z]+)")


def read_elapsed(given: object) -> str:
    """An amount of elapsed time, such as "2 days", in canonical form.

    Raises:
        ValueError: it is none, not positive, or longer than a hundred years.
    """
    match = _AMOUNT.fullmatch(given.strip()) if isinstance(given, str) else None
    unit = "" if not match else match[2] if match[2].endswith("s") else f"{match[2]}s"
    if not match or unit not in UNITS:
        wanted = f"must be an amount of elapsed time like 2 days; units: {', '.join(UNITS)}"
        raise ValueError(without_unit(given, UNITS) or wanted)
    if int(match[1]) < 1:
        raise ValueError("must be longer than nothing: 1 or more")
    if int(match[1]) * UNITS[unit] > MOST_MINUTES * UNITS["minutes"]:
        raise ValueError("must not be longer than 100 years; for any time, leave it out")
    return f"{int(match[1])} {unit}"


Length = Annotated[str, PlainValidator(read_elapsed, json_schema_input_type=str)]
Number = Annotated[StrictInt, Field(ge=1, le=MOST_STEPS)]
Steps = Annotated[object, WithJsonSchema({STANDS_FOR: "steps"})]
Without = Annotated[object, WithJsonSchema({STANDS_FOR: "without"})]


class WithoutFields(Declaration):
    """Events that must not happen strictly between the step before and this one."""

    did: EventName = Field(description="The event.")
    where: Where = Field(None, description="Only events whose properties are so.")
    same: dict[PropertyName, Number] | None = Field(
        None, min_length=1, description="Only events with the same property as an earlier step: its number."
    )


class StepFields(Declaration):
    """One step of a sequence, strictly later in time than the one before."""

    did: EventName = Field(description="The event.")
    where: Where = Field(None, description="Only events whose properties are so.")
    gap: Length | None = Field(
        None,
        description="At most so long after the step before, like 2 days; elapsed time, a day is 24 hours.",
    )
    same: dict[PropertyName, Number] | None = Field(
        None,
        min_length=1,
        description="The property must be the same as that of an earlier step: its number.",
    )
    without: Without = Field(
        None, description="What must not happen strictly between the step before and this one."
    )


def read_chain(
    given: object, lasting: str | None, within: Within, place: Place, reader: Reader
) -> Chain | None:
    """Steps as a chain; None after noting what is wrong. `place` is that of the list of steps."""
    before = len(reader.problems)
    if not isinstance(given, list) or not FEWEST_STEPS <= len(given) <= MOST_STEPS:
        wanted = f"must be a list of {FEWEST_STEPS} to {MOST_STEPS} steps"
        reader.problem(place, wanted, value=given, expected="write - did: purchase for each")
        return None
    steps = [
        _step(each, number, within, (*place, number - 1), reader) for number, each in enumerate(given, 1)
    ]
    if len(reader.problems) > before:
        return None
    chain = Chain(tuple(step for step in steps if step), elapsed(lasting))
    if len(chain.references) > MOST_REFERENCES:
        message = f"refers to {len(chain.references)} different properties of steps"
        reader.problem(place, message, expected=f"refer to at most {MOST_REFERENCES}")
        return None
    return chain


def elapsed(text: str | None) -> Elapsed | None:
    """What `read_elapsed` gave, as a rule holds it."""
    if text is None:
        return None
    amount, unit = text.split()
    return Elapsed(int(amount), unit)


def _step(given: object, number: int, within: Within, place: Place, reader: Reader) -> Step | None:
    fields = reader.fields(StepFields, given, place)
    if fields is None:
        return None
    if number == 1:
        _check_first(fields, place, reader)
    picked = _picked(fields, number, within, place, reader)
    without = _without(fields.without, number, within, (*place, "without"), reader)
    return Step(picked, elapsed(fields.gap), without) if picked else None


def _without(given: object, number: int, within: Within, place: Place, reader: Reader) -> Picked | None:
    fields = None if given is None else reader.fields(WithoutFields, given, place)
    return _picked(fields, number, within, place, reader) if fields else None


def _check_first(fields: StepFields, place: Place, reader: Reader) -> None:
    for key in ("gap", "same", "without"):
        if getattr(fields, key) is not None:
            expected = "move it to a later step, or leave it out"
            reader.problem((*place, key), "there is no step before the first", expected=expected)


def _picked(
    fields: StepFields | WithoutFields, number: int, within: Within, place: Place, reader: Reader
) -> Picked | None:
    happenings = reader.happenings(fields.did, fields.where, None, place, "did")
    same = [
        _same(name, step, number, (*place, "same", name), reader)
        for name, step in (fields.same or {}).items()
        if number > 1
    ]
    if happenings is None:
        return None
    return Picked(
        Happenings(happenings.event, happenings.where, within), tuple(sorted(each for each in same if each))
    )


def _same(name: str, step: int, number: int, place: Place, reader: Reader) -> Same | None:
    kind = reader.property_type(name, place)
    if step >= number:
        message = f"step {number} can be the same only as an earlier one"
        reader.problem(place, message, value=step, expected=f"a number from 1 to {number - 1}")
        return None
    if kind is ValueType.INSTANT:
        reader.problem(place, f"'{name}' cannot be the same: steps come one after the other", value=step)
        return None
    if kind is ValueType.TEXTS:
        reader.problem(place, f"'{name}' cannot be the same: it is a list", value=step)
        return None
    return Same(step, Read(name, kind or ValueType.TEXT))
