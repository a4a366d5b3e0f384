"""E-mail address: trimmed and in lower case; one @ with something on both sides, a dot in the domain, no spaces.

Dots and plus tags are kept: only some destinations drop them, and they do so when they are sent to. Characters that show
nowhere (zero-width spaces, soft hyphens, marks of direction) come along when addresses are copied, and are left out: what
looks the same is the same address.
"""

from __future__ import annotations

import re

from sqlglot import exp

from headwater.identity.identifier import NOTHING_INVISIBLE, SPACES, Identifier, as_it_is, trimmed, visible
from headwater.identity.placeholders import NOBODY_KNOWS_WHO, TYPED_TO_GET_PAST

PATTERN = rf"^[^@{SPACES}]{{1,64}}@[^@.{SPACES}]+(\.[^@.{SPACES}]+)+$"
# The capitals (I with a dot, sigma) whose small letter depends on the engine, or on where they stand.
LOWER_FIRST = (("\u0130", "i"), ("\u03a3", "\u03c3"))


def normalise(text: str) -> str | None:
    """The address in one spelling, or None if it is none."""
    value = text.translate(NOTHING_INVISIBLE).strip(SPACES)
    for capital, small in LOWER_FIRST:
        value = value.replace(capital, small)
    value = value.lower()
    return value if re.fullmatch(PATTERN, value) else None


def to_sql(value: exp.Expression) -> exp.Expression:
    """The same in SQL."""
    text: exp.Expression = trimmed(visible(value))
    for capital, small in LOWER_FIRST:
        text = exp.Replace(
            this=text, expression=exp.Literal.string(capital), replacement=exp.Literal.string(small)
        )
    lowered = exp.Lower(this=text)
    return exp.case().when(
        exp.RegexpLike(this=lowered.copy(), expression=exp.Literal.string(PATTERN)), lowered
    )


# Nobody reads what is sent to these; they are also what people write who have no address, or none to give. Words that are
# somebody's name (na, nan) are not among them.
_NO_READER = frozenset({"noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "mailer-daemon"})
_NO_ADDRESS = frozenset({"noemail", "no-email", "nomail", "null", "none", "undefined"})
_NOBODY = _NO_READER | _NO_ADDRESS | NOBODY_KNOWS_WHO | TYPED_TO_GET_PAST


def is_junk(value: str) -> bool:
    """Whether nobody reads it: a name that stands for nobody, before whatever @, or a domain that cannot be (RFC 2606)."""
    local, _, domain = value.partition("@")
    return local in _NOBODY or domain.endswith(".invalid")


IDENTIFIER = Identifier(
    meaning="An e-mail address.",
    strength=80,
    to_sql=to_sql,
    normalise=normalise,
    examples=(
        (" Ann@Example.COM ", "ann@example.com"),
        ("jo+news@mail.example.org", "jo+news@mail.example.org"),
        ("\u00a0\u0130LKE.\u03a3@Example.com\t", "ilke.\u03c3@example.com"),
        ("\ufeffann\u200b@exam\u00adple.com\u200e", "ann@example.com"),
        ("nobody", None),
        ("\u200b@example.com", None),
        ("a b@example.com", None),
        ("@example.com", None),
        ("", None),
    ),
    names="person",
    is_direct=True,
    is_junk=is_junk,
    compared_as={"email": as_it_is},
)
