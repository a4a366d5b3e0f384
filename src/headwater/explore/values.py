"""The values of a property of chosen events: one number an event, the same in every part, and what each stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.audiences.columns.coding import Coded
from headwater.audiences.columns.columns import Columns
from headwater.audiences.columns.rows import Part
from headwater.audiences.properties import Read

Codes = npt.NDArray[np.int32]
Value = str | float | bool


@dataclass(frozen=True, eq=False)
class Valued:
    """Codes of the events of each part, 0 where the value is missing; code n stands for `values[n - 1]`."""

    codes: tuple[Codes, ...]
    values: tuple[Value, ...]


def valued(columns: Columns, parts: Sequence[Part], reads: Sequence[Read]) -> Valued:
    """A property that may be of several types: of each event the one that it has."""
    codes = [np.zeros(part.size, dtype=np.int32) for part in parts]
    values: list[Value] = []
    for read in reads:
        held = [columns.values(part, read) for part in parts]
        if not held:
            continue
        distinct = pc.unique(pa.chunked_array([each.values for each in held]).drop_null())
        for place, column in enumerate(held):
            own = pc.fill_null(pc.index_in(column.values, distinct), -1).to_numpy().astype(np.int32)
            rows = own[column.codes] if isinstance(column, Coded) else own
            codes[place] = np.where(rows >= 0, rows + np.int32(len(values) + 1), codes[place])
        values += distinct.to_pylist()
    return Valued(tuple(codes), tuple(values))
