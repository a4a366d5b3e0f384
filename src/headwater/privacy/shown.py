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
from typing import Annotated

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
