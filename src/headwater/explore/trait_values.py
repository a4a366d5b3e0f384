"""The values of traits, each with who has it: texts, yes and no, each text of a list, and bands of numbers.

Reads the traits as `audiences.columns` has them. Writes nothing. Instants are no values: nearly everyone has another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.audiences.columns.coding import Coded
from headwater.audiences.columns.columns import Columns
from headwater.audiences.values import ValueType, show
from headwater.engine.bitmaps import Bits

Codes = npt.NDArray[np.int64]
QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, eq=False)
class HeldValue:
    """A value of a trait, or a band of numbers: whoever has one of these codes in the column has it."""

    trait: str
    value: str
    column: Coded
    codes: Codes

    def holders(self) -> Bits:
        """Who has it, by ordinal."""
        lut = np.zeros(len(self.column.values), dtype=np.bool_)
        lut[self.codes] = True
        return lut[self.column.codes]


@dataclass(frozen=True, eq=False)
class Counts:
    """A value, and how many have it: of those inside, of everyone, and of everyone who is not inside."""

    held: HeldValue
    n: int
    n_everyone: int
    n_others: int


def counted(traits: Iterable[str], columns: Columns, inside: Bits, everyone: Bits) -> Iterator[Counts]:
    """Every value that anybody has, trait by trait."""
    for trait in traits:
        for kind, column in columns.trait(trait).items():
            n = np.bincount(column.codes[inside], minlength=len(column.values))
            n_everyone = np.bincount(column.codes[everyone], minlength=len(column.values))
            n_others = np.bincount(column.codes[everyone & ~inside], minlength=len(column.values))
            for value in _values(trait, kind, column, n_everyone):
                found = [int(each[value.codes].sum()) for each in (n, n_everyone, n_others)]
                if found[1]:
                    yield Counts(value, *found)


def held_values(trait: str, columns: Columns, everyone: Bits) -> Iterator[HeldValue]:
    """Every value of one trait, of each type that it has; a value that nobody has may be among them."""
    for kind, column in columns.trait(trait).items():
        n_everyone = np.bincount(column.codes[everyone], minlength=len(column.values))
        yield from _values(trait, kind, column, n_everyone)


def _values(trait: str, kind: ValueType, column: Coded, n_of: npt.NDArray[np.int64]) -> Iterator[HeldValue]:
    match kind:
        case ValueType.TEXT | ValueType.BOOLEAN:
            for code, value in enumerate(column.values[1:].to_pylist(), start=1):
                yield HeldValue(
                    trait, show(value) if kind is ValueType.BOOLEAN else value, column, np.array([code])
                )
        case ValueType.TEXTS:
            yield from _items(trait, column)
        case ValueType.NUMBER:
            yield from _bands(trait, column, n_of)


def _items(trait: str, column: Coded) -> Iterator[HeldValue]:
    """Each text of lists."""
    lists = column.values
    parents = np.asarray(pc.list_parent_indices(lists).to_numpy(), dtype=np.int64)
    coded = pc.list_flatten(lists).dictionary_encode()
    texts, codes = coded.dictionary.to_pylist(), np.asarray(pc.fill_null(coded.indices, -1).to_numpy())
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(texts) + 1))
    for place, text in enumerate(texts):
        yield HeldValue(trait, text, column, np.unique(parents[order[ends[place] : ends[place + 1]]]))


def _bands(trait: str, column: Coded, n_of: npt.NDArray[np.int64]) -> Iterator[HeldValue]:
    """Four bands of numbers, between the quartiles of everyone; fewer, where quartiles are alike."""
    numbers = np.asarray(column.values.cast(pa.float64()).to_numpy(zero_copy_only=False))
    order = 1 + np.argsort(numbers[1:], kind="stable")
    so_far = np.cumsum(n_of[order])
    if not len(so_far) or not so_far[-1]:
        return
    ends = np.unique([int(np.searchsorted(so_far, part * so_far[-1])) for part in QUARTERS])
    begin, above = 0, None
    for end in (*ends.tolist(), len(order) - 1):
        if end >= begin:
            up_to = float(numbers[order[end]]) if end < len(order) - 1 or end in ends else None
            yield HeldValue(trait, _band(above, up_to), column, order[begin : end + 1])
            begin, above = end + 1, float(numbers[order[end]])


def _band(above: float | None, up_to: float | None) -> str:
    if above is None:
        return "any number" if up_to is None else f"up to {show(up_to)}"
    return f"more than {show(above)}" + ("" if up_to is None else f", up to {show(up_to)}")
