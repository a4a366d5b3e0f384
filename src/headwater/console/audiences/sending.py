"""Where an audience goes, and where it could: every destination, what it holds of it, and what it would refuse it for.

Reads the definitions and the ledger. Which audiences go to a destination is changed in its file, as on its own page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from headwater.access.roles import Action
from headwater.activate.declare import DeclaredDestination
from headwater.activate.ledger import Ledger, open_ledger
from headwater.console.audiences.agreed import Agreed, agreed_of
from headwater.console.audiences.questions import counted_at, crowd_of, found, least_of
from headwater.console.desk.question import Given, Question
from headwater.console.destinations.questions import kind_name
from headwater.privacy.anonymity.counts import Counting
from headwater.privacy.labels import labels_of


class Takes(StrEnum):
    """Whether a destination takes an audience."""

    ALL = "every audience"
    THIS = "this one"
    NOT = "not this one"


@dataclass(frozen=True)
class Destined:
    """A destination, seen from an audience.

    Attributes:
        audiences: what its file names; None: all there are.
        n_held: how many identifiers it holds of the audience; None: too few to show.
        lacking: labels that the audience carries and the destination does not accept.
    """

    name: str
    description: str
    kind: str
    purpose: str
    takes: Takes
    audiences: tuple[str, ...] | None
    is_live: bool
    n_held: int | None
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class Destinies:
    """Every destination, seen from an audience of `size` people.

    Attributes:
        agreed: the terms on which they are told of it.
        counted_at: of when the counts are where the project's clock stands still; None: it runs.
    """

    description: str
    purpose: str
    size: int | None
    agreed: Agreed
    destinations: tuple[Destined, ...]
    least: int | None
    counted_at: datetime | None


def _destinies(given: Given, name: str) -> Destinies:
    """Every destination, seen from an audience.

    Raises:
        NotFoundError: there is no such audience.
    """
    audience = found(name, given.definitions)
    with open_ledger(given.project) as ledger, given.counting() as counting:
        destined = [
            _destined(name, each, given, ledger, counting)
            for _, each in sorted(given.definitions.destinations.items())
        ]
        size = counting.crowd(crowd_of(name, given))
        agreed = agreed_of(audience.document, given, counting)
    purpose = audience.purpose or ""
    return Destinies(
        audience.description, purpose, size, agreed, tuple(destined), least_of(given), counted_at(given)
    )


def _destined(
    name: str, to: DeclaredDestination, given: Given, ledger: Ledger, counting: Counting
) -> Destined:
    held = ledger.held_at(to.name).get(name)
    carried = labels_of(given.definitions.lineage.of_audience(name))
    takes = Takes.ALL if to.audiences is None else Takes.THIS if name in to.audiences else Takes.NOT
    return Destined(
        to.name,
        to.description,
        kind_name(to),
        to.purpose,
        takes,
        to.audiences,
        to.live,
        counting.number(len(held.held), "console held") if held and len(held.held) else 0,
        tuple(sorted(carried - to.accepts)),
    )


DESTINIES = Question("console audience destinations", Action.SEE_COUNTS, _destinies, seconds=0.0)
