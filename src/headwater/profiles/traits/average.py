"""The mean of a number property."""

from __future__ import annotations

from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """The mean of the values."""
    return f"avg({of.value}) FILTER (WHERE {of.when})"


TRAIT = TraitKind(
    meaning="The mean of a number property.",
    needs_property=True,
    aggregate=aggregate,
    type_of=lambda _: Type.NUMBER,
    property_types=(Type.NUMBER,),
)
