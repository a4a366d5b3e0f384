"""The mean of a number over the events that have it. Exact to a millionth before the division."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field
from sqlglot import exp

from headwater.audiences.aggregate import Measure, MeasuredFields, count_sql, numbers, reader_of, total_sql
from headwater.audiences.columns.measures import average as over_columns
from headwater.audiences.example import Example, bought, person
from headwater.audiences.operator import Operator, PropertyName
from headwater.audiences.values import Value
from headwater.engine.exact import millionths


class Fields(MeasuredFields):
    """What `average` may say."""

    average: PropertyName = Field(description="The property to average, a number.")


def _average_sql(value: exp.Expr) -> exp.Expr:
    # NULL and no division where nothing is counted: engines differ in what a division by zero gives.
    counted = exp.Nullif(this=count_sql(value), expression=exp.Literal.number(0))
    return exp.Div(this=total_sql(value), expression=exp.cast(counted, "DOUBLE"), typed=True, safe=False)


def _average(values: Sequence[Value]) -> float | None:
    counted = millionths(numbers(values))
    return float(sum(counted)) / 1_000_000 / len(counted) if counted else None


MEASURE = Measure("average", _average_sql, _average, over_columns)

_RULE: dict[str, object] = {
    "average": "revenue",
    "of": "purchase",
    "within": {"last": "30 days"},
    "is": {"less_than": 3},
}
_TEXT = "the average of revenue over purchase in the last 30 days is less than 3"

OPERATOR = Operator(
    Fields,
    reader_of(MEASURE),
    (
        Example(_RULE, _TEXT, person(bought(1, revenue=1), bought(2, revenue=4), bought(3)), takes_in=True),
        Example(_RULE, _TEXT, person(bought(1, revenue=2), bought(2, revenue=4)), takes_in=False),
        Example(_RULE, _TEXT, person(), takes_in=False),
    ),
)
