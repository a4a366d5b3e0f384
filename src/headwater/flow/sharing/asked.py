"""Questions about audiences, answered so that they can be shown to whoever may not see small counts.

Whatever is worked out from counts (shares, an index, a forecast) is worked out from those that may be told, so that it tells no
more than they do. Reads nothing itself: it is given what `audiences` found. Writes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar

import numpy as np

from headwater.audiences.chosen import Members
from headwater.audiences.compare import Comparison, Difference, interval
from headwater.audiences.forecast import Forecast, forecast
from headwater.audiences.versions import Sized, Version
from headwater.engine.bitmaps import Bits
from headwater.privacy.anonymity.counts import Counting, Crowd
from headwater.privacy.shown import Harmless, OfTrait, People

NOT_TOLD = "some past sizes are of too few people to be told"


@dataclass(frozen=True, eq=False)
class Reached:
    """One audience among others, as `audiences.reach` has it."""

    audience: Harmless
    size: Crowd
    unique: Crowd
    incremental: Crowd
    cumulative: Crowd


@dataclass(frozen=True, eq=False)
class ReachedTogether:
    """Audiences together: people in at least one, and each audience in the given order."""

    n_people: Crowd
    audiences: tuple[Reached, ...]


@dataclass(frozen=True)
class DifferingTrait:
    """A value of a trait that people of an audience have more or less often; counts and what is made of them as they are told.

    `index` None: nobody of the reference has it; `high` None: without end.
    """

    name: Harmless
    value: Annotated[str, OfTrait(name_in="name")]
    n: int
    n_reference: int
    share: float
    reference_share: float
    index: float | None
    low: float
    high: float | None
    is_marked: bool


@dataclass(frozen=True)
class DifferingEvents(DifferingTrait):
    """A value of what people did."""

    value: Harmless


@dataclass(frozen=True)
class ComparedAudience:
    """An audience against a reference; differences of which all counts may be told, by name and value."""

    audience: Harmless
    reference: Harmless
    size: int | None
    reference_size: int | None
    differences: tuple[DifferingTrait, ...]


@dataclass(frozen=True)
class Refreshed:
    """An audience after a refresh that changed it; not told of if it changed by too few."""

    TOLD_BY: ClassVar = "n_moved"

    refreshed_at: datetime
    size: People
    n_entered: People
    n_left: People
    version: int

    @property
    def n_moved(self) -> int:
        """How many went in or out."""
        return self.n_entered + self.n_left


@dataclass(frozen=True)
class RuleVersion:
    """A version of a rule, in words."""

    number: int
    description: Harmless
    first_refreshed_at: datetime


@dataclass(frozen=True)
class AudienceHistory:
    """The versions of an audience's rule, and its sizes over time."""

    audience: Harmless
    versions: tuple[RuleVersion, ...]
    sizes: tuple[Refreshed, ...]


def reached_together(members: Members) -> ReachedTogether:
    """What these audiences reach together, and each of them beyond the others."""
    times = np.zeros(members.universe.size, dtype=np.int32)
    for bits in members.sets.values():
        times += bits
    reached, so_far = [], members.universe.none()
    for name, bits in members.sets.items():
        new, so_far = bits & ~so_far, so_far | bits
        crowds = (_crowd(members, each) for each in (bits, bits & (times == 1), new, so_far))
        reached.append(Reached(name, *crowds))
    return ReachedTogether(_crowd(members, so_far), tuple(reached))


def compared_as_told(found: Comparison, members: Members, counting: Counting) -> ComparedAudience:
    """A comparison by the counts that may be told alone."""
    own = members.sets[found.audience]
    other = members.sets.get(found.reference, members.universe.all())
    sizes = counting.crowd(members.universe.members(own)), counting.crowd(members.universe.members(other))
    told = () if None in sizes else _differences(found.differences, sizes[0] or 0, sizes[1] or 0, counting)
    return ComparedAudience(found.audience, found.reference, *sizes, tuple(told))


def history_of(name: str, versions: Sequence[Version], sizes: Sequence[Sized]) -> AudienceHistory:
    """The history of an audience."""
    rules = (RuleVersion(each.number, each.description, each.first_refreshed_at) for each in versions)
    return AudienceHistory(name, tuple(rules), tuple(Refreshed(**vars(each)) for each in sizes))


def forecast_as_told(past: Sequence[tuple[date, int]], n_ahead: int, counting: Counting) -> Forecast:
    """Where a size is heading, by the past sizes that may be told."""
    told = [(on, counting.number(size, "forecast")) for on, size in past]
    known = [(on, size) for on, size in told if size is not None]
    return Forecast((), lacking=NOT_TOLD) if len(known) < len(told) else forecast(known, n_ahead)


def _differences(
    found: Sequence[Difference], size: int, reference_size: int, counting: Counting
) -> Iterator[DifferingTrait]:
    for each in sorted(found, key=lambda one: (one.kind, one.name, one.value)):
        n, n_reference = _told(each, size, reference_size, counting.number)
        if n is None or n_reference is None:
            continue
        kind = DifferingTrait if each.kind == "trait" else DifferingEvents
        share, reference_share = n / size, n_reference / reference_size
        low, high = (100 * edge for edge in interval(n, size, n_reference, reference_size))
        index = 100 * share / reference_share if n_reference else None
        is_marked, end = not low <= 100 <= high, None if high == math.inf else high
        yield kind(
            each.name, each.value, n, n_reference, share, reference_share, index, low, end, is_marked
        )  # fmt: skip


def _told(
    found: Difference, size: int, reference_size: int, number: Callable[[int, str], int | None]
) -> tuple[int | None, int | None]:
    """Both counts as they may be told; noise lets nobody have a value whom the audience itself does not have."""
    place = f"compared.{found.kind}.{found.name}"[:200]
    n, n_reference = number(found.n, place), number(found.n_reference, place)
    return n and min(n, size), n_reference and min(n_reference, reference_size)


def _crowd(members: Members, bits: Bits) -> Crowd:
    return Crowd(members.universe.members(bits))
