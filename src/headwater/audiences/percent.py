"""Shares of people, as rules say them: percent with up to four decimals, held as whole millionths.

10%  →  100,000        0.0001%  →  1        100%  →  1,000,000
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import PlainValidator

WHOLE = 1_000_000
"""All, in millionths."""

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?) *%")


def read_percent(given: object) -> int:
    """A share written like "10%" or "2.5%", in millionths.

    Raises:
        ValueError: it is none, not between 0 and 100, or has more than four decimals.
    """
    match = _PERCENT.fullmatch(given.strip()) if isinstance(given, str) else None
    if not match:
        raise ValueError("must be a share like 10% or 2.5%")
    return _millionths(Decimal(match[1]))


Percent = Annotated[int, PlainValidator(read_percent, json_schema_input_type=str)]
"""A field that holds a share."""


def read_percent_number(given: object) -> int:
    """A share written as a number of percent, like 50 or 33.3, in millionths.

    Raises:
        ValueError: it is none, not between 0 and 100, or has more than four decimals.
    """
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise ValueError("must be a number of percent, like 50 or 33.3")  # noqa: TRY004 - pydantic reports ValueErrors
    try:
        return _millionths(Decimal(str(given)))
    except InvalidOperation:
        raise ValueError("must be a number of percent, like 50 or 33.3") from None


def percent_number(millionths: int) -> int | float:
    """A share as a number of percent.

    >>> percent_number(500_000), percent_number(333_333)
    (50, 33.3333)
    """
    whole, rest = divmod(millionths, WHOLE // 100)
    return millionths / (WHOLE // 100) if rest else whole


def show_percent(millionths: int) -> str:
    """A share as rules write it.

    >>> show_percent(100_000), show_percent(1)
    ('10%', '0.0001%')
    """
    shown = f"{millionths / (WHOLE // 100):.4f}".rstrip("0").rstrip(".")
    return f"{shown}%"


def _millionths(percent: Decimal) -> int:
    if not percent.is_finite() or not 0 < percent <= 100:
        raise ValueError("must be more than 0 and at most 100 percent")
    millionths = percent * (WHOLE // 100)
    if millionths != millionths.to_integral_value():
        raise ValueError("must have at most four decimals")
    return int(millionths)
