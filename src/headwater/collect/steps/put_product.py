"""Categorise what people look at and buy: from the catalogue, where the client did not say; and sum up its list of products.

An e-commerce event tells of several products as a list of objects under `products`; rules ask for texts and numbers, so what
is in the list is put beside it: `product_ids`, `categories`, `brands`, `quantity`, and of a purchase its `revenue`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from headwater.collect.event import Event
from headwater.collect.step import Product, Surroundings, put

FROM_CATALOGUE = ("product_name", "department", "category", "brand")
PURCHASES = frozenset({"purchase", "order completed", "completed order", "order placed"})
"""Events whose products were paid for, in lower case with blanks between words; a cart is no revenue."""
_IDS = ("product_id", "sku", "id")
_WORDS = re.compile(r"[\s_-]+|(?<=[a-z])(?=[A-Z])")
_DECIMALS = 4


def put_product(event: Event, around: Surroundings) -> None:
    """Put the catalogue's columns of one product, and the sums of several."""
    if not event.name:
        return
    told = event.properties
    product_id = _id(told.get("product_id"))
    if product_id:
        known = around.product_of(product_id) or {}
        put(event, {name: known.get(name) for name in FROM_CATALOGUE})
    products = told.get("products")
    if isinstance(products, list) and products:
        _put_all(event, [each for each in products if isinstance(each, dict)], around.product_of)


@lru_cache(maxsize=1024)
def is_purchase(name: str) -> bool:
    """Whether an event of this name is a purchase.

    >>> is_purchase("Order Completed"), is_purchase("order_completed"), is_purchase("Checkout Started")
    (True, True, False)
    """
    return " ".join(_WORDS.split(name.strip())).lower() in PURCHASES


def _put_all(
    event: Event, products: list[dict[str, object]], product_of: Callable[[str], Product | None]
) -> None:
    ids = [_id_of(each) for each in products]
    known = [product_of(each) or {} if each else {} for each in ids]
    bought = is_purchase(event.name)
    put(
        event,
        {
            "product_ids": _distinct(ids),
            "categories": _distinct(_said("category", *both) for both in zip(products, known, strict=True)),
            "brands": _distinct(_said("brand", *both) for both in zip(products, known, strict=True)),
            "quantity": _quantity(products, bought=bought),
            "revenue": _revenue(products) if bought else None,
        },
    )


def _id_of(product: Mapping[str, object]) -> str:
    return next((found for name in _IDS if (found := _id(product.get(name)))), "")


def _id(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _said(name: str, product: Mapping[str, object], known: Product) -> str:
    value = product.get(name)
    return value.strip() if isinstance(value, str) and value.strip() else known.get(name, "")


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))


def _quantity(products: list[dict[str, object]], *, bought: bool) -> float | None:
    """How many in all, one where a product does not say; None if none says and nothing was bought."""
    told = [_number(each.get("quantity")) for each in products]
    if not bought and all(number is None for number in told):
        return None
    return _rounded(1 if number is None else number for number in told)


def _revenue(products: list[dict[str, object]]) -> float | None:
    """The sum of price times quantity; None if a price is missing, for part of a sum is a wrong one."""
    prices = [_number(each.get("price")) for each in products]
    if not prices or any(price is None for price in prices):
        return None
    counts = [1 if (number := _number(each.get("quantity"))) is None else number for each in products]
    return _rounded(price * count for price, count in zip(prices, counts, strict=True) if price is not None)


def _rounded(numbers: Iterable[float]) -> float | None:
    try:
        total = round(math.fsum(numbers), _DECIMALS)
    except (OverflowError, ValueError):
        return None
    return int(total) if total == int(total) else total


def _number(value: object) -> float | None:
    """A finite number, also one written as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
