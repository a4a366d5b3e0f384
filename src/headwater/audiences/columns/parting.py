"""Events taken apart by whose they are, so that each part is small enough for a processor's own memory, and parts worked on
several at a time: what is sorted and searched so takes a fraction of what all at once would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

F = TypeVar("F")
T = TypeVar("T")
Groups = npt.NDArray[np.signedinteger]
Rows = npt.NDArray[np.signedinteger]
ROWS_AT_ONCE = 1 << 18  # what sorting these needs fits into a processor's own memory
DIGIT_BITS = (
    16  # of numbers that short NumPy's stable sort is a radix sort, several times faster than any other
)


@dataclass(frozen=True)
class Parting:
    """How groups, numbers from 0, fall into parts: by all but their last `shift` bits."""

    shift: int
    n_parts: int

    @classmethod
    def of(cls, n_rows: int, n_groups: int) -> Parting:
        """One for so many rows, of groups below a number."""
        n_parts = n_rows // ROWS_AT_ONCE + 1
        shift = max(0, (n_groups // n_parts).bit_length())
        return cls(shift, (n_groups >> shift) + 1)


@dataclass(frozen=True, eq=False)
class Parted:
    """Rows in order of the part that their group falls into, and where each part ends."""

    order: Rows
    ends: Rows

    @classmethod
    def of(cls, group: Groups, parting: Parting) -> Parted:
        """Of these groups; within a part rows stay in the order they are in."""
        part = (group >> parting.shift).astype(np.min_scalar_type(parting.n_parts))
        ends = np.concatenate([[0], np.cumsum(np.bincount(part, minlength=parting.n_parts))])
        return cls(np.argsort(part, kind="stable"), ends)

    def rows(self, part: int) -> Rows:
        """Those of one part."""
        return self.order[self.ends[part] : self.ends[part + 1]]


def grouped(group: Groups) -> Rows:
    """The order by group, in which equal ones stay as they are."""
    left = group - group.min() if len(group) else group
    bits = int(left.max(initial=0)).bit_length()
    order = np.argsort((left & (1 << DIGIT_BITS) - 1).astype(np.uint16), kind="stable")
    for shift in range(DIGIT_BITS, bits, DIGIT_BITS):
        digit = (left >> shift & (1 << DIGIT_BITS) - 1).astype(np.uint16)
        order = order[np.argsort(digit[order], kind="stable")]
    return order


def several(does: Callable[[F], T], parts: Iterable[F]) -> list[T]:
    """What is made of each part, on all cores: NumPy lets others go on while it sorts and gathers."""
    with ThreadPoolExecutor(pa.cpu_count(), "parts") as pool:
        return list(pool.map(does, parts))
