"""How many different values a property has; 0 where there are no events."""

from __future__ import annotations

from headwater.profiles.computing import Happenings, Value
from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """The different values, counted."""
    return f"CAST(count(DISTINCT {of.value}) FILTER (WHERE {of.when}) AS DOUBLE)"


def compute(of: Happenings) -> Value:
    """The different values, counted."""
    return float(len(set(of.values())))


TRAIT = TraitKind(
    meaning="How many different values a property has; 0 where there are no events.",
    needs_property=True,
    aggregate=aggregate,
    compute=compute,
    type_of=lambda _: Type.NUMBER,
    if_none=0,
)
