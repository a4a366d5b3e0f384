"""A raw UID2 as the identity map gives it: 32 or 33 bytes in base64, 44 characters, compared as they are.

An advertising token is none: it is encrypted anew whenever it is refreshed, so that nobody is known again by it.
"""

from __future__ import annotations

import re

from sqlglot import exp

from headwater.identity.identifier import NOT_HASHED, SPACES, Identifier, trimmed

# Of 32 bytes the last sign holds four bits, so only sixteen signs can stand there.
PATTERN = "^[0-9A-Za-z+/]{42}([0-9A-Za-z+/]{2}|[048AEIMQUYcgkosw]=)$"


def normalise(text: str) -> str | None:
    """The 44 characters, or None if it is something else."""
    value = text.strip(SPACES)
    return value if re.fullmatch(PATTERN, value) else None


def to_sql(value: exp.Expression) -> exp.Expression:
    """The same in SQL."""
    text = trimmed(value)
    is_one = exp.RegexpLike(this=text, expression=exp.Literal.string(PATTERN))
    return exp.case().when(is_one, text.copy())


def is_junk(value: str) -> bool:
    """Whether it is one character over and over: bytes that were never filled."""
    return len(set(value.rstrip("="))) == 1


IDENTIFIER = Identifier(
    meaning="A raw UID2 (Unified ID 2.0).",
    strength=60,
    to_sql=to_sql,
    normalise=normalise,
    examples=(
        (
            " lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs= ",
            "lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs=",
        ),
        (
            "AZc9/kY+yFeF9fla9bo5Bu7bLZMcJOaYJKiepl26ToE7",
            "AZc9/kY+yFeF9fla9bo5Bu7bLZMcJOaYJKiepl26ToE7",
        ),
        ("lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTt=", None),
        ("lz3-Rj7IV4X1-Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs=", None),
        ("lz3+Rj7IV4X1", None),
        ("", None),
    ),
    names="person",
    is_direct=False,
    hash_forms=NOT_HASHED,
    is_junk=is_junk,
)
