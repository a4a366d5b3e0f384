"""Values in figures: how many there are, how many differ, which are frequent, and how numbers and moments spread.

Reads nothing, writes nothing. Quantiles are values that occur: the least one that so large a share is not above.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headwater.audiences.columns.spelling import spelled

MOST_FREQUENT = 10
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_LONGEST = 80  # characters of a value that are shown


@dataclass(frozen=True)
class Frequent:
    """A value as text, and how often it occurs."""

    value: str
    n: int


@dataclass(frozen=True)
class Figures:
    """A column of values in figures.

    Attributes:
        n: how many rows there are, `n_filled` of them with a value.
        n_distinct: how many different values.
        frequent: the most frequent ones, equally frequent ones in order of value.
        quantiles: of numbers, by share: 0 is the least, 1 the greatest.
    """

    n: int
    n_filled: int
    n_distinct: int
    frequent: tuple[Frequent, ...] = ()
    quantiles: Mapping[str, float] = field(default_factory=dict)

    @property
    def fill_rate(self) -> float:
        """The share of rows with a value."""
        return self.n_filled / self.n if self.n else 0.0


def figures(values: pa.ChunkedArray, weights: np.ndarray | None = None, n: int | None = None) -> Figures:
    """A column of values in figures; of each item of a list by itself.

    `weights`: how often each value occurs, if not once; `n`: how many rows there are, if not as many as values.
    """
    n_rows = len(values) if n is None else n
    there = np.asarray(pc.is_valid(values).to_numpy(), dtype=np.bool_)
    counts = there.astype(np.int64) if weights is None else np.where(there, weights, 0)
    n_filled = int(counts.sum())
    if pa.types.is_list(values.type):
        return Figures(n_rows, n_filled, _n_lists(values, counts), _frequent_items(values, counts))
    held = values.filter(pa.array(counts > 0)).combine_chunks()
    counts = counts[counts > 0]
    if pa.types.is_timestamp(held.type) or pa.types.is_date(held.type):
        return Figures(n_rows, n_filled, len(pc.unique(held)))
    coded = held.dictionary_encode() if len(held) else held
    names = coded.dictionary if len(held) else held
    occurring = np.bincount(coded.indices.to_numpy(), weights=counts) if len(held) else np.empty(0)
    by_value = dict(zip(map(_text, names.to_pylist()), occurring.astype(np.int64).tolist(), strict=True))
    return Figures(n_rows, n_filled, len(names), _most(Counter(by_value)), _quantiles(names, occurring))


def _quantiles(names: pa.Array, occurring: np.ndarray) -> dict[str, float]:
    if not (pa.types.is_floating(names.type) or pa.types.is_integer(names.type)) or not len(names):
        return {}
    numbers = np.asarray(names.to_numpy(zero_copy_only=False), dtype=np.float64)
    known = np.isfinite(numbers)
    order = np.argsort(numbers[known])
    if not len(order):
        return {}
    numbers, so_far = numbers[known][order], np.cumsum(occurring[known][order])
    places = np.searchsorted(so_far, np.array(QUANTILES) * so_far[-1])
    return {
        f"{share:g}": float(numbers[place]) for share, place in zip(QUANTILES, places.tolist(), strict=True)
    }


def _n_lists(values: pa.ChunkedArray, counts: np.ndarray) -> int:
    return len(pc.unique(spelled(values.filter(pa.array(counts > 0)))))


def _frequent_items(values: pa.ChunkedArray, counts: np.ndarray) -> tuple[Frequent, ...]:
    found: Counter[str] = Counter()
    for items, n in zip(values.to_pylist(), counts.tolist(), strict=True):
        for item in dict.fromkeys(items or ()):
            found[_text(item)] += n
    return _most(found)


def _most(counted: Counter[str]) -> tuple[Frequent, ...]:
    ranked = sorted(((-n, value) for value, n in counted.items() if n))[:MOST_FREQUENT]
    return tuple(Frequent(value, -n) for n, value in ranked)


def _text(value: object) -> str:
    """A value as people read it, not too much of it.

    >>> _text(2.0), _text(True), _text("tea"), _text(None)
    ('2', 'true', 'tea', '')
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return f"{value:.0f}"
        case _:
            text = str(value)
            return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
