"""Global Privacy Control: a browser's standing wish that its user's data are neither sold nor shared.

It is set or it is not: nobody says by leaving it unset that their data may be sold. Whatever else than what the specification
has is not set.

Source: W3C, Global Privacy Control.
"""

from __future__ import annotations


def header_is_set(value: str | None) -> bool:
    """Whether a request's header `Sec-GPC` says so: only "1" does; None is a request without it.

    >>> header_is_set("1"), header_is_set("0"), header_is_set("true"), header_is_set(None)
    (True, False, False, False)
    """
    return value == "1"


def flag_is_set(value: object) -> bool:
    """Whether a page's `navigator.globalPrivacyControl`, or OpenRTB's `regs.ext.gpc`, says so: true, 1 and "1" do.

    >>> flag_is_set(True), flag_is_set(1), flag_is_set("1"), flag_is_set("true"), flag_is_set(1.0), flag_is_set(None)
    (True, True, True, False, False, False)
    """
    return isinstance(value, (bool, int, str)) and value in (1, "1")
