"""US Privacy strings such as "1YNN": version, notice given, opted out of sale, covered by the Limited Service Provider Agreement.

Deprecated since January 2024, and still met, also as a section of GPP. A "-" says that it does not apply: None here.

Source: IAB Tech Lab, US Privacy String, version 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from headwater.core.errors import SignalError
from headwater.privacy.signals.fault import Fault

_MEANS = {"Y": True, "N": False, "-": None}
_SIGN = {meaning: sign for sign, meaning in _MEANS.items()}
_FIELDS = ("notice", "opt-out of sale", "LSPA")


@dataclass(frozen=True, slots=True)
class UsPrivacy:
    """What a US Privacy string says; None is what does not apply.

    Attributes:
        is_notice_given: whether the person was told of the right to opt out of the sale of their data.
        is_opted_out: whether they did.
        is_lspa_covered: whether the publisher signed the Limited Service Provider Agreement.
    """

    is_notice_given: bool | None
    is_opted_out: bool | None
    is_lspa_covered: bool | None


def decode(text: str) -> UsPrivacy:
    """What a string says.

    Raises:
        SignalError: it is not four characters, of another version, or has others than Y, N and -.
    """
    if len(text) != 4:
        fault = Fault.TRUNCATED if len(text) < 4 else Fault.PADDED
        told = f"US Privacy string: has {len(text)} characters; it must have 4, such as 1YNN"
        raise SignalError(told, fault=fault)
    if text[0] != "1":
        told = "US Privacy string: the first character is its version, of which there is only 1"
        raise SignalError(told, fault=Fault.WRONG_VERSION)
    for place, (field, sign) in enumerate(zip(_FIELDS, text[1:], strict=True), start=2):
        if sign not in _MEANS:
            raise SignalError(f"US Privacy string: character {place} ({field}) must be Y, N or -")
    return UsPrivacy(*(_MEANS[sign] for sign in text[1:]))


def encode(said: UsPrivacy) -> str:
    """The string that says it.

    >>> encode(UsPrivacy(is_notice_given=True, is_opted_out=False, is_lspa_covered=None))
    '1YN-'
    """
    return "1" + "".join(
        _SIGN[each] for each in (said.is_notice_given, said.is_opted_out, said.is_lspa_covered)
    )
