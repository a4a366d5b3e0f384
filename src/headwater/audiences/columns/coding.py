"""A column as small numbers: which of its different values each row has, so that a test is made once a value.

Code 0 is the missing value; the others stand in ascending order of value, lists in that of their `spelling`. A
column with nearly as many values as rows is kept as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.audiences.columns.spelling import spelled
from headwater.engine.bitmaps import Bits

Codes = npt.NDArray[np.unsignedinteger]
MOST_VALUES = 1 << 16  # above this many, coding pays only if values repeat often
MOST_RUNS = 4
_LONG = pa.large_list(pa.large_string())


@dataclass(frozen=True, eq=False)
class Coded:
    """Codes, shape (rows,), and what they stand for: `values[code]`, of which the first is NULL.

    `luts`: which values pass a test, for tests that were made.
    """

    codes: Codes
    values: pa.Array
    luts: dict[str, Bits] = field(default_factory=dict)

    def cut(self, places: slice | npt.NDArray[np.int32]) -> Coded:
        """Some of the rows."""
        return Coded(self.codes[places], self.values, self.luts)


@dataclass(frozen=True, eq=False)
class Plain:
    """The values themselves, shape (rows,); NULL: missing."""

    values: pa.Array

    def cut(self, places: slice | npt.NDArray[np.int32]) -> Plain:
        """Some of the rows."""
        if isinstance(places, slice):
            return Plain(self.values[places.start : places.stop])
        return Plain(self.values.take(pa.array(places)))


Column = Coded | Plain


def encode(values: pa.ChunkedArray) -> Column:
    """A column in the form that suits it."""
    if pa.types.is_list(values.type):
        spellings = encode(spelled(values))
        if isinstance(spellings, Coded):
            return spelled_back(spellings, values)
        return Plain(
            values.cast(_LONG).combine_chunks()
        )  # one array of short offsets could be too small for them
    if pa.types.is_floating(values.type):
        values = pc.add(values, 0.0)  # the negative zero becomes zero
    n_rows = len(values)
    coded = values.dictionary_encode()
    n_values = len(coded.chunk(0).dictionary) if coded.num_chunks else 0
    if n_values > MOST_VALUES and n_values > n_rows // 8:
        return Plain(values.combine_chunks() if values.num_chunks != 1 else values.chunk(0))
    return _coded(coded, values.type)


def spelled_back(spellings: Coded, lists: pa.ChunkedArray) -> Coded:
    """The column of lists whose spellings these are."""
    rows = np.zeros(len(spellings.values), dtype=np.int64)
    rows[spellings.codes] = np.arange(len(spellings.codes))  # of each code, some row that has it
    return Coded(spellings.codes, pa.concat_arrays([pa.nulls(1, lists.type), _at(rows[1:], lists)]))


def _at(rows: npt.NDArray[np.int64], lists: pa.ChunkedArray) -> pa.Array:
    """These rows of a column, chunk by chunk: Arrow would make one array of all of it first, which may be too long."""
    order = np.argsort(rows)
    ends = np.cumsum([len(chunk) for chunk in lists.chunks])
    parts = np.split(rows[order], np.searchsorted(rows[order], ends))
    found = [
        chunk.take(pa.array(part - (end - len(chunk))))
        for chunk, part, end in zip(lists.chunks, parts, ends, strict=False)
    ]
    return pa.concat_arrays([*found, pa.nulls(0, lists.type)]).take(pa.array(np.argsort(order)))


def _coded(coded: pa.ChunkedArray, kind: pa.DataType) -> Coded:
    if not coded.num_chunks:
        return Coded(np.empty(0, dtype=np.uint8), pa.nulls(1, kind))
    found = coded.chunk(0).dictionary
    sortable = found.cast(pa.int8()) if pa.types.is_boolean(found.type) else found
    order = pc.array_sort_indices(sortable).to_numpy()
    codes_of = np.zeros(len(found) + 1, dtype=smallest(len(found)))  # the last one is what -1 finds: missing
    codes_of[order] = np.arange(1, len(found) + 1)
    codes = [codes_of[chunk.indices.fill_null(-1).to_numpy()] for chunk in coded.chunks]
    values = pa.concat_arrays([pa.nulls(1, found.type), found.take(pa.array(order))])
    return Coded(np.concatenate(codes), values)


def smallest(most: int) -> np.dtype[np.unsignedinteger]:
    """The smallest kind of number that holds this one."""
    return np.dtype(np.min_scalar_type(most))


def passing(codes: Codes, lut: Bits) -> Bits:
    """The rows whose code is one of those that a lookup table says yes to; shape of `codes`."""
    edges = np.flatnonzero(np.diff(lut.view(np.int8), prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    chosen: Bits = np.zeros(len(codes), dtype=np.bool_)
    if len(starts) > MOST_RUNS:
        np.take(lut, codes, out=chosen)
        return chosen
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        chosen |= _in_run(codes, start, end)
    return chosen


def _in_run(codes: Codes, start: int, end: int) -> Bits:
    """Codes from `start` to before `end`."""
    chosen: Bits
    if end - start == 1:
        chosen = codes == codes.dtype.type(start)
    elif start == 0:
        chosen = codes < end
    else:  # what is below the start wraps around to a great number
        chosen = (codes - codes.dtype.type(start)) < codes.dtype.type(end - start)
    return chosen
