"""The sum of a number property, exact to a millionth; 0 where there are no events."""

from __future__ import annotations

from headwater.engine.exact import millionths, total_sql
from headwater.profiles.computing import Happenings, Value
from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """The values added up."""
    return f"coalesce({total_sql(of.value, of.when)}, 0)"


def compute(of: Happenings) -> Value:
    """The values added up."""
    return sum(millionths(of.numbers())) / 1_000_000


TRAIT = TraitKind(
    meaning="The sum of a number property, exact to a millionth; 0 where there are no events.",
    needs_property=True,
    aggregate=aggregate,
    compute=compute,
    type_of=lambda _: Type.NUMBER,
    if_none=0,
    property_types=(Type.NUMBER,),
)
