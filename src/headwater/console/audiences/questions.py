"""Audiences as pages show them: each with its size and where it stands, and one in all its parts.

Reads memberships as last refreshed, sizes over time, and the audience's file. Counts of people are given as whoever asks may see
them; in the order of names for whom an order by size would tell of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from headwater.access.roles import Action
from headwater.audiences.chosen import Members, Unsaved, as_refreshed, by_rules
from headwater.audiences.evaluate import Named
from headwater.audiences.explain import Explanation, explain
from headwater.audiences.parse import Audience
from headwater.audiences.rule import All, Any, Rule, describe
from headwater.audiences.standing import read_standings
from headwater.audiences.versions import read_sizes
from headwater.collect.enriching.personal_data import without_personal_data
from headwater.console.desk.question import Given, Question
from headwater.core.errors import NotFoundError
from headwater.flow.definitions import Definitions
from headwater.privacy.anonymity.counts import Counting
from headwater.privacy.labels import labels_of
from headwater.profiles.show import find_profile

Points = tuple[tuple[datetime, float], ...]
MOST_OVERLAPS, MOST_POINTS = 8, 60
HIDDEN = "(hidden: it would tell what your role does not see)"


@dataclass(frozen=True)
class Listed:
    """An audience among others; `size`: None if it is too few to show, `trend`: empty for whom exact sizes are not."""

    name: str
    description: str
    purpose: str
    size: int | None
    share: float | None
    trend: Points
    changed_at: datetime | None
    labels: tuple[str, ...]
    destinations: tuple[str, ...]


@dataclass(frozen=True)
class Audiences:
    """Every audience; `least`: the floor below which sizes are not shown to who asks, `problems`: of files that are not sound."""

    listed: tuple[Listed, ...]
    least: int | None
    problems: tuple[str, ...]
    now: datetime


@dataclass(frozen=True)
class Part:
    """A condition of a rule, and how many people are left, or are met, with it."""

    words: str
    n: int | None
    share: float


@dataclass(frozen=True)
class Overlapping:
    """Another audience, and how many are in both; `share`: of this one's people."""

    name: str
    both: int | None
    share: float


@dataclass(frozen=True)
class Whole:
    """One audience. `is_narrowing`: the parts stand one after the other, each with those before it."""

    listed: Listed
    words: str
    source: str
    file: str
    parts: tuple[Part, ...]
    is_narrowing: bool
    overlaps: tuple[Overlapping, ...]
    referred_by: tuple[str, ...]
    because: tuple[str, ...]
    least: int | None
    now: datetime


@dataclass(frozen=True)
class Reason:
    """Why somebody is in an audience, or is not; `seen` and `lacks` say more only to whom they may."""

    words: str
    passed: bool
    seen: str
    lacks: str
    parts: tuple[Reason, ...]


def _audiences(given: Given) -> Audiences:
    """Every audience, largest first."""
    definitions = given.definitions
    names = sorted(definitions.audiences)
    members = as_refreshed(names, given.workspace)
    trends = _trends(given)
    with given.counting() as counting:
        everyone = counting.crowd(members.universe.profile_ids)
        listed = [
            _listed(name, _crowd(name, members, counting), everyone, trends.get(name, ()), given)
            for name in names
        ]
    if given.sees_small_counts:
        listed.sort(key=lambda each: (-(each.size or 0), each.name))
    broken = {document.name for document in given.project.documents["audiences"]} - set(names)
    problems = [f"audiences/{name}.yaml is not sound: `headwater check` says why" for name in sorted(broken)]
    problems += [str(each) for each in given.project.unreadable if each.file.startswith("audiences/")]
    return Audiences(tuple(listed), least_of(given), tuple(problems), given.now)


def _audience(given: Given, name: str) -> Whole:
    """One audience in all its parts.

    Raises:
        NotFoundError: there is none of this name.
    """
    audience = found(name, given.definitions)
    members = as_refreshed(sorted(given.definitions.audiences), given.workspace)
    standing = read_standings({name: audience}, given.workspace)[name]
    origins = given.definitions.lineage.of_audience(name)
    with given.counting() as counting:
        everyone = counting.crowd(members.universe.profile_ids)
        size = _crowd(name, members, counting)
        parts, is_narrowing = parts_of(audience.rule, given, counting)
        overlaps = _overlaps(name, size, members, given, counting)
    listed = _listed(name, size, everyone, _trends(given, name).get(name, ()), given)
    return Whole(
        listed,
        describe(audience.rule),
        source_of(audience, given),
        audience.document.file,
        parts,
        is_narrowing,
        overlaps,
        standing.referred_by,
        tuple(sorted({str(each) for each in origins})),
        least_of(given),
        given.now,
    )


