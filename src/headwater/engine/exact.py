"""Sums that come out the same in whatever order the rows are added, on every engine.

Floating-point addition is not associative, and engines add in parallel. So values are rounded to whole millionths
(six decimals, halves up) and added as integers; what lies beyond a trillion, which no money is, counts as missing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST = 1e12


def millionths(values: Sequence[float]) -> list[int]:
    """The values as whole millionths; those that count as missing are left out.

    >>> millionths([0.1, 0.2, -0.0000005, 1e13])
    [100000, 200000, 0]
    """
    return [math.floor(value * 1_000_000 + 0.5) for value in values if abs(value) <= MOST]


def total_sql(value: str, when: str = "TRUE") -> str:
    """The sum of `millionths` as a number, of rows that meet a condition; NULL without values.

    Args:
        value: SQL of a DOUBLE.
        when: SQL of a condition.
    """
    return (
        f"CAST(sum(CASE WHEN ({when}) AND abs({value}) <= {MOST:.0e} "
        f"THEN CAST(floor({value} * 1000000 + 0.5) AS BIGINT) END) AS DOUBLE) / CAST(1000000 AS DOUBLE)"
    )


def count_sql(value: str, when: str = "TRUE") -> str:
    """How many values `total_sql` adds up."""
    return f"count(CASE WHEN ({when}) AND abs({value}) <= {MOST:.0e} THEN 1 END)"
