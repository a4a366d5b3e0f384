"""The id a website, app or CRM gives a person who is signed in. Compared as it is, without spaces around it."""

from __future__ import annotations

from sqlglot import exp

from headwater.identity.identifier import Identifier


def normalise(text: str) -> str | None:
    """The id without spaces around it, or None if nothing is left."""
    return text.strip(" ") or None


def to_sql(value: exp.Expression) -> exp.Expression:
    """The same in SQL."""
    return exp.Nullif(this=exp.Trim(this=value.copy()), expression=exp.Literal.string(""))


IDENTIFIER = Identifier(
    meaning="The id a website, app or CRM gives a person who is signed in.",
    strength=90,
    to_sql=to_sql,
    normalise=normalise,
    examples=((" 17-B ", "17-B"), ("17-b", "17-b"), ("   ", None), ("", None)),
)
