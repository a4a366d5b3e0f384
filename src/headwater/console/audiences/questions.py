"""Audiences as pages list them: each with its size, its trend and where it stands; and what questions about one have in common.

Reads memberships as last refreshed, sizes over time, and definitions. Counts of people are given as whoever asks may see them; in
the order of names for whom an order by size would tell of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlglot import exp

from headwater.access.roles import Action
from headwater.audiences.chosen import Members, Unsaved, as_refreshed, by_rules
from headwater.audiences.evaluate import Named
from headwater.audiences.parse import Audience
from headwater.audiences.rule import All, Any, Rule, describe
from headwater.console.desk.question import Given, Question
from headwater.core.errors import NotFoundError
from headwater.engine.bitmaps import Ids, count_packed
from headwater.engine.query import column, literal
from headwater.flow.definitions import Definitions
from headwater.privacy.anonymity.counts import Counting
from headwater.privacy.labels import labels_of

Points = tuple[tuple[datetime, float], ...]
MOST_POINTS = 60


@dataclass(frozen=True)
class Listed:
    """An audience among others.

    Attributes:
        size: None if it is too few to show, or not asked for yet.
        trend: empty for whom exact sizes are not, and until it is asked for.
        folder: where its file lies; empty: in none.
    """

    name: str
    description: str
    purpose: str
    size: int | None
    share: float | None
    trend: Points
    changed_at: datetime | None
    labels: tuple[str, ...]
    destinations: tuple[str, ...]
    folder: str = ""


@dataclass(frozen=True)
class Audiences:
    """Every audience; `least`: the floor below which sizes are not shown to who asks, `problems`: of files that are not sound.

    For whom sizes are not exact they are not here: each one told counts, so that only those looked at are asked for.
    """

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


def _audiences(given: Given) -> Audiences:
    """Every audience, the largest first; without what only those looked at are asked for."""
    names = sorted(given.definitions.audiences)
    listed = sorted(_rows(names, given), key=lambda each: -(each.size or 0))
    broken = [each.file for each in given.project.documents["audiences"] if each.name not in names]
    problems = [f"{file} is not sound: `headwater check` says why" for file in sorted(broken)]
    problems += [str(each) for each in given.project.unreadable if each.file.startswith("audiences/")]
    return Audiences(tuple(listed), least_of(given), tuple(problems), given.now)


def _rows(names: Sequence[str], given: Given) -> list[Listed]:
    """Audiences in the order of their names, with exact sizes for whom they are."""
    definitions, members = given.definitions, as_refreshed(names, given.workspace)
    sizes: Mapping[str, int] = {}
    if given.sees_small_counts:
        sizes = {name: count_packed(members.sets.words[name]) for name in names}
    changed, sent_to = _changed(given), _sent_to(definitions)
    return [
        Listed(
            name,
            definitions.audiences[name].description,
            definitions.audiences[name].purpose or "",
            sizes.get(name),
            _share(sizes.get(name), members.universe.size),
            (),
            changed.get(name),
            tuple(sorted(labels_of(definitions.lineage.of_audience(name)))),
            sent_to[name],
            definitions.audiences[name].document.folder,
        )
        for name in names
    ]


def _shown(given: Given, names: tuple[str, ...]) -> tuple[Listed, ...]:
    """Some audiences with all that is shown of them: those that are still there, in the order asked for."""
    rows = _rows([name for name in names if name in given.definitions.audiences], given)
    known = [each.name for each in rows]
    if given.sees_small_counts:
        trends = _trends(known, given) if known else {}
        return tuple(replace(each, trend=trends.get(each.name, ())) for each in rows)
    members = as_refreshed(known, given.workspace)
    with given.counting() as counting:
        everyone = counting.crowd(members.universe.profile_ids)
        sizes = {name: size_of(name, members, counting) for name in known}
    return tuple(
        replace(each, size=sizes[each.name], share=_share(sizes[each.name], everyone)) for each in rows
    )


def shown(given: Given, name: str) -> Listed:
    """One audience as a list shows it."""
    return _shown(given, (name,))[0]


def _share(size: int | None, everyone: int | None) -> float | None:
    return min(1.0, size / everyone) if size and everyone else None


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


def size_of(name: str, members: Members, counting: Counting) -> int | None:
    """How many are in an audience, as somebody may see it."""
    return counting.crowd(members.universe.members(members.sets[name]))


def crowd_of(name: str, given: Given) -> Ids:
    """Who is in an audience, as last refreshed."""
    members = as_refreshed([name], given.workspace)
    return members.universe.members(members.sets[name])


def least_of(given: Given) -> int | None:
    """The floor below which counts are not shown to who asks; None: they see all."""
    return None if given.sees_small_counts else given.project.config.anonymity.least


def counted_at(given: Given) -> datetime | None:
    """Of when counts are where the project's clock stands still, in its own zone; None: it runs, and so they are of now."""
    if given.project.config.now is None:
        return None
    clock = given.workspace.clock
    return clock.now().astimezone(clock.zone).replace(tzinfo=None)


def _sent_to(definitions: Definitions) -> dict[str, tuple[str, ...]]:
    """Which destinations each audience goes to."""
    held: dict[str, list[str]] = {name: [] for name in definitions.audiences}
    for to, each in sorted(definitions.destinations.items()):
        for name in definitions.audiences if each.audiences is None else each.audiences:
            held[name].append(to)
    return {name: tuple(dict.fromkeys(each)) for name, each in held.items()}


def _changed(given: Given) -> dict[str, datetime]:
    """When each audience last changed."""
    found = given.workspace.engine.table(
        "SELECT audience, max(refreshed_at) AS at FROM audience_sizes GROUP BY audience"
    )
    return dict(zip(found["audience"].to_pylist(), found["at"].to_pylist(), strict=True))


def _trends(names: Iterable[str], given: Given) -> dict[str, Points]:
    """The latest sizes of audiences over time."""
    wanted = column("audience").isin(*map(literal, names))
    chosen = exp.select("audience", "refreshed_at", "size").from_("audience_sizes").where(wanted)
    rows = given.workspace.engine.table(
        f"{chosen.sql(given.workspace.engine.dialect)} "
        f"QUALIFY row_number() OVER (PARTITION BY audience ORDER BY refreshed_at DESC) <= {MOST_POINTS} "
        "ORDER BY audience, refreshed_at"
    ).to_pylist()
    held: dict[str, list[tuple[datetime, float]]] = {}
    for row in rows:
        held.setdefault(row["audience"], []).append((row["refreshed_at"], float(row["size"])))
    return {each: tuple(points) for each, points in held.items()}


def matching(listed: Sequence[Listed], wanted: str) -> list[Listed]:
    """Those in whose name, folder, description, labels or destinations every word stands."""
    words = wanted.casefold().split()
    texts = [
        " ".join((each.name, each.folder, each.description, *each.labels, *each.destinations)).casefold()
        for each in listed
    ]
    return [each for each, held in zip(listed, texts, strict=True) if all(word in held for word in words)]


AUDIENCES = Question("console audiences", Action.SEE_COUNTS, _audiences)
SHOWN = Question("console audiences shown", Action.SEE_COUNTS, _shown)
