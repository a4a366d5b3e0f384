"""The value of a property at the oldest event that has one; ties go to the smaller event id."""

from __future__ import annotations

from headwater.profiles.computing import NOTHING, Happenings, Value, placed
from headwater.profiles.trait import Chosen, TraitKind


def aggregate(of: Chosen) -> str:
    """The oldest value."""
    return f"arg_min({of.value}, (occurred_at, event_id)) FILTER (WHERE {of.when} AND {of.value} IS NOT NULL)"


def compute(of: Happenings) -> Value:
    """The oldest value."""
    return min(of.with_value(), key=placed, default=NOTHING).value


TRAIT = TraitKind(
    meaning="The value of a property at the oldest event that has one; ties go to the smaller event id.",
    needs_property=True,
    aggregate=aggregate,
    compute=compute,
    type_of=lambda type_: type_,
)
