"""The id a website, app or CRM gives a person who is signed in. Compared as it is, without spaces around it."""

from __future__ import annotations

from headwater.identity.identifier import SPACES, Identifier, trimmed


def normalise(text: str) -> str | None:
    """The id without spaces around it, or None if nothing is left."""
    return text.strip(SPACES) or None


IDENTIFIER = Identifier(
    meaning="The id a website, app or CRM gives a person who is signed in.",
    strength=90,
    to_sql=trimmed,
    normalise=normalise,
    examples=((" 17-B ", "17-B"), ("17-b", "17-b"), ("\u00a0 17-B\t", "17-B"), ("   ", None), ("", None)),
    names="person",
    is_direct=False,
)
