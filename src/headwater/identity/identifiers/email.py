"""E-mail address: trimmed and in lower case; one @ with something on both sides, a dot in the domain, no spaces.

Dots and plus tags are kept: only some destinations drop them, and they do so when they are sent to.
"""

from __future__ import annotations

import re

from sqlglot import exp

from headwater.identity.identifier import Identifier

PATTERN = r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$"


def normalise(text: str) -> str | None:
    """The address in one spelling, or None if it is none."""
    value = text.strip(" ").lower()
    return value if re.fullmatch(PATTERN, value) else None


def to_sql(value: exp.Expression) -> exp.Expression:
    """The same in SQL."""
    lowered = exp.Lower(this=exp.Trim(this=value.copy()))
    return exp.case().when(
        exp.RegexpLike(this=lowered.copy(), expression=exp.Literal.string(PATTERN)), lowered
    )


IDENTIFIER = Identifier(
    meaning="An e-mail address.",
    strength=80,
    to_sql=to_sql,
    normalise=normalise,
    examples=(
        (" Ann@Example.COM ", "ann@example.com"),
        ("jo+news@mail.example.org", "jo+news@mail.example.org"),
        ("nobody", None),
        ("a b@example.com", None),
        ("@example.com", None),
        ("", None),
    ),
)
