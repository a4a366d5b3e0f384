"""How many events there are; 0 where there are none."""

from __future__ import annotations

from headwater.profiles.computing import Happenings, Value
from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """The chosen events, counted."""
    return f"CAST(count(*) FILTER (WHERE {of.when}) AS DOUBLE)"


def compute(of: Happenings) -> Value:
    """The chosen events, counted."""
    return float(len(of.events))


TRAIT = TraitKind(
    meaning="How many events there are; 0 where there are none.",
    needs_property=False,
    aggregate=aggregate,
    compute=compute,
    type_of=lambda _: Type.NUMBER,
    if_none=0,
)
