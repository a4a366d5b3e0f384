"""A set of ids (purposes, vendors) as one integer: bit 7 is set if 7 is in it.

Consent strings hold sets of a thousand vendors as bits. Held as bits they cost nothing to read, and asking for one vendor
costs one shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set as AbstractSet


class IdSet(AbstractSet[int]):
    """A set of whole numbers from 1 on; equal to any other set of the same numbers.

    >>> IdSet([3, 1]) == {1, 3}, sorted(IdSet([3, 1])), 2 in IdSet([3, 1]), IdSet([3, 1]) <= IdSet([1, 2, 3])
    (True, [1, 3], False, True)
    """

    __slots__ = ("_bits",)

    def __init__(self, ids: Iterable[int] = (), *, bits: int = 0) -> None:
        """Of ids, each 1 or more, or of an integer whose bit n says whether n is in the set; its bit 0 must be 0.

        Raises:
            ValueError: one of the ids is less than 1.
        """
        for each in ids:
            if each < 1:
                raise ValueError(f"ids begin at 1; {each} is none")
            bits |= 1 << each
        self._bits = bits

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

        >>> list(IdSet([1, 2, 3, 7]).runs())
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
        return f"IdSet({list(self)})"


NOBODY = IdSet()