def parts_of(rule: Rule, given: Given, counting: Counting) -> tuple[tuple[Part, ...], bool]:
    """What each condition at the top of a rule leaves, or, of alternatives, how many each is met by."""
    match rule:
        case All(rules):
            steps: dict[str, Named] = {str(at): Unsaved(All(rules[: at + 1])) for at in range(len(rules))}
        case Any(rules):
            steps = {str(at): Unsaved(each) for at, each in enumerate(rules)}
        case _:
            rules, steps = (rule,), {"0": Unsaved(rule)}
    members = by_rules(steps, given.workspace, given.definitions.audiences)
    n_profiles = max(1, members.n_profiles)
    counts = [counting.crowd(members.universe.members(members.sets[at])) for at in steps]
    parts = [Part(describe(each), n, (n or 0) / n_profiles) for each, n in zip(rules, counts, strict=True)]
    return tuple(parts), not isinstance(rule, Any)


def found(name: str, definitions: Definitions) -> Audience:
    """The audience of this name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in definitions.audiences:
        raise NotFoundError("audience", name, list(definitions.audiences))
    return definitions.audiences[name]


def source_of(audience: Audience, given: Given) -> str:
    """The audience's file as it stands in the project now."""
    try:
        return given.project.path(audience.document.file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _listed(name: str, size: int | None, everyone: int | None, trend: Points, given: Given) -> Listed:
    audience, definitions = given.definitions.audiences[name], given.definitions
    sent_to = [
        each.name
        for each in definitions.destinations.values()
        if each.audiences is None or name in each.audiences
    ]
    return Listed(
        name,
        audience.description,
        audience.purpose or "",
        size,
        min(1.0, size / everyone) if size and everyone else None,
        trend if given.sees_small_counts else (),
        trend[-1][0] if trend else None,
        tuple(sorted(labels_of(definitions.lineage.of_audience(name)))),
        tuple(sorted(sent_to)),
    )


def _crowd(name: str, members: Members, counting: Counting) -> int | None:
    return counting.crowd(members.universe.members(members.sets[name]))


def least_of(given: Given) -> int | None:
    return None if given.sees_small_counts else given.project.config.anonymity.least


def _overlaps(
    name: str, size: int | None, members: Members, given: Given, counting: Counting
) -> tuple[Overlapping, ...]:
    """The others that share most with an audience."""
    own, others = members.sets[name], [each for each in members.sets if each != name]
    shared = {other: members.universe.members(own & members.sets[other]) for other in others}
    if given.sees_small_counts:
        others.sort(key=lambda other: -len(shared[other]))
    told = [(other, counting.crowd(shared[other])) for other in others[:MOST_OVERLAPS]]
    return tuple(
        Overlapping(other, both, min(1.0, (both or 0) / size) if size else 0.0) for other, both in told
    )


def _trends(given: Given, name: str = "") -> dict[str, Points]:
    """The sizes of audiences over time."""
    if name:
        known = [(each.refreshed_at, float(each.size)) for each in read_sizes(name, given.workspace)]
        return {name: tuple(known)}
    rows = given.workspace.engine.table(
        "SELECT audience, refreshed_at, size FROM audience_sizes "
        f"QUALIFY row_number() OVER (PARTITION BY audience ORDER BY refreshed_at DESC) <= {MOST_POINTS} "
        "ORDER BY audience, refreshed_at"
    ).to_pylist()
    held: dict[str, list[tuple[datetime, float]]] = {}
    for row in rows:
        held.setdefault(row["audience"], []).append((row["refreshed_at"], float(row["size"])))
    return {each: tuple(points) for each, points in held.items()}


def _why(given: Given, name: str, identifier: str) -> Reason:
    """Why a person is in an audience, or is not.

    Raises:
        NotFoundError: there is no such audience. UserError: nobody has that identifier, or it is none.
    """
    audience = found(name, given.definitions)
    profile = find_profile(identifier.strip(), given.workspace)
    explained = explain(profile, audience, given.workspace, given.definitions.audiences)
    labels = labels_of(given.definitions.lineage.of_rule(audience.rule))
    return _reason(explained, is_shown=labels <= given.caller.labels)


def _reason(explained: Explanation, *, is_shown: bool) -> Reason:
    seen, lacks = (
        (without_personal_data(text) if is_shown else HIDDEN) if text else ""
        for text in (explained.seen, explained.lacks)
    )
    parts = tuple(_reason(each, is_shown=is_shown) for each in explained.parts)
    return Reason(explained.text, explained.passed, seen, lacks if is_shown else "", parts)


def matching(listed: Sequence[Listed], wanted: str) -> list[Listed]:
    """Those in whose name, description, labels or destinations every word stands."""
    words = wanted.casefold().split()
    texts = [
        " ".join((each.name, each.description, *each.labels, *each.destinations)).casefold()
        for each in listed
    ]
    return [each for each, held in zip(listed, texts, strict=True) if all(word in held for word in words)]


AUDIENCES = Question("console audiences", Action.SEE_COUNTS, _audiences)
AUDIENCE = Question("console audience", Action.SEE_COUNTS, _audience)
WHY = Question(
    "console audience explain",
    Action.SEE_PEOPLE,
    _why,
    seconds=0.0,
    about=lambda name, identifier: (name, identifier.strip()),
    counts=lambda _: {"seen": 1},
)
