"""A set of ids (purposes, vendors) as one integer: bit 7 is set if 7 is in it.

Consent strings hold sets of a thousand vendors as bits. Held as bits they cost nothing to read, and asking for one vendor
costs one shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set as AbstractSet
from typing import Any


class IdSet(AbstractSet[int]):
    """A set of whole numbers from 1 on; equal to any other set of the same numbers.

    >>> IdSet.of([3, 1]) == {1, 3}, sorted(IdSet.of([3, 1])), 2 in IdSet.of([3, 1]), IdSet.of([3, 1]) <= IdSet.of([1, 2, 3])
    (True, [1, 3], False, True)
    """

    __slots__ = ("_bits",)

    def __init__(self, bits: int = 0) -> None:
        """Of an integer whose bit n says whether n is in the set; its bit 0 must be 0."""
        self._bits = bits

    @classmethod
    def of(cls, ids: Iterable[int]) -> IdSet:
        """Of ids.

        Raises:
            ValueError: one of them is less than 1.
        """
        bits = 0
        for each in ids:
            if each < 1:
                raise ValueError(f"ids begin at 1; {each} is none")
            bits |= 1 << each
        return cls(bits)

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> Any:
        """How the operators of sets make new ones."""
        return cls.of(it)

    @property
    def bits(self) -> int:
        """The integer whose bit n says whether n is in the set."""
        return self._bits

    @property
    def largest(self) -> int:
        """The largest id; 0 if there is none."""
        return max(self._bits.bit_length() - 1, 0)

    def runs(self) -> Iterator[tuple[int, int]]:
        """The unbroken runs of ids as (first, last), ascending.

        >>> list(IdSet.of([1, 2, 3, 7]).runs())
        [(1, 3), (7, 7)]
        """
        signs = f"{self._bits:b}0"[::-1]  # sign n + 1 is that of id n: a "0" always stands before the first
        start = signs.find("1")
        while start >= 0:
            end = signs.find("0", start)
            end = len(signs) if end < 0 else end
            yield start - 1, end - 2
            start = signs.find("1", end)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and value > 0 and bool(self._bits >> value & 1)

    def __iter__(self) -> Iterator[int]:
        for first, last in self.runs():
            yield from range(first, last + 1)

    def __len__(self) -> int:
        return self._bits.bit_count()

    def __bool__(self) -> bool:
        return self._bits != 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, IdSet):
            return self._bits == other._bits
        return super().__eq__(other)

    def __hash__(self) -> int:
        return self._hash()

    def __repr__(self) -> str:
        return f"IdSet.of({list(self)})"


NOBODY = IdSet()
