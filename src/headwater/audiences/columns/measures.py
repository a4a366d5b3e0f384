"""The values of a property of chosen events as one number a profile: the measures of `aggregate` over columns.

Each gives the numbers and who has one, shape (n_bins - 1,): of all profiles, or of some that have bins of their own. Totals
are those of `engine/exact.py`: whole millionths, added as integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.audiences.columns.coding import Coded, Column, smallest
from headwater.audiences.columns.columns import Columns, Measured
from headwater.audiences.columns.rows import Part
from headwater.audiences.properties import Read
from headwater.engine.bitmaps import Bits
from headwater.engine.exact import MOST
from headwater.engine.ids import Bins

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
S = TypeVar("S", bound=np.generic)
_EXACT, _WHOLE = 2**53, 2**63


def total(columns: Columns, parts: Sequence[Part], read: Read, n_bins: int) -> Measured | None:
    """The sum; None where sums could be larger than a whole number here holds."""
    added = _added(columns, parts, read, n_bins)
    return None if added is None else (added[0] / 1_000_000, added[1] > 0)


def average(columns: Columns, parts: Sequence[Part], read: Read, n_bins: int) -> Measured | None:
    """The mean."""
    added = _added(columns, parts, read, n_bins)
    if added is None:
        return None
    sums, counts = added
    return sums / 1_000_000 / np.maximum(counts, 1), counts > 0


def minimum(columns: Columns, parts: Sequence[Part], read: Read, n_bins: int) -> Measured | None:
    """The least."""
    return _extreme(columns, parts, read, n_bins, (np.minimum, np.inf))


def maximum(columns: Columns, parts: Sequence[Part], read: Read, n_bins: int) -> Measured | None:
    """The greatest."""
    return _extreme(columns, parts, read, n_bins, (np.maximum, -np.inf))


def distinct(columns: Columns, parts: Sequence[Part], read: Read, n_bins: int) -> Measured | None:
    """How many different values."""
    who, codes, n_codes = common_codes(columns, parts, read)
    pairs = _pairs(who, codes, n_bins, n_codes)
    if not codes.all():
        pairs = pairs[codes > 0]
    pairs.sort()
    first = np.ones(len(pairs), dtype=np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=first[1:])
    counts = np.bincount(pairs[first] // pairs.dtype.type(n_codes), minlength=n_bins)[1:]
    return counts.astype(np.float64), counts > 0


def _pairs(
    who: Bins, codes: npt.NDArray[np.unsignedinteger], n_bins: int, n_codes: int
) -> npt.NDArray[np.integer]:
    """Each row as one number that tells its bin and its code; of half the length if it fits, to be sorted much faster."""
    if n_bins * n_codes <= np.iinfo(np.uint32).max:
        return who.astype(np.uint32) * np.uint32(n_codes) + codes
    return who.astype(np.int64) * np.int64(n_codes) + codes


def _added(columns: Columns, parts: Sequence[Part], read: Read, n_bins: int) -> tuple[Numbers, Counts] | None:
    """The sum of millionths and the number of values that count, by ordinal."""
    held = [columns.values(part, read) for part in parts]
    known = [_millionths(column) for column in held]
    most = max((float(np.abs(whole).max(initial=0)) for whole, _ in known), default=0.0)
    who = joined([part.who for part in parts], np.int32)
    if most * len(who) >= _WHOLE:
        return None
    whole = joined([_by_row(column, each) for column, (each, _) in zip(held, known, strict=True)], np.float64)
    there = joined([_by_row(column, each) for column, (_, each) in zip(held, known, strict=True)], np.bool_)
    counts: Counts = np.bincount(who if there.all() else who[there], minlength=n_bins)
    if most * len(who) < _EXACT:
        added = np.bincount(who, weights=whole, minlength=n_bins).astype(np.float64, copy=False)
        return added[1:], counts[1:]
    sums = np.zeros(n_bins, dtype=np.int64)
    np.add.at(sums, who, whole.astype(np.int64))
    return sums[1:].astype(np.float64), counts[1:]


def _millionths(column: Column) -> tuple[Numbers, Bits]:
    """The values that a column knows as whole millionths, 0 where one is missing or too large, and which count."""
    numbers = _floats(column.values)
    there = np.abs(numbers) <= MOST  # false for what is missing
    return np.floor(np.where(there, numbers, 0.0) * 1_000_000 + 0.5), there


def _by_row(column: Column, known: npt.NDArray[S]) -> npt.NDArray[S]:
    """What is known of each value, for each row."""
    return known[column.codes] if isinstance(column, Coded) else known


def _extreme(
    columns: Columns, parts: Sequence[Part], read: Read, n_bins: int, kind: tuple[np.ufunc, float]
) -> Measured:
    better, start = kind
    found = np.full(n_bins, start)
    has = np.zeros(n_bins, dtype=np.bool_)
    for part in parts:
        column = columns.values(part, read)
        numbers = _floats(column.values)
        rows = numbers[column.codes] if isinstance(column, Coded) else numbers
        there = ~np.isnan(rows)
        better.at(found, part.who[there], rows[there])
        has[part.who[there]] = True
    return found[1:], has[1:]


def _floats(values: pa.Array) -> Numbers:
    """Numbers, NaN where they are missing."""
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False))


def common_codes(
    columns: Columns, parts: Sequence[Part], read: Read
) -> tuple[Bins, npt.NDArray[np.unsignedinteger], int]:
    """Bins and codes of all rows, in codes that are the same in every part; 0 for missing values."""
    found = [columns.values(part, read) for part in parts]
    who = joined([part.who for part in parts], np.int32)
    if len(found) == 1 and isinstance(found[0], Coded):
        return who, found[0].codes, len(found[0].values)
    kind = found[0].values.type if found else pa.null()
    known = pc.unique(pa.chunked_array([column.values for column in found], kind).drop_null())
    codes = [_recoded(column, known) for column in found]
    return who, joined(codes, smallest(len(known))), len(known) + 1


def _recoded(column: Column, known: pa.Array) -> npt.NDArray[np.unsignedinteger]:
    found = pc.fill_null(pc.index_in(column.values, known), -1).to_numpy() + 1
    codes: npt.NDArray[np.unsignedinteger] = found.astype(smallest(len(known)))
    return codes[column.codes] if isinstance(column, Coded) else codes


def joined(pieces: Sequence[npt.NDArray[S]], kind: npt.DTypeLike) -> npt.NDArray[S]:
    """Pieces as one array; one alone as it is."""
    return pieces[0] if len(pieces) == 1 else np.concatenate([np.empty(0, dtype=kind), *pieces])
