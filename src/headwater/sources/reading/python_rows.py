"""Rows of Python values as Arrow columns, whose types are found from the values and widen as more rows come.

Databases name their types in as many ways as there are databases; what their drivers hand over is a short list. A
column that turns out to hold several kinds of value (SQLite allows it) becomes text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import cast

import pyarrow as pa

TEXT = pa.string()
INTEGER = pa.int64()
NUMBER = pa.float64()
BOOLEAN = pa.bool_()
DATE = pa.date32()
WALL_CLOCK = pa.timestamp("us")
INSTANT = pa.timestamp("us", tz="UTC")

_MOST_DIGITS = 38


def kind_of(values: Sequence[object]) -> pa.DataType:
    """The narrowest type that holds all these values; of no value: the type null."""
    kind = pa.null()
    for each in _kinds(value for value in values if value is not None):
        kind = wider(kind, each)
    return kind


def column_of(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """The values as a column of a type that holds them."""
    return pa.array([None if value is None else _as(value, kind) for value in values], kind)


def wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The type that holds the values of both.

    >>> wider(pa.null(), pa.int64()), wider(pa.int64(), pa.float64()), wider(pa.bool_(), pa.int64())
    (DataType(int64), DataType(double), DataType(string))
    """
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if pa.types.is_decimal(one) and pa.types.is_decimal(other):
        whole = max(one.precision - one.scale, other.precision - other.scale)
        return _decimal(whole, max(one.scale, other.scale))
    if {one, other} == {INTEGER, NUMBER}:
        return NUMBER
    for integer, decimal in ((one, other), (other, one)):
        if integer == INTEGER and pa.types.is_decimal(decimal):
            return _decimal(max(19, decimal.precision - decimal.scale), decimal.scale)
    return TEXT


def _kinds(given: Iterable[object]) -> Iterable[pa.DataType]:
    by_type: dict[type, list[object]] = {}
    for value in given:
        by_type.setdefault(type(value), []).append(value)
    for type_, values in by_type.items():
        yield from _kinds_of(type_, values)


def _kinds_of(type_: type, values: list[object]) -> Iterable[pa.DataType]:
    if issubclass(type_, bool):
        yield BOOLEAN
    elif issubclass(type_, int):
        yield INTEGER if all(-(1 << 63) <= cast("int", value) < 1 << 63 for value in values) else TEXT
    elif issubclass(type_, float):
        yield NUMBER
    elif issubclass(type_, Decimal):
        yield _decimals(cast("list[Decimal]", values))
    elif issubclass(type_, datetime):
        yield from {WALL_CLOCK if cast("datetime", value).tzinfo is None else INSTANT for value in values}
    elif issubclass(type_, date):
        yield DATE
    else:
        yield TEXT


def _decimals(values: Sequence[Decimal]) -> pa.DataType:
    if not all(value.is_finite() for value in values):
        return TEXT
    parts = [value.as_tuple() for value in values]
    scale = max(max(-cast("int", part.exponent), 0) for part in parts)
    whole = max(max(len(part.digits) + cast("int", part.exponent), 0) for part in parts)
    return _decimal(whole, scale)


def _decimal(whole: int, scale: int) -> pa.DataType:
    """A decimal of so many digits before and after the point; text if no engine has so many."""
    return pa.decimal128(_MOST_DIGITS, scale) if whole + scale <= _MOST_DIGITS else TEXT


def _as(value: object, kind: pa.DataType) -> object:
    if kind == TEXT:
        return as_text(value)
    if kind == INSTANT:
        return cast("datetime", value).astimezone(UTC)
    if kind == NUMBER:
        return float(cast("float", value))
    return Decimal(value) if pa.types.is_decimal(kind) and isinstance(value, int) else value


def as_text(value: object) -> str:
    """A value as text: nested ones as JSON, bytes in hexadecimal, times as ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    for kind, text in _TEXTS.items():
        if isinstance(value, kind):
            return text(value)
    return str(value)


_TEXTS: dict[type, Callable[..., str]] = {
    dict: lambda value: json.dumps(value, default=as_text, ensure_ascii=False),
    list: lambda value: json.dumps(value, default=as_text, ensure_ascii=False),
    tuple: lambda value: json.dumps(value, default=as_text, ensure_ascii=False),
    bytes: lambda value: value.hex(),
    bytearray: lambda value: value.hex(),
    memoryview: lambda value: value.hex(),
    datetime: lambda value: value.isoformat(sep=" "),
    date: lambda value: value.isoformat(),
    bool: lambda value: "true" if value else "false",
}
