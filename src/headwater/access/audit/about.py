"""Whom or what an entry is about, without personal data in the clear.

People are told by the pseudonym of the identifier that was asked for, `email:0hZ3kQ9xLmA4`, the same that masked answers show;
by a profile's number; and what a project declares by its name.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable

from headwater.access.masking import pseudonym
from headwater.core.sealing.seals import Seals
from headwater.identity.identifier import lookup_kinds

LOCAL = "local"
NOT_NAMED = "(not named)"
MOST = 20
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
_SUBJECT = re.compile(r"[A-Za-z0-9_.|:-]{1,100}")


def told(given: Iterable[str], seals: Seals) -> tuple[str, ...]:
    """What was given to a command or an endpoint, as an entry tells it; at most `MOST` of it."""
    return tuple(_told(each, seals) for each in list(given)[:MOST])


def _told(given: str, seals: Seals) -> str:
    kind, separator, value = given.partition("=")
    kinds = lookup_kinds()
    if separator and kind in kinds:
        normalised = kinds[kind].normalise(value)
        return f"{kind}:(not valid)" if normalised is None else pseudonym(kind, normalised, seals)
    if given.isascii() and given.isdecimal():
        return f"profile {given[:19]}"
    return given if _NAME.fullmatch(given) else NOT_NAMED


def subject(name: str, seals: Seals) -> str:
    """The subject of a token: as it is if it is an id; by pseudonym if it may be an address."""
    return f"oidc:{name}" if _SUBJECT.fullmatch(name) else pseudonym("oidc", name, seals)


def local_user() -> str:
    """Who is logged in at the machine.

    >>> local_user().startswith("local:")
    True
    """
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a process id without a name
        name = "unknown"
    return f"{LOCAL}:{name if _NAME.fullmatch(name) else 'unknown'}"
