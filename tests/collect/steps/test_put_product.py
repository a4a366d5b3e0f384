"""What was looked at and bought, categorised from the catalogue and summed up."""

from __future__ import annotations

from typing import Any

import pytest
from tests.collect.told import put_by, told

from headwater.collect.step import Surroundings
from headwater.collect.steps.put_product import put_product

CATALOGUE = {
    "1": {
        "product_name": "Green tea",
        "department": "Food",
        "category": "tea",
        "brand": "Leaf",
        "size": "100 g",
    },
    "2": {"product_name": "Mug", "category": "dishes", "brand": ""},
}
AROUND = Surroundings(product_of=CATALOGUE.get)


def bought(*products: object, name: str = "Order Completed", **others: object) -> dict[str, Any]:
    return {"kind": "track", "name": name, "properties": {"products": list(products), **others}}


def test_a_product_is_categorised_from_the_catalogue() -> None:
    put = put_by(put_product, AROUND, properties={"product_id": "1", "brand": None})
    assert put == {"product_name": "Green tea", "department": "Food", "category": "tea"}


def test_what_the_client_says_of_a_product_stands() -> None:
    event = told(properties={"product_id": 1, "category": "gifts"})
    put_product(event, AROUND)
    assert (event.properties["category"], event.properties["brand"]) == ("gifts", "Leaf")


def test_a_list_of_products_becomes_lists_and_sums() -> None:
    fields = bought(
        {"product_id": "1", "price": 2.1, "quantity": 3}, {"sku": "2", "price": "4.50", "brand": "Clay"}
    )
    assert put_by(put_product, AROUND, **fields) == {
        "product_ids": ["1", "2"],
        "categories": ["tea", "dishes"],
        "brands": ["Leaf", "Clay"],
        "quantity": 4,
        "revenue": 10.8,
    }


def test_sums_the_client_says_stand() -> None:
    put = put_by(
        put_product, AROUND, **bought({"product_id": "1", "price": 2, "quantity": 3}, quantity=0, revenue=5.5)
    )
    assert put == {"product_ids": ["1"], "categories": ["tea"], "brands": ["Leaf"]}


@pytest.mark.parametrize(
    "name", ["Order Completed", "order_completed", "orderCompleted", "purchase", "Purchase"]
)
def test_a_purchase_has_revenue(name: str) -> None:
    assert put_by(put_product, AROUND, **bought({"price": 2}, name=name)) == {"quantity": 1, "revenue": 2}


@pytest.mark.parametrize("name", ["Cart Viewed", "Checkout Started", "Order Refunded", "Product List Viewed"])
def test_what_is_no_purchase_has_no_revenue(name: str) -> None:
    assert put_by(put_product, AROUND, **bought({"price": 2, "quantity": 2}, name=name)) == {"quantity": 2}
    assert put_by(put_product, AROUND, **bought({"price": 2}, name=name)) == {}


@pytest.mark.parametrize("price", [None, "cheap", True, float("nan"), float("inf"), 10**400, {"a": 1}])
def test_without_every_price_there_is_no_sum(price: object) -> None:
    assert put_by(put_product, AROUND, **bought({"price": price}, {"price": 1})) == {"quantity": 2}


@pytest.mark.parametrize("products", [[], "tea", None, {"product_id": "1"}, [1, None, "tea", ["1"]]])
def test_what_is_no_list_of_products_says_nothing(products: object) -> None:
    put = put_by(put_product, AROUND, kind="track", name="Cart Viewed", properties={"products": products})
    assert put == {}


def test_ids_that_are_numbers_and_repeats_are_put_once() -> None:
    put = put_by(
        put_product,
        AROUND,
        **bought({"product_id": 1}, {"product_id": "1"}, {"product_id": "9"}, name="Cart"),
    )
    assert put == {"product_ids": ["1", "9"], "categories": ["tea"], "brands": ["Leaf"]}
