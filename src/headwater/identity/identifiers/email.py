"""E-mail address: trimmed and in lower case; one @ with something on both sides, a dot in the domain, no spaces.

Dots and plus tags are kept: only some destinations drop them, and they do so when they are sent to.
"""

from __future__ import annotations

import re

from sqlglot import exp

from headwater.identity.identifier import SPACES, Identifier, trimmed

PATTERN = rf"^[^@{SPACES}]{{1,64}}@[^@.{SPACES}]+(\.[^@.{SPACES}]+)+$"
# The capitals (I with a dot, sigma) whose small letter depends on the engine, or on where they stand.
LOWER_FIRST = (("\u0130", "i"), ("\u03a3", "\u03c3"))


def normalise(text: str) -> str | None:
    """The address in one spelling, or None if it is none."""
    value = text.strip(SPACES)
    for capital, small in LOWER_FIRST:
        value = value.replace(capital, small)
    value = value.lower()
    return value if re.fullmatch(PATTERN, value) else None


def to_sql(value: exp.Expression) -> exp.Expression:
    """The same in SQL."""
    text: exp.Expression = trimmed(value)
    for capital, small in LOWER_FIRST:
        text = exp.Replace(
            this=text, expression=exp.Literal.string(capital), replacement=exp.Literal.string(small)
        )
    lowered = exp.Lower(this=text)
    return exp.case().when(
        exp.RegexpLike(this=lowered.copy(), expression=exp.Literal.string(PATTERN)), lowered
    )


IDENTIFIER = Identifier(
    meaning="An e-mail address.",
    names="person",
    strength=80,
    to_sql=to_sql,
    normalise=normalise,
    examples=(
        (" Ann@Example.COM ", "ann@example.com"),
        ("jo+news@mail.example.org", "jo+news@mail.example.org"),
        ("\u00a0\u0130LKE.\u03a3@Example.com\t", "ilke.\u03c3@example.com"),
        ("nobody", None),
        ("a b@example.com", None),
        ("@example.com", None),
        ("", None),
    ),
)
