"""Mobile advertising id (IDFA, GAID): a UUID in lower case. The one of nothing but zeros, which says "not allowed", is none."""

from __future__ import annotations

import re

from sqlglot import exp

from headwater.identity.identifier import SPACES, Identifier, trimmed
from headwater.identity.placeholders import is_run_of_keys

PATTERN = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
NOT_ALLOWED = "00000000-0000-0000-0000-000000000000"


def normalise(text: str) -> str | None:
    """The UUID in lower case, or None if it is none or all zeros."""
    value = text.strip(SPACES)
    return value.lower() if re.fullmatch(PATTERN, value) and value != NOT_ALLOWED else None


def to_sql(value: exp.Expression) -> exp.Expression:
    """The same in SQL."""
    text = trimmed(value)
    is_one = exp.RegexpLike(this=text, expression=exp.Literal.string(PATTERN))
    lowered = exp.Nullif(this=exp.Lower(this=text.copy()), expression=exp.Literal.string(NOT_ALLOWED))
    return exp.case().when(is_one, lowered)


def is_junk(value: str) -> bool:
    """Whether it is one digit over and over, or begins with digits in the order of the keys, as emulators and forms have it."""
    return is_run_of_keys(value.replace("-", "")) or is_run_of_keys(value[:8])


IDENTIFIER = Identifier(
    meaning="The advertising id of a mobile device (IDFA, GAID).",
    strength=20,
    to_sql=to_sql,
    normalise=normalise,
    examples=(
        (" 6D92078A-8246-4BA4-AE5B-76104861E7DC ", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        ("cdda802e-fb9c-47ad-9866-0794d394c912", "cdda802e-fb9c-47ad-9866-0794d394c912"),
        (NOT_ALLOWED, None),
        ("6D92078A82464BA4AE5B76104861E7DC", None),
        ("\u212a6D92078-8246-4BA4-AE5B-76104861E7DC", None),
        ("", None),
    ),
    names="device",
    is_direct=False,
    is_junk=is_junk,
)
