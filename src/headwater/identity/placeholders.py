"""What people and programs write where an identifier is missing: values that many share and that name nobody."""

from __future__ import annotations

import re

_NULLS = {"null", "(null)", "none", "(none)", "nil", "nan", "undefined", "-1"}
NOTHING_THERE = frozenset(
    _NULLS
    | {"(not set)", "not set", "not available", "na", "n/a", "n.a.", "#n/a", "empty", "blank", "missing"}
)
MISTAKES_OF_PROGRAMS = frozenset({"[object object]", "true", "false", "{}", "[]", "id", "uid", "uuid"})
NOBODY_KNOWS_WHO = frozenset(
    {"unknown", "anonymous", "anon", "guest", "nobody", "noone", "not_authenticated"}
)
TYPED_TO_GET_PAST = frozenset({"test", "tester", "testing", "example", "dummy", "asdf", "qwerty", "xxx"})

PLACEHOLDERS = NOTHING_THERE | MISTAKES_OF_PROGRAMS | NOBODY_KNOWS_WHO | TYPED_TO_GET_PAST
_KEYS = "01234567890"


def is_placeholder(value: str) -> bool:
    """Whether a normalised text is one of those in whatever case, a run of keys, or nothing but zeros and signs.

    >>> is_placeholder("NULL"), is_placeholder("00000000-0000"), is_placeholder("1234567"), is_placeholder("A-17")
    (True, True, True, False)
    """
    return value.lower() in PLACEHOLDERS or not re.search(r"[^\W0_]", value) or is_run_of_keys(value)


def is_run_of_keys(value: str) -> bool:
    """Whether it is one character over and over, or digits as they lie side by side; a shorter one may be meant.

    >>> is_run_of_keys("5555555"), is_run_of_keys("9876543210"), is_run_of_keys("5552671"), is_run_of_keys("111111")
    (True, True, False, False)
    """
    return len(value) > 6 and (len(set(value.lower())) == 1 or value in _KEYS or value in _KEYS[::-1])
