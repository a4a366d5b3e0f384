"""Properties under the names of the table `events`: what shops say of products and orders, as the Segment e-commerce spec
names it, goes to the columns; all else stays under the client's own names.

Reads and writes properties; a value under a column's name is afterwards of that column's type.
"""

from __future__ import annotations

import math
from functools import lru_cache

from headwater.collect.event import Told

TEXTS = frozenset(
    {
        "order_id",
        "product_id",
        "product_name",
        "department",
        "category",
        "brand",
        "coupon_id",
        "campaign_id",
        "channel",
        "store_id",
        "url",
    }
)
NUMBERS = frozenset({"quantity", "revenue", "discount"})
COLUMNS = TEXTS | NUMBERS
_PAID = frozenset({"order completed", "completed order", "purchase", "order paid"})
_MONEY = ("revenue", "total", "value")


def by_commerce(event: str, told: Told) -> Told:
    """The properties of a track call under the columns' names.

    `name` is the product's name where a product is named; `total` or `value` is money received only of a completed order.

    >>> by_commerce("Order Completed", {"order_id": "o1", "total": "9.5", "coupon": "SPRING", "tax": 1})
    {'order_id': 'o1', 'total': '9.5', 'tax': 1, 'coupon_id': 'SPRING', 'revenue': 9.5}
    """
    found = dict(told)
    if "sku" in found and not found.get("product_id"):
        found["product_id"] = found["sku"]
    if "name" in found and "product_id" in found:
        found.setdefault("product_name", found.pop("name"))
    if "coupon" in found:
        found.setdefault("coupon_id", found.pop("coupon"))
    if _is_paid(event) and (name := next((each for each in _MONEY if found.get(each) is not None), None)):
        found["revenue"] = found[name]
    return as_columns(found)


def as_columns(told: Told) -> Told:
    """The properties, what stands under a column's name in that column's type; what is not moves to `<name>_told`.

    What says nothing (null, and an empty text under a column's name) is left out.

    >>> as_columns({"quantity": "2", "product_id": 17, "revenue": "much", "brand": "", "note": ""})
    {'quantity': 2.0, 'product_id': '17', 'revenue_told': 'much', 'note': ''}
    """
    if COLUMNS.isdisjoint(told):
        return {name: value for name, value in told.items() if value is not None}
    found: Told = {}
    for name, value in told.items():
        if name not in COLUMNS:
            if value is not None:
                found[name] = value
            continue
        fitting = _number(value) if name in NUMBERS else _text(value)
        if fitting is not None:
            found[name] = fitting
        elif value not in (None, ""):
            found[f"{name}_told"] = value
    return found


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return number if isinstance(value, str) else value


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@lru_cache(maxsize=4096)
def _is_paid(event: str) -> bool:
    return event.strip().casefold().replace("_", " ") in _PAID
