"""Where a profile stands when all are shuffled: a number from 0 to 1 that is always the same for one salt.

The number is the first eight hexadecimal digits of the MD5 of `salt:profile_id`. Digits are compared as text with the
digits of a threshold, because text is compared alike by every engine and in Python; columns compare them as the number they
are. Chance, not secrecy, is asked of MD5.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from headwater.audiences.percent import WHOLE
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column, literal

_DIGITS = 8


@dataclass(frozen=True)
class Stretch:
    """Profiles from `start` (in) to `end` (out), both in millionths of all, in the order that a salt shuffles them to."""

    salt: str
    start: int
    end: int

    def sql(self) -> exp.Expr:
        """Whether the column `profile_id` is in it."""
        digits = _digits_sql(self.salt)
        return exp.and_(
            digits >= literal(_threshold(self.start)), digits.copy() < literal(_threshold(self.end))
        )

    def chosen(self, places: npt.NDArray[np.uint32]) -> Bits:
        """Which of many places, as `place_sql` gives them, are in it."""
        start, end = _number(self.start), _number(self.end)
        return np.asarray((places >= start) & (places < end))

    def holds(self, profile_id: int | str | None) -> bool:
        """Whether a profile is in it, or a person known by another key; one without a number is not."""
        if profile_id is None:
            return False
        return _number(self.start) <= place(self.salt, profile_id) < _number(self.end)


def place(salt: str, profile_id: int | str) -> int:
    """The place of one profile, or of a person known by another key, as a whole number from 0 to 2**32 - 1."""
    digest = hashlib.md5(f"{salt}:{profile_id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:_DIGITS], 16)


def place_sql(salt: str) -> exp.Expr:
    """The place of the column `profile_id` as a whole number from 0 to 2**32 - 1, in the embedded engine's SQL."""
    digits = exp.DPipe(this=literal("0x"), expression=_digits_sql(salt), safe=True)
    return exp.cast(digits, exp.DataType.Type.UINT)


def _digits_sql(salt: str) -> exp.Expr:
    """The place of the column `profile_id` as text."""
    text = exp.DPipe(
        this=literal(f"{salt}:"), expression=exp.cast(column("profile_id"), "VARCHAR"), safe=True
    )
    return exp.Substring(
        this=exp.MD5(this=text), start=exp.Literal.number(1), length=exp.Literal.number(_DIGITS)
    )


def _threshold(millionths: int) -> str:
    """The digits below which so large a share of all texts of digits is; `g` comes after every one of them.

    >>> _threshold(0), _threshold(500_000), _threshold(1_000_000)
    ('00000000', '80000000', 'g')
    """
    return "g" if millionths >= WHOLE else f"{_number(millionths):0{_DIGITS}x}"


def _number(millionths: int) -> int:
    """The same as a number."""
    return (millionths << 4 * _DIGITS) // WHOLE
