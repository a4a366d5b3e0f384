"""The random id a tag gives a browser or an app installation. Compared as it is, without spaces around it."""

from __future__ import annotations

from headwater.identity.identifier import SPACES, Identifier, trimmed


def normalise(text: str) -> str | None:
    """The id without spaces around it, or None if nothing is left."""
    return text.strip(SPACES) or None


IDENTIFIER = Identifier(
    meaning="The random id a tag gives a browser or an app installation.",
    strength=10,
    to_sql=trimmed,
    normalise=normalise,
    examples=((" 17-B ", "17-B"), ("17-b", "17-b"), ("\u00a0 17-B\t", "17-B"), ("   ", None), ("", None)),
    names="device",
    is_direct=False,
)
