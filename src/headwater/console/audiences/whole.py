"""One audience in all its parts, and why somebody is in it, or is not.

Reads memberships as last refreshed, sizes over time, and the audience's file. Counts of people are given as whoever asks may see
them; in the order of names for whom an order by size would tell of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from headwater.access.roles import Action
from headwater.audiences.chosen import Members, as_refreshed
from headwater.audiences.explain import Explanation, explain
from headwater.audiences.rule import describe
from headwater.audiences.versions import read_sizes
from headwater.collect.enriching.personal_data import without_personal_data
from headwater.console.audiences.agreed import Written, written_of
from headwater.console.audiences.managing import Use, uses_of
from headwater.console.audiences.pictures import Moves
from headwater.console.audiences.questions import (
    Listed,
    Part,
    counted_at,
    found,
    least_of,
    parts_of,
    shown,
    size_of,
    source_of,
)
from headwater.console.audiences.sampling import Sampled, people_of
from headwater.console.desk.question import Given, Question
from headwater.engine.bitmaps import count_packed
from headwater.privacy.anonymity.counts import Counting
from headwater.privacy.labels import labels_of
from headwater.profiles.show import find_profile

MOST_OVERLAPS = 8
HIDDEN = "(hidden: it would tell what your role does not see)"


@dataclass(frozen=True)
class Overlapping:
    """Another audience, and how many are in both; `share`: of this one's people."""

    name: str
    both: int | None
    share: float


@dataclass(frozen=True)
class Whole:
    """One audience.

    Attributes:
        is_narrowing: the parts stand one after the other, each with those before it.
        counted_at: of when the counts are where the project's clock stands still; None: it runs.
        moves: who came in and who left since the first run; empty for whom exact sizes are not.
    """

    listed: Listed
    words: str
    source: str
    file: str
    parts: tuple[Part, ...]
    is_narrowing: bool
    overlaps: tuple[Overlapping, ...]
    moves: tuple[Moves, ...]
    used_by: tuple[Use, ...]
    because: tuple[str, ...]
    least: int | None
    now: datetime
    terms: Written
    counted_at: datetime | None


@dataclass(frozen=True)
class Reason:
    """Why somebody is in an audience, or is not; `seen` and `lacks` say more only to whom they may."""

    words: str
    passed: bool
    seen: str
    lacks: str
    parts: tuple[Reason, ...]


@dataclass(frozen=True)
class Why:
    """Why somebody is in an audience, or is not; `whom`: about whom that is, masked for who asks."""

    whom: Sampled
    reason: Reason


def _audience(given: Given, name: str) -> Whole:
    """One audience in all its parts.

    Raises:
        NotFoundError: there is none of this name.
    """
    audience = found(name, given.definitions)
    members = as_refreshed(sorted(given.definitions.audiences), given.workspace)
    origins = given.definitions.lineage.of_audience(name)
    with given.counting() as counting:
        parts, is_narrowing = parts_of(audience.rule, given, counting)
        overlaps = _overlaps(name, members, given, counting)
    return Whole(
        shown(given, name),
        describe(audience.rule),
        source_of(audience, given),
        audience.document.file,
        parts,
        is_narrowing,
        overlaps,
        _moves(given, name),
        tuple(uses_of(name, given)),
        tuple(sorted({str(each) for each in origins})),
        least_of(given),
        given.now,
        written_of(audience.document, given),
        counted_at(given),
    )


def _moves(given: Given, name: str) -> tuple[Moves, ...]:
    """Who came in and who left with each run but the first, with which everybody came."""
    if not given.sees_small_counts:
        return ()
    sizes = read_sizes(name, given.workspace)[1:]
    return tuple(Moves(each.refreshed_at, each.n_entered, each.n_left) for each in sizes)


def _overlaps(name: str, members: Members, given: Given, counting: Counting) -> tuple[Overlapping, ...]:
    """The others that share most with an audience."""
    words, others = members.sets.words, [each for each in members.sets if each != name]
    if given.sees_small_counts:
        shared = {other: count_packed(words[name] & words[other]) for other in others}
        others.sort(key=lambda other: -shared[other])
    size = size_of(name, members, counting)
    told = [
        (other, counting.crowd(members.universe.members(members.sets[name] & members.sets[other])))
        for other in others[:MOST_OVERLAPS]
    ]
    return tuple(
        Overlapping(other, both, min(1.0, (both or 0) / size) if size else 0.0) for other, both in told
    )


def _why(given: Given, name: str, identifier: str) -> Why:
    """Why a person is in an audience, or is not.

    Raises:
        NotFoundError: there is no such audience. UserError: nobody has that identifier, or it is none.
    """
    audience = found(name, given.definitions)
    profile = find_profile(identifier.strip(), given.workspace)
    explained = explain(profile, audience, given.workspace, given.definitions.audiences)
    labels = labels_of(given.definitions.lineage.of_rule(audience.rule))
    is_shown = labels <= given.caller.labels
    (whom,) = people_of([profile], name, given)
    return Why(whom if is_shown else replace(whom, entered_at=None), _reason(explained, is_shown=is_shown))


def _reason(explained: Explanation, *, is_shown: bool) -> Reason:
    seen, lacks = (
        (without_personal_data(text) if is_shown else HIDDEN) if text else ""
        for text in (explained.seen, explained.lacks)
    )
    parts = tuple(_reason(each, is_shown=is_shown) for each in explained.parts)
    return Reason(explained.text, explained.passed, seen, lacks if is_shown else "", parts)


AUDIENCE = Question("console audience", Action.SEE_COUNTS, _audience)
WHY = Question(
    "console audience explain",
    Action.SEE_PEOPLE,
    _why,
    seconds=0.0,
    about=lambda name, identifier: (name, identifier.strip()),
    counts=lambda _: {"seen": 1},
)
