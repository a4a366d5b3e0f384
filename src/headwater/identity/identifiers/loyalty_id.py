"""A person's number in a loyalty programme. Compared as it is, without spaces around it."""

from __future__ import annotations

from headwater.identity.identifier import SPACES, Identifier, trimmed


def normalise(text: str) -> str | None:
    """The id without spaces around it, or None if nothing is left."""
    return text.strip(SPACES) or None


IDENTIFIER = Identifier(
    meaning="A person's number in a loyalty programme.",
    strength=72,
    to_sql=trimmed,
    normalise=normalise,
    examples=(
        (" 3086 0012 ", "3086 0012"),
        ("ab-17", "ab-17"),
        ("\u00a0 3086 0012\t", "3086 0012"),
        ("   ", None),
        ("", None),
    ),
    names="person",
    is_direct=False,
)
