"""The value of a property at the newest event that has one; ties go to the greater event id."""

from __future__ import annotations

from headwater.profiles.computing import NOTHING, Happenings, Value, placed
from headwater.profiles.trait import Chosen, TraitKind


def aggregate(of: Chosen) -> str:
    """The newest value."""
    return f"arg_max({of.value}, (occurred_at, event_id)) FILTER (WHERE {of.when} AND {of.value} IS NOT NULL)"


def compute(of: Happenings) -> Value:
    """The newest value."""
    return max(of.with_value(), key=placed, default=NOTHING).value


TRAIT = TraitKind(
    meaning="The value of a property at the newest event that has one; ties go to the greater event id.",
    needs_property=True,
    aggregate=aggregate,
    compute=compute,
    type_of=lambda type_: type_,
)
