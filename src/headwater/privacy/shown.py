"""What a text in an answer is, said where the answer is declared: so that it can be masked for whoever may not see it.

A dataclass that is answered with says of each text that it holds what it carries:

    @dataclass(frozen=True)
    class Suspect:
        identifier: Harmless                                # a kind, like email
        value: Annotated[str, IdentifierOf("identifier")]   # of that kind
        why: Harmless

`access.masking` reads this; a text that says nothing is shown to nobody but who sees everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import WithJsonSchema

from headwater.privacy.labels import Label


@dataclass(frozen=True)
class Says:
    """What a text carries. `labels`: always, whatever stands in it."""

    labels: frozenset[Label] = frozenset()


@dataclass(frozen=True)
class IdentifierOf(Says):
    """An identifier in plain text; `kind_in`: the field beside it that says of which kind."""

    labels: frozenset[Label] = frozenset({Label.IDENTIFIER})
    kind_in: str = ""


@dataclass(frozen=True)
class OfTrait(Says):
    """The value of a trait, which carries what the trait does; `name_in`: the field beside it that names the trait."""

    name_in: str = ""


@dataclass(frozen=True)
class OfAudience(Says):
    """The name of an audience that somebody is in: it tells what the audience is made of, so it carries those labels."""


def identifier_of(kind_in: str) -> IdentifierOf:
    """An identifier of the kind that the field `kind_in` beside it names."""
    return IdentifierOf(kind_in=kind_in)


Harmless = Annotated[str, Says()]
"""A name, a code or words of ours: nothing of a person."""

Written = Annotated[str, Says(frozenset({Label.IDENTIFIER}))]
"""Words that somebody wrote freely: they may name people."""

Pseudonymous = Annotated[str, Says(frozenset({Label.PSEUDONYM}))]
"""A text that may single a person out without naming them, such as a consent string."""

AudienceName = Annotated[str, OfAudience()]
"""An audience that a person is in."""


@dataclass(frozen=True)
class Counts:
    """A number that counts people: shown as it is to whoever may see small counts, to others as `anonymity.counts` does."""


@dataclass(frozen=True)
class CountsInWords(Says):
    """Words that hold counts of people: hidden from whoever may not see small ones."""


BELOW_FLOOR: dict[str, Any] = {"below_floor": True}
"""What stands where a count would that is too small to be shown, or may be."""
COUNTED: dict[str, Any] = {
    "anyOf": [
        {"type": "integer"},
        {"type": "object", "required": ["below_floor"], "properties": {"below_floor": {"const": True}}},
    ]
}
TOLD_BY = "TOLD_BY"
"""The class attribute that names a count: where that is below the floor, the thing itself is not told of in a sequence."""

People = Annotated[int, Counts(), WithJsonSchema(COUNTED)]
"""How many people, of whom it is not known who they are."""

Warnings = Annotated[str, CountsInWords()]
"""Words of ours that hold counts of people."""
