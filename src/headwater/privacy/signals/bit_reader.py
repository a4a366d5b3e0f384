"""Bits read from text: base64url without padding signs, as IAB's strings have them. `bit_writer.py` is the way back.

A segment is a run of fields, of any number of bits each, and zeros up to where its encoder rounds up: to a whole byte, or
to three. Nothing else is taken: a bit that is missing, or one too many, is an error that says where.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from headwater.core.errors import SignalError
from headwater.privacy.signals.fault import Fault
from headwater.privacy.signals.id_set import NOBODY, IdSet

MOST_SIGNS = 16_384
"""How long a segment may be: four times what a cookie can hold."""

MOST_ID = 65_535
"""The largest id that a field of 16 bits holds: vendors and sections have no other."""

_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PADDING = ord("=")
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/???")  # "?" is of no alphabet
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# Of the last place only the bit is read that ends a number.
FIBONACCI = (
    1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946, 17711, 28657, 46368, 0
)  # fmt: skip
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=100)  # what instants are counted in


def moment_of(tenths: int) -> datetime:
    """The moment so many tenths of a second after the beginning of 1970, in UTC."""
    return EPOCH + tenths * TICK


class Layout:
    """Numbers of fixed widths that follow each other, which are read at once: cutting each out of a whole segment is slow."""

    __slots__ = ("cuts", "width")

    def __init__(self, *widths: int) -> None:
        self.width = sum(widths)
        self.cuts = tuple(
            (self.width - end, (1 << width) - 1)
            for width, end in zip(widths, accumulate(widths), strict=True)
        )


class Reader:
    """The bits of a segment, read from the front.

    Attributes:
        where: what is being read, for messages ("TCF core segment").
        at: how many bits have been read.
        length: how many there are.
    """

    __slots__ = ("_bits", "_mirrored", "_total", "at", "length", "where")

    def __init__(self, text: str, where: str) -> None:
        """Of a segment's text.

        Raises:
            SignalError: it is empty, too long, or holds a sign that is not of base64url.
        """
        data = _bytes_of(text, where)
        self.where = where
        self.at = 0
        self.length = 6 * len(text)
        self._total = 8 * len(data)
        self._bits = int.from_bytes(data, "big")
        self._mirrored = int.from_bytes(
            data.translate(_MIRRORED), "little"
        )  # its bit n is the segment's bit n

    def number(self, width: int) -> int:
        """An unsigned number of so many bits."""
        self.at = end = self.at + width
        if end > self.length:
            raise self._short(width)
        return self._bits >> (self._total - end) & ((1 << width) - 1)

    def numbers(self, layout: Layout) -> list[int]:
        """The numbers of a layout."""
        whole = self.number(layout.width)
        return [whole >> shift & mask for shift, mask in layout.cuts]

    def flag(self) -> bool:
        """One bit."""
        at = self.at
        self.at = end = at + 1
        if end > self.length:
            raise self._short(1)
        return self._mirrored >> at & 1 == 1

    def ids(self, width: int) -> IdSet:
        """A bit field: the first bit stands for id 1."""
        at = self.at
        self.at = end = at + width
        if end > self.length:
            raise self._short(width)
        bits = self._mirrored >> at & ((1 << width) - 1)
        return IdSet(bits << 1) if bits else NOBODY

    def letters(self, read: Sequence[int], what: str) -> str:
        """Two capital letters that were read as numbers, A being 0: a language or a country.

        Raises:
            SignalError: one is beyond Z.
        """
        first, second = read
        if first > 25 or second > 25:
            raise self.wrong(f"{what} is not two letters from A to Z")
        return _LETTERS[first] + _LETTERS[second]

    def fibonacci(self) -> int:
        """A Fibonacci-coded number, 1 or more: the sum of the Fibonacci numbers at whose place a 1 stands, ended by "11".

        Raises:
            SignalError: it does not end, or is beyond what an id can be.
        """
        ahead, value, before = self.ahead(len(FIBONACCI)), 0, 0
        for number, place in enumerate(FIBONACCI, start=1):
            bit = ahead >> (len(FIBONACCI) - number) & 1
            if bit and before:
                self.skip(number)
                return value
            value, before = value + place * bit, bit
        raise self.wrong(f"a number does not end, or is beyond {MOST_ID}")

    def end(self, *, to_signs: bool = False) -> None:
        """Nothing may follow but the zeros that fill up a byte, or three bytes.

        Args:
            to_signs: take it, too, if it ends with the sign that holds the last bit, as some encoders of GPP have it.

        Raises:
            SignalError: something follows, or too many zeros, or too few.
        """
        used = self.at
        if (self.length - used) != -used % 24 and not self._ends_otherwise(to_signs):
            in_bytes, in_threes = ((used + 7) // 8 * 8 + 5) // 6, (used + 23) // 24 * 4
            raise self.wrong(
                f"has {self.length // 6} characters, but what it says takes {in_bytes} or {in_threes}",
                Fault.PADDED,
            )
        if self._mirrored >> used:
            raise self.wrong("bits are set after its last field")

    def wrong(self, what: str, fault: Fault = Fault.MALFORMED) -> SignalError:
        """The error that something is wrong here."""
        return SignalError(f"{self.where}, at bit {self.at}: {what}", fault=fault)

    def ahead(self, width: int) -> int:
        """The next so many bits as a number, without passing them; beyond the end there are zeros."""
        left = self._total - self.at - width
        return (self._bits >> left if left >= 0 else self._bits << -left) & ((1 << width) - 1)

    def skip(self, width: int) -> None:
        """Pass so many bits."""
        self.at += width
        if self.at > self.length:
            raise self._short(width)

    def _ends_otherwise(self, to_signs: bool) -> bool:
        """Whether it ends with the last byte or, if it may, the last sign."""
        n_signs = self.length // 6
        return n_signs == ((self.at + 7) // 8 * 8 + 5) // 6 or (to_signs and n_signs == (self.at + 5) // 6)

    def _short(self, width: int) -> SignalError:
        self.at -= width
        return self.wrong(
            f"ends after {self.length} bits, in the middle of a field of {width}", Fault.TRUNCATED
        )


def _bytes_of(text: str, where: str) -> bytes:
    """The bytes that a text stands for, with zeros after its end up to three bytes."""
    if not text:
        raise SignalError(f"{where}: is empty", fault=Fault.TRUNCATED)
    if len(text) > MOST_SIGNS:
        told = f"{where}: has {len(text)} characters; {MOST_SIGNS} are the most that are read"
        raise SignalError(told, fault=Fault.TOO_LONG)
    raw = text.encode("ascii", "replace")  # what is not ASCII becomes "?", which is no sign either
    try:
        return binascii.a2b_base64(raw.translate(_TO_STANDARD) + b"AAA"[: -len(raw) % 4], strict_mode=True)
    except binascii.Error:
        at = next(at for at, sign in enumerate(raw, start=1) if sign not in _SIGNS)
        fault = Fault.PADDED if set(raw[at - 1 :]) == {_PADDING} else Fault.MALFORMED
        raise SignalError(f"{where}: the character at {at} is not of base64url", fault=fault) from None
