"""The id of a person in a CRM or another system of record. Compared as it is, without spaces around it."""

from __future__ import annotations

from headwater.identity.identifier import SPACES, Identifier, trimmed


def normalise(text: str) -> str | None:
    """The id without spaces around it, or None if nothing is left."""
    return text.strip(SPACES) or None


IDENTIFIER = Identifier(
    meaning="The id of a person in a CRM or another system of record.",
    strength=88,
    to_sql=trimmed,
    normalise=normalise,
    examples=(
        (" 0031t00000aBcDe ", "0031t00000aBcDe"),
        ("0031t00000aBcDE", "0031t00000aBcDE"),
        ("\u00a0 0031t00000aBcDe\t", "0031t00000aBcDe"),
        ("   ", None),
        ("", None),
    ),
    names="person",
    is_direct=False,
)
