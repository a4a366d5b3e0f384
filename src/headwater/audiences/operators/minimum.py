"""The smallest value of a number over events."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.aggregate import Measure, MeasuredFields, numbers, reader_of
from headwater.audiences.columns.measures import minimum as over_columns
from headwater.audiences.example import Example, bought, person
from headwater.audiences.operator import Operator, PropertyName


class Fields(MeasuredFields):
    """What `minimum` may say."""

    minimum: PropertyName = Field(description="The property, a number.")


MEASURE = Measure(
    "minimum", lambda value: exp.Min(this=value), lambda values: min(numbers(values)), over_columns
)

_RULE: dict[str, object] = {
    "minimum": "revenue",
    "of": "purchase",
    "within": {"last": "30 days"},
    "is": {"between": [2, 3]},
}
_TEXT = "the minimum of revenue over purchase in the last 30 days is between 2 and 3"

OPERATOR = Operator(
    Fields,
    reader_of(MEASURE),
    (
        Example(_RULE, _TEXT, person(bought(1, revenue=2), bought(2, revenue=3)), takes_in=True),
        Example(_RULE, _TEXT, person(bought(1, revenue=1), bought(2, revenue=3)), takes_in=False),
        Example(_RULE, _TEXT, person(), takes_in=False),
    ),
)
