"""How many different values a property has over events: products bought, shops visited."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from headwater.audiences.aggregate import Measure, MeasuredFields, reader_of
from headwater.audiences.columns.measures import distinct as over_columns
from headwater.audiences.example import Example, bought, person
from headwater.audiences.operator import Operator, PropertyName


class Fields(MeasuredFields):
    """What `distinct` may say."""

    distinct: PropertyName = Field(description="The property whose different values count.")


def _distinct_sql(value: exp.Expr) -> exp.Expr:
    # NULL for none, as the other measures have it.
    return exp.Nullif(
        this=exp.Count(this=exp.Distinct(expressions=[value])), expression=exp.Literal.number(0)
    )


MEASURE = Measure("distinct", _distinct_sql, lambda values: float(len(set(values))), over_columns, reads=None)

_RULE: dict[str, object] = {
    "distinct": "product_id",
    "of": "purchase",
    "within": {"last": "30 days"},
    "is": {"at_least": 2},
}
_TEXT = "the distinct of product_id over purchase in the last 30 days is at least 2"

OPERATOR = Operator(
    Fields,
    reader_of(MEASURE),
    (
        Example(_RULE, _TEXT, person(bought(1, product_id="a"), bought(2, product_id="b")), takes_in=True),
        Example(
            _RULE,
            _TEXT,
            person(bought(1, product_id="a"), bought(2, product_id="a"), bought(3)),
            takes_in=False,
        ),
        Example(_RULE, _TEXT, person(), takes_in=False),
    ),
)
