"""Counts of people as somebody may see them who may not see small ones: noisy, none below the floor, near sets alike.

Three things together, and each for what the others leave open (docs/decisions/0024-counts-that-tell-of-nobody.md):

1. A count below the floor is not shown, and some up to twice the floor are not, as is drawn for each set: so no edge is known.
2. What is shown is the count with noise that is tied to the very set of people: asking again gives the same, so that it cannot
   be averaged away; and sums and differences of several counts do not come out even.
3. A set that is near one that was shown before, so near that fewer people than the floor are in one and not in the other, is
   answered as that one was. So whether somebody is in a set cannot be told by asking for it with and without them.

Reads and writes, through `ledger`, what was shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from pydantic_core import CoreSchema, core_schema

from headwater.core.project import Project
from headwater.core.sealing.seals import Seals
from headwater.engine.bitmaps import Ids
from headwater.privacy.anonymity import draws
from headwater.privacy.anonymity.ledger import Ledger, connected
from headwater.privacy.anonymity.sketch import distances, sketch
from headwater.privacy.shown import COUNTED

SPREAD = 5  # the noise's scale is the floor over this, and so is what answers are rounded to
NEAR = 1.5  # sets that seem nearer than so many floors are answered alike: fewer than one floor apart always seem so
SETS = "people"


@dataclass(frozen=True, eq=False)
class Crowd:
    """People that are counted in an answer: who they are, so that others near them can be told; shown is how many."""

    people: Ids

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        """In documents it is what is shown: a number, or that it is below the floor."""
        return core_schema.any_schema(metadata={"pydantic_js_functions": [lambda _schema, _handler: COUNTED]})

    @property
    def n(self) -> int:
        """How many they are."""
        return len(self.people)


class Counting(Protocol):
    """What makes a count one that may be seen; None: that may not."""

    def number(self, n: int, place: str) -> int | None:
        """A count of people of whom it is not known who they are; `place`: what it counts."""

    def crowd(self, people: Ids) -> int | None:
        """A count of people."""


class Exact:
    """For whoever may see small counts."""

    def number(self, n: int, place: str) -> int | None:
        """The count."""
        return n

    def crowd(self, people: Ids) -> int | None:
        """The count."""
        return len(people)


@dataclass
class Floored:
    """For whoever may not. `least`: the floor; `key`: of draws and sketches, 128 bytes; `caller`: whose asking is limited."""

    least: int
    key: bytes = field(repr=False)
    ledger: Ledger
    caller: str

    def number(self, n: int, place: str) -> int | None:
        """A count of people of whom it is not known who they are, as it may be seen.

        Raises:
            Refusal: this caller has had too many different answers today.
            StorageError: the ledger cannot be read or written.
        """
        if n < self.least or self._are_near(n, 0, place):
            return None
        with self.ledger.turn() as turn:
            near = [each for each in turn.known(place) if self._are_near(n, each.n, place)]
            if near:
                return min(near, key=lambda each: (abs(each.n - n), each.number)).shown
            return turn.note(place, n, None, self._told(n, place.encode(), b"%d" % n), self.caller)

    def crowd(self, people: Ids) -> int | None:
        """A count of people, as it may be seen.

        Raises:
            Refusal: this caller has had too many different answers today.
            StorageError: the ledger cannot be read or written.
        """
        made = sketch(people, self.key[:64])
        if len(people) < self.least or distances(made, np.zeros_like(made)[None])[0] < NEAR * self.least:
            return None
        with self.ledger.turn() as turn:
            known = [each for each in turn.known(SETS) if each.sketch is not None]
            if known:
                apart = distances(made, np.stack([each.sketch for each in known if each.sketch is not None]))
                nearest = int(apart.argmin())
                if apart[nearest] < NEAR * self.least:
                    return known[nearest].shown
            return turn.note(SETS, 0, made, self._told(len(people), made.tobytes()), self.caller)

    def _are_near(self, one: int, other: int, place: str) -> bool:
        """Whether two counts may be of sets that are near; up to twice the floor a draw decides, so that no edge is known."""
        ends = b"%d %d" % (min(one, other), max(one, other))
        limit = self.least + int(self.least * draws.uniform(self.key[64:], b"near", place.encode(), ends))
        return abs(one - other) < limit

    def _told(self, n: int, *what: bytes) -> int:
        """A count with its noise, rounded so that nobody takes it for exact."""
        step = max(1, self.least // SPREAD)
        noisy = n + draws.noise(self.key[64:], self.least / SPREAD, *what)
        return max(self.least, step * round(noisy / step))


@contextmanager
def counting(project: Project, seals: Seals, caller: str) -> Iterator[Counting]:
    """What counts for a caller who may not see small counts, as the project says.

    Raises:
        StorageError: its database cannot be reached, read or written.
    """
    least = project.config.anonymity.least
    if least is None:
        yield Exact()
        return
    with connected(project) as ledger:
        yield Floored(least, key_of(seals), ledger, caller)


def key_of(seals: Seals) -> bytes:
    """The key of draws and sketches: made from the index key, which stays when others are rotated."""
    return b"".join(seals.ring.index.derived("counts", str(part)) for part in range(4))
