"""The contract of operators: what a condition may ask. One file in `operators/` is one operator.

A new operator is a new file with a class of conditions (a frozen `rule.Condition`), a declaration of its fields whose
first field is named like the file, and the instance `OPERATOR` that reads the fields into a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import Field, WithJsonSchema

from headwater.audiences.example import Example
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.values import Text
from headwater.core.documents import Declaration, Place
from headwater.core.plugins import discover

D = TypeVar("D", bound=Declaration)

# Read by `Reader`, which knows the comparisons; `schema` puts the schema of that name in place.
STANDS_FOR = "x-headwater"
Where = Annotated[object, WithJsonSchema({STANDS_FOR: "where"})]
Within = Annotated[object, WithJsonSchema({STANDS_FOR: "within"})]
Is = Annotated[object, WithJsonSchema({STANDS_FOR: "is"})]

# What a text names, for who writes it to be offered the names there are.
OFFERS = "x-offers"
EventName = Annotated[Text, Field(json_schema_extra={OFFERS: "event"})]
PropertyName = Annotated[Text, Field(json_schema_extra={OFFERS: "property"})]
TraitName = Annotated[Text, Field(json_schema_extra={OFFERS: "trait"})]
AudienceName = Annotated[Text, Field(json_schema_extra={OFFERS: "audience"})]
ListName = Annotated[Text, Field(json_schema_extra={OFFERS: "list"})]


@dataclass(frozen=True)
class Operator(Generic[D]):
    """One operator.

    Attributes:
        fields: what YAML may say.
        read: fields at a place, judged by a reader; None after noting what is wrong.
        examples: rules, and what they say of a person; the contract kit runs them.
    """

    fields: type[D]
    read: Callable[[D, Place, Reader], Condition | None]
    examples: tuple[Example, ...]


def operators() -> Mapping[str, Operator[Any]]:
    """Every operator by name."""
    return cast("Mapping[str, Operator[Any]]", discover("headwater.audiences.operators", "OPERATOR"))
