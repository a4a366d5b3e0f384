"""The mean of a number property."""

from __future__ import annotations

from headwater.engine.exact import count_sql, millionths, total_sql
from headwater.profiles.computing import Happenings, Value
from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """The mean of the values."""
    return f"{total_sql(of.value, of.when)} / nullif({count_sql(of.value, of.when)}, 0)"


def compute(of: Happenings) -> Value:
    """The mean of the values."""
    found = millionths(of.numbers())
    return sum(found) / 1_000_000 / len(found) if found else None


TRAIT = TraitKind(
    meaning="The mean of a number property.",
    needs_property=True,
    aggregate=aggregate,
    compute=compute,
    type_of=lambda _: Type.NUMBER,
    property_types=(Type.NUMBER,),
)
