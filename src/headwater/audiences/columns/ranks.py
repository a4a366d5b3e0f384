"""Ranks of a coded column: how many have a better value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from headwater.audiences.columns.coding import Coded


def n_better(column: Coded, *, is_highest: bool) -> npt.NDArray[np.int64]:
    """How many rows have a better value than each of the values, shape of `values`; of the missing one: how many have any.

    `is_highest`: whether a higher value is better, or a lower one.
    """
    n_of = np.bincount(column.codes, minlength=len(column.values))[1:]
    order = pc.array_sort_indices(
        column.values[1:], order="descending" if is_highest else "ascending"
    ).to_numpy()
    found = np.empty(len(column.values), dtype=np.int64)
    found[1:][order] = np.cumsum(n_of[order]) - n_of[order]
    found[0] = n_of.sum()
    return found
