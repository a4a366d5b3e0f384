"""Bits as text: base64url without padding signs, read from the front and written, as IAB's strings have them.

A segment is a run of fields, of any number of bits each, and zeros up to where its encoder rounds up: to a whole byte, or
to three. Nothing else is taken: a bit that is missing, or one too many, is an error that says where.
"""

from __future__ import annotations

import binascii
from datetime import UTC, datetime, timedelta

from headwater.core.errors import SignalError
from headwater.privacy.signals.id_set import IdSet

MOST_SIGNS = 16_384
"""How long a segment may be: four times what a cookie can hold."""

MOST_ID = 65_535
"""The largest id that a field of 16 bits holds: vendors and sections have no other."""

_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/???")  # "?" is of no alphabet
_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# Of the last place only the bit is read that ends a number.
_FIBONACCI = (
    1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946, 17711, 28657, 46368, 0
)  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=100)  # what instants are counted in


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

    def flag(self) -> bool:
        """One bit."""
        return self.number(1) == 1

    def ids(self, width: int) -> IdSet:
        """A bit field: the first bit stands for id 1."""
        at = self.at
        self.at = end = at + width
        if end > self.length:
            raise self._short(width)
        return IdSet(bits=(self._mirrored >> at & ((1 << width) - 1)) << 1)

    def letters(self, what: str) -> str:
        """Two capital letters of six bits each, such as a language or a country.

        Raises:
            SignalError: one is beyond Z.
        """
        first, second = divmod(self.number(12), 64)
        if first > 25 or second > 25:
            raise self.wrong(f"{what} is not two letters from A to Z")
        return chr(65 + first) + chr(65 + second)

    def instant(self) -> datetime:
        """A moment: 36 bits of tenths of a second since 1970, in UTC."""
        return _EPOCH + self.number(36) * _TICK

    def fibonacci(self) -> int:
        """A Fibonacci-coded number, 1 or more: the sum of the Fibonacci numbers at whose place a 1 stands, ended by "11".

        Raises:
            SignalError: it does not end, or is beyond what an id can be.
        """
        ahead, value, before = self.ahead(len(_FIBONACCI)), 0, 0
        for number, place in enumerate(_FIBONACCI, start=1):
            bit = ahead >> (len(_FIBONACCI) - number) & 1
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
        used, given = self.at, self.length // 6
        in_threes = (used + 23) // 24 * 4
        in_bytes = ((used + 7) // 8 * 8 + 5) // 6
        if given not in (in_threes, in_bytes) and not (to_signs and given == (used + 5) // 6):
            raise self.wrong(f"has {given} characters, but what it says takes {in_bytes} or {in_threes}")
        if self._mirrored >> used:
            raise self.wrong("bits are set after its last field")

    def wrong(self, what: str) -> SignalError:
        """The error that something is wrong here."""
        return SignalError(f"{self.where}, at bit {self.at}: {what}")

    def ahead(self, width: int) -> int:
        """The next so many bits as a number, without passing them; beyond the end there are zeros."""
        left = self._total - self.at - width
        return (self._bits >> left if left >= 0 else self._bits << -left) & ((1 << width) - 1)

    def skip(self, width: int) -> None:
        """Pass so many bits."""
        self.at += width
        if self.at > self.length:
            raise self._short(width)

    def _short(self, width: int) -> SignalError:
        self.at -= width
        return self.wrong(f"ends after {self.length} bits, in the middle of a field of {width}")


class Writer:
    """Bits, written one field after the other."""

    __slots__ = ("_bits", "_length", "where")

    def __init__(self, where: str) -> None:
        self.where = where
        self._bits = 0
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, other: Writer) -> None:
        """All that another has written."""
        self._bits = self._bits << other._length | other._bits
        self._length += other._length

    def number(self, value: int, width: int, what: str) -> None:
        """An unsigned number of so many bits.

        Raises:
            SignalError: it does not fit.
        """
        if not 0 <= value < 1 << width:
            raise SignalError(f"{self.where}: {what} is {value}; it must be from 0 to {(1 << width) - 1}")
        self._bits = self._bits << width | value
        self._length += width

    def flag(self, value: bool) -> None:
        """One bit."""
        self.number(int(value), 1, "a flag")

    def ids(self, ids: IdSet, width: int, what: str) -> None:
        """A bit field: the first bit stands for id 1.

        Raises:
            SignalError: an id is beyond it.
        """
        if ids.largest > width:
            raise SignalError(f"{self.where}: {what} has {ids.largest}; the largest that fits is {width}")
        mirrored = int(f"{ids.bits >> 1:0{width}b}"[::-1], 2) if width else 0
        self.number(mirrored, width, what)

    def letters(self, text: str, what: str) -> None:
        """Two capital letters.

        Raises:
            SignalError: it is something else.
        """
        if len(text) != 2 or not all("A" <= letter <= "Z" for letter in text):
            raise SignalError(f"{self.where}: {what} must be two letters from A to Z")
        self.number((ord(text[0]) - 65) << 6 | (ord(text[1]) - 65), 12, what)

    def instant(self, moment: datetime, what: str) -> None:
        """A moment, in tenths of a second.

        Raises:
            SignalError: it has no time zone, or none of those that fit.
        """
        if moment.tzinfo is None:
            raise SignalError(f"{self.where}: {what} has no time zone")
        self.number((moment - _EPOCH) // _TICK, 36, what)

    def fibonacci(self, value: int) -> None:
        """A Fibonacci-coded number, 1 or more."""
        signs = ""
        for place in reversed(_FIBONACCI[:-1]):
            signs = ("1" if place <= value else "0") + signs
            value -= place if place <= value else 0
        coded = f"{signs.rstrip('0')}1"
        self.number(int(coded, 2), len(coded), "a number")

    def text(self, *, to_bytes: bool) -> str:
        """The whole as text.

        Args:
            to_bytes: whether it is filled up to a whole byte, as GPP has it; else to three, as TCF has it.
        """
        used = self._length
        signs = -(-(-(-used // 8) * 8) // 6) if to_bytes else -(-used // 24) * 4
        n_bytes = -(-signs // 4) * 3
        data = (self._bits << (8 * n_bytes - used)).to_bytes(n_bytes, "big")
        return binascii.b2a_base64(data, newline=False).translate(_FROM_STANDARD)[:signs].decode()


def _bytes_of(text: str, where: str) -> bytes:
    """The bytes that a text stands for, with zeros after its end up to three bytes."""
    if not text:
        raise SignalError(f"{where}: is empty")
    if len(text) > MOST_SIGNS:
        raise SignalError(f"{where}: has {len(text)} characters; {MOST_SIGNS} are the most that are read")
    raw = text.encode("ascii", "replace")  # what is not ASCII becomes "?", which is no sign either
    try:
        return binascii.a2b_base64(raw.translate(_TO_STANDARD) + b"AAA"[: -len(raw) % 4], strict_mode=True)
    except binascii.Error:
        at = next(at for at, sign in enumerate(raw, start=1) if sign not in _SIGNS)
        raise SignalError(f"{where}: the character at {at} is not of base64url") from None
