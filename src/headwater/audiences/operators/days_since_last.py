"""How many days ago something was done last: whole calendar days in the project's time zone, 0 for today.

    days_since_last: purchase
    is: {between: [30, 60]}

Who never did has no such number, and meets no test.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pyarrow as pa
from pydantic import Field

from headwater.audiences.columns.segment import Instants
from headwater.audiences.comparison import Test
from headwater.audiences.crossing import day_starts
from headwater.audiences.days import date_of, day_of, days_of, days_until_today_sql, today
from headwater.audiences.example import Example, bought, person
from headwater.audiences.moments import TimedFields, Timing, reader_of
from headwater.audiences.operator import EventName, Operator
from headwater.audiences.values import ValueType
from headwater.core.clock import Clock


class Fields(TimedFields):
    """What `days_since_last` may say."""

    days_since_last: EventName = Field(description="The event.")


_MOST_DAYS = 1_000_000  # nearly three thousand years


def _days(moment: datetime, clock: Clock) -> float:
    return float(today(clock) - day_of(moment, clock))


def _many_days(at: Instants, clock: Clock) -> pa.Array:
    return pa.array((today(clock) - days_of(at, clock)).astype(np.float64))


def _edges(moment: datetime, tests: tuple[Test, ...], clock: Clock) -> Iterator[datetime]:
    """The midnights after which the number of days is on the other side of a number it is compared with."""
    for test in tests:
        for number in test.operand if isinstance(test.operand, tuple) else (test.operand,):
            if isinstance(number, (int, float)) and 0 <= number < _MOST_DAYS:
                for n_days in {math.ceil(number), math.floor(number) + 1}:
                    yield from day_starts(date_of(day_of(moment, clock) + n_days), clock)


TIMING = Timing(
    "days_since_last",
    "the number of days since the last",
    is_last=True,
    type=ValueType.NUMBER,
    sql=days_until_today_sql,
    of=_days,
    over=_many_days,
    edges=_edges,
)

_RULE: dict[str, object] = {"days_since_last": "purchase", "is": {"at_least": 30}}
_TEXT = "the number of days since the last purchase at any time is at least 30"
_TODAY: dict[str, object] = {"days_since_last": "purchase", "is": 0}
_TODAY_TEXT = "the number of days since the last purchase at any time equals 0"

OPERATOR = Operator(
    Fields,
    reader_of(TIMING),
    (
        # Late in the evening thirty days ago: not thirty times 24 hours, but thirty midnights.
        Example(_RULE, _TEXT, person(bought(29.55), bought(90)), takes_in=True),
        Example(_RULE, _TEXT, person(bought(29.45), bought(90)), takes_in=False),
        Example(_RULE, _TEXT, person(), takes_in=False),
        Example(_TODAY, _TODAY_TEXT, person(bought(0.5)), takes_in=True),
        Example(_TODAY, _TODAY_TEXT, person(bought(0.501)), takes_in=False),
    ),
)
