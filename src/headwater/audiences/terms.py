"""On what terms destinations are told of an audience: whom they never are, and from when until when they are at all.

    # audiences/coffee_lovers.yaml
    holdout: 10%            # always the same people, to measure the others against
    from: 2026-12-01
    until: 2026-12-24       # after that day destinations take everybody back

Who is in the audience does not depend on them. Rules can ask for those held out, as a sample of the same share with the salt
`coffee_lovers:holdout`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from headwater.audiences.percent import Percent
from headwater.audiences.shuffle import Stretch
from headwater.audiences.values import Day, first_moment, last_moment
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Document
from headwater.core.errors import Problem


class TermsFields(Declaration):
    """What a file may say of the terms."""

    holdout: Percent | None = Field(
        None,
        description="A share of people that no destination is told of, to measure the others against: 10%.",
    )
    from_: Day | None = Field(
        None,
        alias="from",
        description="The day, or instant, from which on destinations are told; else at once.",
    )
    until: Day | None = Field(
        None,
        description="The last day, or the instant, until which they hold it; then they take everybody back.",
    )


class Withheld(StrEnum):
    """Why somebody in an audience is not told of, by the audience's own terms."""

    HOLDOUT = "holdout"
    NOT_SCHEDULED = "not_scheduled"


@dataclass(frozen=True)
class Terms:
    """The terms of one audience.

    Attributes:
        held_out: the people no destination is told of; None: nobody is held out.
        begins, ends: between which instants destinations hold it; None: since ever, for ever.
    """

    held_out: Stretch | None = None
    begins: datetime | None = None
    ends: datetime | None = None

    def is_scheduled(self, now: datetime) -> bool:
        """Whether destinations are to hold it at an instant."""
        return (self.begins is None or self.begins <= now) and (self.ends is None or now <= self.ends)


NO_TERMS = Terms()


def read_terms(name: str, said: TermsFields, clock: Clock) -> Terms:
    """The terms that the file of an audience says. `clock`: in whose zone its days are."""
    return Terms(
        Stretch(f"{name}:holdout", 0, said.holdout) if said.holdout else None,
        first_moment(said.from_, clock) if said.from_ else None,
        last_moment(said.until, clock) if said.until else None,
    )


def misordered(document: Document, terms: Terms) -> Iterator[Problem]:
    """An end before the beginning."""
    if terms.begins and terms.ends and terms.begins > terms.ends:
        yield document.problem(("until",), "ends before it begins")
