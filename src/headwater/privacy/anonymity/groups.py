"""k-anonymity: rows that fewer people than the floor share, by all that they could be recognised by, are left out.

L. Sweeney: k-anonymity: a model for protecting privacy (2002). Reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PLACE, SIZE = "row_place", "row_place_count"


def in_large_groups(rows: pa.Table, columns: Sequence[str], least: int | None) -> pa.Table:
    """The rows of which at least so many have the same values in these columns; an unknown value is one, too.

    Args:
        rows: one a person.
        columns: what people could be recognised by.
        least: how many; None: all rows stay.
    """
    if least is None:
        return rows
    if not columns:
        return rows if rows.num_rows >= least else rows.slice(0, 0)
    coded = [pc.fill_null(_codes(rows[name]), -1) for name in columns]
    keys = np.stack([each.to_numpy() for each in coded], axis=1) if coded else np.empty((rows.num_rows, 0))
    _, group, sizes = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    return rows.filter(pa.array(sizes[group.reshape(-1)] >= least))


def _codes(values: pa.ChunkedArray) -> pa.Array:
    """Each value as a number, equal ones as the same."""
    encoded = pc.dictionary_encode(values)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    return encoded.indices
