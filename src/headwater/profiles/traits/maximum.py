"""The greatest value of a number property."""

from __future__ import annotations

from headwater.profiles.computing import Happenings, Value
from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """The greatest value."""
    return f"max({of.value}) FILTER (WHERE {of.when})"


def compute(of: Happenings) -> Value:
    """The greatest value."""
    return max(of.numbers(), default=None)


TRAIT = TraitKind(
    meaning="The greatest value of a number property.",
    needs_property=True,
    aggregate=aggregate,
    compute=compute,
    type_of=lambda _: Type.NUMBER,
    property_types=(Type.NUMBER,),
)
