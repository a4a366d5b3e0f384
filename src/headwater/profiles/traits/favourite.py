"""The value of a property that comes most often; ties go to the value first in the alphabet."""

from __future__ import annotations

from collections import Counter

from headwater.profiles.computing import Happenings, Value
from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """The most frequent value."""
    return f"mode({of.value} ORDER BY {of.value}) FILTER (WHERE {of.when} AND {of.value} IS NOT NULL)"


def compute(of: Happenings) -> Value:
    """The most frequent value."""
    counts = Counter(of.texts())
    return min(counts, key=lambda value: (-counts[value], value), default=None)


TRAIT = TraitKind(
    meaning="The value of a property that comes most often; ties go to the value first in the alphabet.",
    needs_property=True,
    aggregate=aggregate,
    compute=compute,
    type_of=lambda type_: type_,
    property_types=(Type.TEXT,),
)
