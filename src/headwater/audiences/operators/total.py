"""The sum of a number over events: revenue of all purchases. Exact to a millionth, whatever the order of events."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from headwater.audiences.aggregate import Measure, MeasuredFields, numbers, reader_of, total_sql
from headwater.audiences.columns.measures import total as over_columns
from headwater.audiences.example import Example, bought, person
from headwater.audiences.operator import Operator, PropertyName
from headwater.audiences.values import Value
from headwater.engine.exact import millionths


class Fields(MeasuredFields):
    """What `total` may say."""

    total: PropertyName = Field(description="The property to add up, a number.")


def _total(values: Sequence[Value]) -> float | None:
    counted = millionths(numbers(values))
    return float(sum(counted)) / 1_000_000 if counted else None


MEASURE = Measure("total", total_sql, _total, over_columns)

_RULE: dict[str, object] = {
    "total": "revenue",
    "of": "purchase",
    "within": {"last": "30 days"},
    "is": {"at_least": 0.3},
}
_TEXT = "the total of revenue over purchase in the last 30 days is at least 0.3"

OPERATOR = Operator(
    Fields,
    reader_of(MEASURE),
    (
        Example(_RULE, _TEXT, person(bought(1, revenue=0.1), bought(2, revenue=0.2)), takes_in=True),
        Example(_RULE, _TEXT, person(bought(1, revenue=0.1), bought(40, revenue=0.2)), takes_in=False),
        Example(_RULE, _TEXT, person(), takes_in=False),
    ),
)
