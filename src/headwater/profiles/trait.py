"""What a computed trait is: the declaration in `traits/*.yaml`, and the contract of the kinds in `profiles/traits/`.

# traits/revenue_90d.yaml
kind: sum
description: Money spent in the last 90 days
event: purchase
property: revenue
where: {department: [GROCERY, PRODUCE]}
within: {last: 90 days}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from pydantic import Field, field_validator

from headwater.core.clock import UNITS, Clock, Window, back, last
from headwater.core.documents import Declaration, Declared, Document, read_declaration
from headwater.core.errors import Problem, suggest
from headwater.core.plugins import discover
from headwater.core.project import Project
from headwater.engine.query import DIALECT, literal
from headwater.privacy.labels import Label
from headwater.profiles.computing import Happenings, Value
from headwater.tables import events
from headwater.tables.table import Type

PACKAGE, ATTRIBUTE = "headwater.profiles.traits", "TRAIT"
PROPERTIES: Mapping[str, Type] = {
    column.name: column.type
    for column in events.TABLE.columns
    if column.name
    not in ("event_id", "loaded_at", "node_id", "other_node_ids", "properties", "month", "bucket")
}
_EARLY = datetime(1970, 1, 1, tzinfo=UTC)  # a window that fits before it fits before any present


class Within(Declaration):
    """A window that ends now."""

    last: str = Field(description="A number and a unit: 90 days, 12 hours, 3 months.")

    @field_validator("last")
    @classmethod
    def _amount_and_unit(cls, value: str) -> str:
        amount, _, unit = value.partition(" ")
        if not amount.isdecimal() or int(amount) < 1 or unit not in UNITS:
            raise ValueError(f"must be a number and a unit, like '90 days' (units: {', '.join(UNITS)})")
        try:
            back(_EARLY, int(amount), unit, UTC)
        except OverflowError:
            raise ValueError("reaches back before all history; leave `within` out for all events") from None
        return value

    def window(self, clock: Clock) -> Window:
        """The window before this clock's now."""
        amount, _, unit = self.last.partition(" ")
        return last(int(amount), unit, clock)


class TraitDeclaration(Declaration):
    """What a file in `traits/` may say."""

    kind: str = Field(description="How events become a value: sum, count, latest, favourite, …")
    description: str = Field(min_length=1, description="What it tells, in words of the business.")
    event: str | None = Field(
        None, min_length=1, description="Only events of this name; all events if left out."
    )
    property: str | None = Field(None, description="The event property it is computed from.")
    where: dict[str, str | float | bool | list[str]] = Field(
        default_factory=dict, description="Only events whose property is this value, or one of these."
    )
    within: Within | None = Field(None, description="Only events in this window; all up to now if left out.")
    labels: tuple[Label, ...] = Field(
        (), description="What it is that calls for care: it goes nowhere unasked."
    )


@dataclass(frozen=True)
class Chosen:
    """What an aggregate works on: SQL of the property's `value`, and of `when` an event counts; the project's calendar."""

    value: str
    when: str
    zone: str
    today: date

    def local_date(self, instant: str) -> str:
        """SQL for the calendar date of a UTC instant in the project's zone."""
        return f"CAST(({instant}) AT TIME ZONE 'UTC' AT TIME ZONE {literal(self.zone).sql(dialect=DIALECT)} AS DATE)"


@dataclass(frozen=True)
class TraitKind:
    """One kind of computed trait.

    `aggregate` gives SQL for the value of one profile, over all its events; `compute` the same of one profile in memory.
    `type_of(property type)` is the type of the result. `if_none`: the value of a profile without any chosen event (None: it
    has no such trait). `moves_daily`: the value is another one each day, whatever happens.
    """

    meaning: str
    needs_property: bool
    aggregate: Callable[[Chosen], str]
    compute: Callable[[Happenings], Value]
    type_of: Callable[[Type], Type]
    if_none: float | None = None
    property_types: tuple[Type, ...] = (Type.TEXT, Type.NUMBER, Type.INSTANT)
    moves_daily: bool = False


def trait_kinds() -> Mapping[str, TraitKind]:
    """Every kind of computed trait by id."""
    return cast("Mapping[str, TraitKind]", discover(PACKAGE, ATTRIBUTE))


def read_traits(project: Project) -> tuple[dict[str, Declared[TraitDeclaration]], list[Problem]]:
    """Every computed trait of the project that is sound, and what is wrong with the others."""
    sound: dict[str, Declared[TraitDeclaration]] = {}
    problems: list[Problem] = []
    for document in project.documents["traits"]:
        declaration = read_declaration(document, TraitDeclaration)
        found = declaration if isinstance(declaration, list) else list(_judge(document, declaration))
        problems += found
        if not isinstance(declaration, list) and not found:
            sound[document.name] = Declared(document.name, declaration, document)
    return sound, problems


def trait_type(declaration: TraitDeclaration) -> Type:
    """The type of a trait's values."""
    kind = trait_kinds()[declaration.kind]
    return kind.type_of(PROPERTIES[declaration.property] if declaration.property else Type.INSTANT)


def _judge(document: Document, trait: TraitDeclaration) -> list[Problem]:
    kind = trait_kinds().get(trait.kind)
    if kind is None:
        expected = suggest(trait.kind, trait_kinds())
        return [document.problem(("kind",), f"there is no kind of trait '{trait.kind}'", expected=expected)]
    wanted = [problem for name in trait.where for problem in _judge_where(document, trait, name)]
    return wanted + _judge_property(document, trait, kind)


def _judge_where(document: Document, trait: TraitDeclaration, name: str) -> list[Problem]:
    place, value = ("where", name), trait.where[name]
    if name not in PROPERTIES:
        expected = suggest(name, PROPERTIES)
        return [document.problem(place, f"events have no property '{name}'", expected=expected)]
    type_ = PROPERTIES[name]
    if type_ is Type.INSTANT:
        return [document.problem(place, "a moment cannot be chosen by its value", expected="use `within`")]
    is_number = isinstance(value, float) and not isinstance(value, bool)
    if type_ is Type.TEXT and not isinstance(value, (str, list)):
        shown = f"{value:g}" if is_number else str(value).lower()
        return [document.problem(place, f"'{name}' is a text", expected=f"write it in quotes: '{shown}'")]
    if type_ is Type.NUMBER and not is_number:
        return [document.problem(place, f"'{name}' is a number", value=value, expected="write one number")]
    return []


def _judge_property(document: Document, trait: TraitDeclaration, kind: TraitKind) -> list[Problem]:
    if trait.property is None:
        return [document.problem((), f"'{trait.kind}' needs a property")] if kind.needs_property else []
    if not kind.needs_property:
        return [document.problem(("property",), f"'{trait.kind}' takes no property")]
    if trait.property not in PROPERTIES:
        expected = suggest(trait.property, PROPERTIES)
        return [
            document.problem(("property",), f"events have no property '{trait.property}'", expected=expected)
        ]
    if PROPERTIES[trait.property] not in kind.property_types:
        allowed = " or ".join(type_.value for type_ in kind.property_types)
        return [document.problem(("property",), f"'{trait.kind}' needs {allowed}", value=trait.property)]
    return []
