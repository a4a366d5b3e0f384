"""Sets of ids as GPP codes them: ranges whose distances are Fibonacci-coded, or those or a bit field, whichever is shorter.

Source: IAB Tech Lab, GPP consent string specification, "Range(Fibonacci)" and "OptimizedRange".
"""

from __future__ import annotations

from headwater.core.errors import SignalError
from headwater.privacy.signals.bit_reader import MOST_ID, Reader
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.id_set import IdSet


def read_ranges(reader: Reader, largest: int = MOST_ID) -> IdSet:
    """How many entries (12 bits), then each: a flag, the first id, and if the flag is set the last one.

    An id is told by its distance from the one before it, so ids ascend by themselves.

    Raises:
        SignalError: an id is beyond `largest`.
    """
    bits, before = 0, 0
    for _ in range(reader.number(12)):
        is_range = reader.flag()
        first = before + reader.fibonacci()
        before = first + reader.fibonacci() if is_range else first
        if before > largest:
            raise reader.wrong(f"an id is {before}; the largest is {largest}")
        bits |= (2 << before) - (1 << first)
    return IdSet(bits)


def write_ranges(writer: Writer, ids: IdSet) -> None:
    """The runs of ids as entries.

    Raises:
        SignalError: there are too many.
    """
    runs = list(ids.runs())
    writer.number(len(runs), 12, "the number of entries")
    before = 0
    for first, last in runs:
        writer.flag(last > first)
        writer.fibonacci(first - before)
        if last > first:
            writer.fibonacci(last - first)
        before = last


def read_optimized(reader: Reader) -> IdSet:
    """The largest id (16 bits), a flag, then a bit field (0) or ranges (1).

    Raises:
        SignalError: an id is beyond the largest.
    """
    largest = reader.number(16)
    return read_ranges(reader, largest) if reader.flag() else reader.ids(largest)


def write_optimized(writer: Writer, ids: IdSet) -> None:
    """The shorter form; ranges if both are as long.

    Raises:
        SignalError: an id is beyond what 16 bits hold, or there are too many ranges.
    """
    if ids.largest > MOST_ID:
        raise SignalError(
            f"{writer.where}: the largest id is {ids.largest}; {MOST_ID} is the largest that fits"
        )
    ranges = Writer(writer.where)
    write_ranges(ranges, ids)
    as_ranges = len(ranges) <= ids.largest
    writer.number(ids.largest, 16, "the largest id")
    writer.flag(as_ranges)
    if as_ranges:
        writer.append(ranges)
    else:
        writer.ids(ids, ids.largest, "ids")
