"""Lives with a member of an audience: `household_of: buyers`, `by: household_id`: has the same value of a trait.

Only who has the trait is in: a member of the audience without it is not. Text is compared letter by letter. An identifier
is no trait: where a household's number is one, let the source state it under `attributes` too. A model of matching that looks
for households gives a trait of its name: `by: home` for `matching/home.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import Field
from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.example import Example, person
from headwater.audiences.history import History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import AudienceName, Operator, TraitName
from headwater.audiences.reading import Reader
from headwater.audiences.rule import SetCondition
from headwater.audiences.scope import Scope
from headwater.audiences.values import ValueType, show, show_name, typed
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Place
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column

HOUSEHOLD = "household_id"


class Fields(Declaration):
    """What `household_of` may say."""

    household_of: AudienceName = Field(
        description="The audience whose households are meant, its members included."
    )
    by: TraitName = Field(HOUSEHOLD, description="The trait that all of one household share.")


@dataclass(frozen=True)
class HouseholdOf(SetCondition):
    """Has the same value of a trait as a member of an audience."""

    audience: str
    trait: str
    type: ValueType

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        return {"household_of": self.audience, "by": self.trait}

    def describe(self) -> str:
        """In words."""
        return f"has the {show_name(self.trait)} of a member of audience {show_name(self.audience)}"

    def needs(self) -> Needs:
        """The audience and the trait."""
        return Needs(traits=frozenset([self.trait]), audiences=frozenset([self.audience]))

    def to_sql(self, scope: Scope) -> exp.Select:
        """Who is in such a household."""
        value = column(self.type)
        members = exp.select(column("profile_id")).from_(scope.audience(self.audience))
        theirs = exp.select(value).from_(scope.trait(self.trait))
        theirs = theirs.where(
            column("profile_id").isin(query=members), exp.not_(value.copy().is_(exp.Null()))
        )
        return (
            exp.select(column("profile_id"))
            .from_(scope.trait(self.trait))
            .where(value.copy().isin(query=theirs))
        )

    def to_bits(self, columns: Columns) -> Bits | None:
        """Who is in such a household."""
        members, values = columns.sets.get(self.audience), columns.trait(self.trait).get(self.type)
        if members is None:
            return None
        if values is None:
            return columns.universe.none()
        theirs = np.zeros(len(values.values), dtype=np.bool_)
        theirs[values.codes[members]] = True
        theirs[0] = False  # who has no value shares it with nobody
        return theirs[values.codes]

    def seen(self, history: History, clock: Clock) -> str:
        """The household, and whether it is one of theirs."""
        value = typed(history.traits.get(self.trait), self.type)
        return "no value" if value is None else f"{show(value)}, {super().seen(history, clock)}"

    def lacks(self, history: History, clock: Clock) -> str:
        """A member with the same value."""
        if self in history.met:
            return ""
        value = typed(history.traits.get(self.trait), self.type)
        member = f"a member of audience {show_name(self.audience)}"
        if value is None:
            return f"{show_name(self.trait)} would have to be that of {member}"
        return f"{member} with the {show_name(self.trait)} {show(value)}"


def _read(given: Fields, place: Place, reader: Reader) -> SetCondition | None:
    before = len(reader.problems)
    reader.audience(given.household_of, (*place, "household_of"))
    kind = reader.trait_type(given.by, (*place, "by"))
    if kind not in (None, ValueType.TEXT, ValueType.NUMBER, ValueType.BOOLEAN, ValueType.INSTANT):
        reader.problem((*place, "by"), f"'{given.by}' holds no single value")
    if len(reader.problems) > before:
        return None
    return HouseholdOf(given.household_of, given.by, kind or ValueType.TEXT)


_RULE: dict[str, object] = {"household_of": "lapsed", "by": "household_id"}
_TEXT = "has the household_id of a member of audience lapsed"
_OTHERS = (person(audiences=("lapsed",), household_id="17-B"), person(household_id="4"))

OPERATOR = Operator(
    Fields,
    _read,
    (
        Example(_RULE, _TEXT, person(household_id="17-B"), takes_in=True, others=_OTHERS),
        Example(_RULE, _TEXT, person(household_id="4"), takes_in=False, others=_OTHERS),
        Example(_RULE, _TEXT, person(audiences=("lapsed",)), takes_in=False, others=_OTHERS),
    ),
)
