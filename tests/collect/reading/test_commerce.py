"""What shops say of products and orders goes to the columns, in the columns' types."""

from __future__ import annotations

import pytest

from headwater.collect.reading.commerce import NUMBERS, TEXTS, by_commerce
from headwater.tables.events import TABLE
from headwater.tables.table import Type


@pytest.mark.parametrize(
    ("names", "type_"),
    [pytest.param(TEXTS, Type.TEXT, id="texts"), pytest.param(NUMBERS, Type.NUMBER, id="numbers")],
)
def test_columns_are_those_of_the_table_with_their_types(names, type_):
    assert {column.name: column.type for column in TABLE.columns if column.name in names} == dict.fromkeys(
        names, type_
    )


@pytest.mark.parametrize(
    ("event", "told", "expected"),
    [
        pytest.param("X", {"name": "Ana"}, {"name": "Ana"}, id="a-name-of-nothing"),
        pytest.param(
            "X",
            {"product_id": 7, "name": "Tea", "price": 4},
            {"product_id": "7", "product_name": "Tea", "price": 4},
            id="a-products-name",
        ),
        pytest.param("X", {"sku": "A1"}, {"sku": "A1", "product_id": "A1"}, id="sku"),
        pytest.param(
            "Cart Viewed", {"total": 9, "value": 9}, {"total": 9, "value": 9}, id="not-received-yet"
        ),
        pytest.param("order_completed", {"value": 9}, {"value": 9, "revenue": 9}, id="value"),
        pytest.param(
            "Order Completed", {"revenue": 8, "total": 9}, {"revenue": 8, "total": 9}, id="revenue-wins"
        ),
        pytest.param("Order Completed", {"revenue": None, "total": 9}, {"revenue": 9, "total": 9}, id="null"),
        pytest.param("X", {"coupon_id": "a", "coupon": "b"}, {"coupon_id": "a"}, id="a-column-told-stays"),
        pytest.param(
            "X",
            {"quantity": "many", "brand": ["a"]},
            {"quantity_told": "many", "brand_told": ["a"]},
            id="misfits",
        ),
        pytest.param(
            "X",
            {"revenue": "1e999", "quantity": True},
            {"revenue_told": "1e999", "quantity_told": True},
            id="no-numbers",
        ),
        pytest.param("X", {"revenue": 10**400}, {"revenue_told": 10**400}, id="beyond-numbers"),
        pytest.param("X", {"url": 5, "channel": "", "note": None}, {"url": "5"}, id="nothing"),
    ],
)
def test_properties_stand_under_the_columns_names(event, told, expected):
    before = dict(told)
    assert by_commerce(event, told) == expected
    assert told == before
