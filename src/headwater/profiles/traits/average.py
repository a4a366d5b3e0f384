"""The mean of a number property."""

from __future__ import annotations

from headwater.engine.exact import count_sql, total_sql
from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """The mean of the values."""
    return f"{total_sql(of.value, of.when)} / nullif({count_sql(of.value, of.when)}, 0)"


TRAIT = TraitKind(
    meaning="The mean of a number property.",
    needs_property=True,
    aggregate=aggregate,
    type_of=lambda _: Type.NUMBER,
    property_types=(Type.NUMBER,),
)
