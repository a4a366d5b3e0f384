"""The different texts of a property as a list, sorted: all categories that someone bought, say."""

from __future__ import annotations

from headwater.profiles.computing import Happenings, Value
from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """Each text once."""
    return f"list_sort(list(DISTINCT {of.value}) FILTER (WHERE {of.when} AND {of.value} IS NOT NULL))"


def compute(of: Happenings) -> Value:
    """Each text once."""
    return tuple(sorted(set(of.texts()))) or None


TRAIT = TraitKind(
    meaning="The different texts of a property as a list, sorted.",
    needs_property=True,
    aggregate=aggregate,
    compute=compute,
    type_of=lambda _: Type.TEXTS,
    property_types=(Type.TEXT,),
)
