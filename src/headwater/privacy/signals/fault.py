"""Why a consent signal is refused: a closed set, so that refused signals can be counted and explained."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Fault(StrEnum):
    """A reason in `refused_signals`; its value is what the table holds."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Fault:
        """A member with its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    TRUNCATED = "truncated", "It ends in the middle of what it says."
    PADDED = "padded", "It is longer than what it says, such as with padding signs at its end."
    WRONG_VERSION = "wrong_version", "It is of a version that is not read: too old, or not known yet."
    TOO_LONG = "too_long", "It has more characters than any such string needs."
    MALFORMED = "malformed", "It is not what its standard says: signs, fields or values that cannot be."
    NO_DISCLOSED_VENDORS = (
        "no_disclosed_vendors",
        "A TCF string made since March 2026 does not say which vendors were shown. What it refuses counts all the same.",
    )
    FROM_THE_FUTURE = (
        "from_the_future",
        "It says that it was made after it came, by more than clocks differ. What it refuses counts all the same.",
    )


FAULTS: Mapping[str, Fault] = {each.value: each for each in Fault}
"""Every reason by its value."""
