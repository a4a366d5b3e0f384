from __future__ import annotations

import jsonschema
import pytest

from headwater.audiences.comparison import comparisons
from headwater.audiences.operator import operators
from headwater.audiences.schema import audience_schema

EXAMPLES = [
    pytest.param(example.rule, id=f"{name} {number}")
    for name, part in {**operators(), **comparisons()}.items()
    for number, example in enumerate(part.examples, start=1)
]
SCHEMA = audience_schema()


@pytest.mark.parametrize("rule", EXAMPLES)
def test_every_example_is_valid_under_the_schema(rule: object) -> None:
    jsonschema.validate({"rule": {"all": [rule, {"not": rule}]}}, SCHEMA)


@pytest.mark.parametrize(
    "rule",
    [
        {"dit": "purchase"},
        {"did": "purchase", "at_leest": 1},
        {"did": "purchase", "where": {"a": {"atleast": 1}}},
        {"trait": "age", "is": {"at_least": "x"}},
        {"all": []},
        {"did": "purchase", "within": {"past": "90 days"}},
    ],
)
def test_what_cannot_be_right_is_invalid(rule: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"rule": rule}, SCHEMA)
