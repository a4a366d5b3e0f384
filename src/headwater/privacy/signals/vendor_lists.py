"""Vendors as TCF writes them: a bit field, or entries of single ids and ranges, whichever is shorter.

Entries may come in any order, but none may go backwards, hold 0, or go beyond the largest id that stands before them.
"""

from __future__ import annotations

from headwater.privacy.signals.bit_reader import MOST_ID, Reader
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.id_set import IdSet

_SINGLE, _RANGE = 17, 33  # bits of an entry
_AT_ONCE = 32  # entries


def read_vendors(reader: Reader) -> IdSet:
    """The largest id (16 bits), a flag, then a bit field (0) or entries (1).

    Raises:
        SignalError: an entry is none.
    """
    largest, as_entries = divmod(reader.number(17), 2)
    return read_entries(reader, largest) if as_entries else reader.ids(largest)


def read_entries(reader: Reader, largest: int = MOST_ID) -> IdSet:
    """How many entries (12 bits), then each: a flag, the first id, and if the flag is set the last one.

    Raises:
        SignalError: an entry goes backwards, holds 0, or goes beyond `largest`.
    """
    bits, left = 0, reader.number(12)
    while left:
        few = min(left, _AT_ONCE)
        bits |= _read_few(reader, few, largest)
        left -= few
    return IdSet(bits)


def _read_few(reader: Reader, n_entries: int, largest: int) -> int:
    """The bits of what some entries hold: cut out of a number of their own, as cutting out of a long one is slow."""
    bits, left = 0, n_entries * _RANGE
    ahead = reader.ahead(left)
    for _ in range(n_entries):
        if is_range := ahead >> (left - 1) & 1:
            left -= _RANGE
            first, last = divmod(ahead >> left & 0xFFFFFFFF, 0x10000)
        else:
            left -= _SINGLE
            first = last = ahead >> left & 0xFFFF
        if not 0 < first <= last <= largest:
            reader.skip(n_entries * _RANGE - left)
            raise reader.wrong(f"vendors from {first} to {last}: they must be from 1 to {largest}, ascending")
        bits |= (2 << last) - (1 << first) if is_range else 1 << first
    reader.skip(n_entries * _RANGE - left)
    return bits


def write_vendors(writer: Writer, vendors: IdSet) -> None:
    """The shorter form as TCF's reference encoder counts: entries from 46 vendors on, and most of their flags not counted."""
    counted = sum(_RANGE if last > first else _SINGLE - 1 for first, last in vendors.runs())
    _write(writer, vendors, as_entries=vendors.largest > 45 and counted < vendors.largest + 4)


def write_vendors_in_gpp(writer: Writer, vendors: IdSet) -> None:
    """The shorter form as GPP's reference encoder counts: entries if both are as long."""
    length = 12 + sum(_RANGE if last > first else _SINGLE for first, last in vendors.runs())
    _write(writer, vendors, as_entries=length <= vendors.largest)


def _write(writer: Writer, vendors: IdSet, *, as_entries: bool) -> None:
    writer.number(vendors.largest, 16, "the largest vendor")
    writer.flag(as_entries)
    if as_entries:
        write_entries(writer, vendors)
    else:
        writer.ids(vendors, vendors.largest, "vendors")


def write_entries(writer: Writer, vendors: IdSet) -> None:
    """The runs of ids as entries.

    Raises:
        SignalError: there are too many, or an id is too large.
    """
    runs = list(vendors.runs())
    writer.number(len(runs), 12, "the number of entries")
    for first, last in runs:
        writer.flag(last > first)
        writer.number(first, 16, "a vendor")
        if last > first:
            writer.number(last, 16, "a vendor")
