"""Properties that are columns of the table `events` get that column's type; traits get one that attributes can have.

What cannot be read as its column's type is kept under `…_told`: the column is empty then, and nothing is lost.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from headwater.collect.event import Told
from headwater.tables import events
from headwater.tables.table import Type

_COLUMNS: Mapping[str, Type] = {
    column.name: column.type
    for column in events.TABLE.columns
    if column.type in (Type.TEXT, Type.NUMBER)
    and column.name not in ("event_id", "source", "event", "properties", "month")
}
# Columns that Headwater fills: a client's property of the name is another thing.
_FILLED = frozenset(
    ("event_id", "source", "event", "occurred_at", "loaded_at", "node_id", "other_node_ids", "properties", "month", "bucket")
)  # fmt: skip
_LEAST, _MOST = -(2**63), 2**63 - 1
_LOOKED_AT = frozenset[type]({int, list, dict})


def conform(properties: Told) -> Told:
    """The properties, with those that are columns as the columns' types.

    Whole numbers of more than 64 bits, which neither log nor tables can hold, become others, or texts if they are still larger.

    >>> conform({"revenue": "12.50", "order_id": 7, "quantity": "many", "month": "May"})
    {'revenue': 12.5, 'order_id': '7', 'quantity_told': 'many', 'month_told': 'May'}
    """
    found: Told = {}
    for name, told in properties.items():
        kind = _COLUMNS.get(name)
        if told is None:
            continue
        value = _bounded(told) if type(told) in _LOOKED_AT else told
        if kind is None:
            found[f"{name}_told" if name in _FILLED else name] = value
            continue
        read = _number(value) if kind is Type.NUMBER else _text(value)
        if read is None:
            found[f"{name}_told"] = value
        else:
            found[name] = read
    return found


def plain_traits(traits: Told) -> Told:
    """Traits as attributes can be: texts, numbers, booleans and lists of texts; what is nested is laid out flat.

    >>> plain_traits({"age": 41, "address": {"city": "Bern"}, "likes": ["tea", 3], "nothing": None})
    {'age': 41.0, 'address_city': 'Bern', 'likes': ['tea']}
    """
    found: Told = {}
    for name, value in traits.items():
        if isinstance(value, dict):
            found.update({f"{name}_{inner}": each for inner, each in plain_traits(value).items()})
        elif isinstance(value, list):
            found[name] = sorted({item for item in value if isinstance(item, str)})
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            number = _number(value)
            if number is not None:
                found[name] = number
        elif value is not None:
            found[name] = value
    return found


def _bounded(value: object) -> object:
    """A value whose whole numbers have at most 64 bits, however deep they stand.

    >>> _bounded([7, {"a": 10**20}]), _bounded(10**400) == "1" + "0" * 400
    ([7, {'a': 1e+20}], True)
    """
    if isinstance(value, dict):
        return {name: _bounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_bounded(each) for each in value]
    if not isinstance(value, int) or _LEAST <= value <= _MOST:
        return value
    number = _number(value)
    return str(value) if number is None else number


def _number(value: object) -> float | None:
    """A finite number; None: it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str | None:
    """A text; of whole numbers without a fraction."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)
