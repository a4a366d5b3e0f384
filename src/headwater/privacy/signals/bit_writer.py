"""Bits written as text: base64url without padding signs, as IAB's strings have them. `bit_reader.py` is the way back."""

from __future__ import annotations

import binascii
from datetime import datetime

from headwater.core.errors import SignalError
from headwater.privacy.signals.bit_reader import EPOCH, FIBONACCI, TICK
from headwater.privacy.signals.id_set import IdSet

_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")


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
        self.number((moment - EPOCH) // TICK, 36, what)

    def fibonacci(self, value: int) -> None:
        """A Fibonacci-coded number, 1 or more."""
        signs = ""
        for place in reversed(FIBONACCI[:-1]):
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
