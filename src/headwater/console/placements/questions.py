"""Placements as pages show them: what each shows whom, and what came of it.

Reads the project's placements, the events that tell of decisions and showings, and what bandits know of the live store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from headwater.access.roles import Action
from headwater.audiences.percent import WHOLE
from headwater.audiences.rule import describe, needs_of
from headwater.console.desk.question import Given, Question
from headwater.console.placements.previewing import as_json, found, known_live
from headwater.engine.query import literal
from headwater.personalise.bandit import Arm, propensities
from headwater.personalise.decision import DECIDED, SHOWN
from headwater.personalise.placements import Placement
from headwater.privacy.anonymity.counts import Counting

PLACE = "console shown"


@dataclass(frozen=True)
class VariantFacts:
    """One thing that can be shown; `share`: of those whom its rule fits, None: found out by itself. `content` as JSON."""

    name: str
    share: float | None
    content: str


@dataclass(frozen=True)
class RuleFacts:
    """Who sees which variants; `words`: for whom."""

    words: str
    variants: tuple[VariantFacts, ...]


@dataclass(frozen=True)
class ListedPlacement:
    """A placement among others. `state`: `on`, `begins later` or `over`; counts None: too few to show."""

    name: str
    description: str
    purpose: str
    way: str
    n_variants: int
    state: str
    n_decided: int | None
    n_shown: int | None


@dataclass(frozen=True)
class Placements:
    """Every placement; `problems`: of files that are not sound."""

    listed: tuple[ListedPlacement, ...]
    least: int | None
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What came of a variant: how often it was decided and shown, to how many people. None: too few to show.

    `rewarded`, `chance`: of a bandit, how often it was worth it, and how likely it is shown next.
    """

    variant: str
    n_decided: int | None
    n_shown: int | None
    n_people: int | None
    rewarded: int | None
    chance: float | None


@dataclass(frozen=True)
class WholePlacement:
    """One placement in all its parts. `audiences`: those that its rules ask for, `traits`: too."""

    listed: ListedPlacement
    rules: tuple[RuleFacts, ...]
    fallback: str
    holdout: float
    cap: str
    start: datetime | None
    end: datetime | None
    reward: str
    is_public: bool
    shows: tuple[str, ...]
    audiences: tuple[str, ...]
    traits: tuple[str, ...]
    results: tuple[Result, ...]
    reasons: tuple[tuple[str, int | None], ...]
    least: int | None
    file: str


def _placements(given: Given) -> Placements:
    """Every placement."""
    known = given.definitions.placements
    counts = _counts(given)
    with given.counting() as counting:
        listed = [_listed(each, counts, counting) for _, each in sorted(known.items())]
    broken = {document.name for document in given.project.documents["placements"]} - set(known)
    problems = [f"placements/{name}.yaml is not sound: `headwater check` says why" for name in sorted(broken)]
    problems += [str(each) for each in given.project.unreadable if each.file.startswith("placements/")]
    return Placements(tuple(listed), _least(given), tuple(problems))


def _placement(given: Given, name: str) -> WholePlacement:
    """One placement in all its parts.

    Raises:
        NotFoundError: there is none of this name.
    """
    placement = found(name, given)
    counts = _counts(given, name)
    needs = [needs_of(rule.when) for rule in placement.rules if rule.when is not None]
    segments = placement.bandit.segments if placement.bandit else ()
    with given.counting() as counting:
        return WholePlacement(
            _listed(placement, counts, counting),
            _rules(placement),
            as_json(placement.fallback),
            placement.holdout / WHOLE,
            _cap(placement),
            placement.start,
            placement.end,
            f"{placement.bandit.reward} within {placement.bandit.within}" if placement.bandit else "",
            placement.is_public,
            (*placement.shows.traits, *placement.shows.audiences),
            tuple(sorted({*segments, *(each for need in needs for each in need.audiences)})),
            tuple(sorted({each for need in needs for each in need.traits})),
            _results(placement, counts, given, counting),
            _reasons(name, counts, counting),
            _least(given),
            f"placements/{name}.yaml",
        )


_Counts = list[Mapping[str, object]]


def _counts(given: Given, name: str = "") -> _Counts:
    """What events tell of decisions and showings, by placement, variant and reason."""
    path = {key: f"json_extract_string(try_cast(properties AS JSON), '$.{key}')" for key in _TOLD}
    columns = ", ".join(f"{each} AS {key}" for key, each in path.items())
    of_it = f"AND {path['placement']} = {literal(name).sql()}" if name else ""
    rows: _Counts = given.workspace.engine.table(
        f"WITH told AS (SELECT event, node_id, {columns} FROM events WHERE event IN ('{DECIDED}', '{SHOWN}') {of_it}) "
        "SELECT event, placement, variant, reason, count(*) AS n, count(DISTINCT profile_id) AS n_people "
        "FROM told LEFT JOIN identity_map USING (node_id) GROUP BY ALL"
    ).to_pylist()
    return rows


_TOLD = ("placement", "variant", "reason")


def _number(counts: _Counts, what: str = "n", **wanted: str) -> int:
    return sum(
        int(str(row[what])) for row in counts if all(row[key] == value for key, value in wanted.items())
    )


def _listed(placement: Placement, counts: _Counts, counting: Counting) -> ListedPlacement:
    now = datetime.now(UTC)
    state = "begins later" if placement.start and now < placement.start else "on"
    state = "over" if placement.end and now > placement.end else state
    decided = _number(counts, placement=placement.name, event=DECIDED)
    shown = _number(counts, placement=placement.name, event=SHOWN)
    return ListedPlacement(
        placement.name,
        placement.description,
        placement.purpose,
        "a bandit" if placement.bandit else f"{len(placement.rules)} rules",
        sum(len(rule.variants) for rule in placement.rules),
        state,
        counting.number(decided, PLACE),
        counting.number(shown, PLACE),
    )


def _rules(placement: Placement) -> tuple[RuleFacts, ...]:
    made = []
    for rule in placement.rules:
        whole = sum(each.weight for each in rule.variants) or 1.0
        variants = tuple(
            VariantFacts(each.name, None if placement.bandit else each.weight / whole, as_json(each.content))
            for each in rule.variants
        )
        made.append(RuleFacts("everyone" if rule.when is None else describe(rule.when), variants))
    return tuple(made)


def _cap(placement: Placement) -> str:
    cap = placement.cap
    if cap is None:
        return ""
    unit = cap.unit.removesuffix("s") if cap.amount == 1 else cap.unit
    return f"{cap.most:,} times in {cap.amount} {unit}" + (", each variant" if cap.is_each else "")


def _results(placement: Placement, counts: _Counts, given: Given, counting: Counting) -> tuple[Result, ...]:
    names = [variant.name for rule in placement.rules for variant in rule.variants]
    others = {str(row["variant"]) for row in counts if row["variant"]} - set(names)
    arms = _arms(placement, given) if placement.bandit else {}
    chances = (
        dict(zip(arms, propensities(tuple(arm.beta for arm in arms.values())), strict=True)) if arms else {}
    )
    return tuple(
        Result(
            variant,
            counting.number(_number(counts, variant=variant, event=DECIDED), PLACE),
            counting.number(_number(counts, variant=variant, event=SHOWN), PLACE),
            counting.number(_number(counts, "n_people", variant=variant, event=SHOWN), PLACE),
            counting.number(arms[variant].rewarded, PLACE) if variant in arms else None,
            chances.get(variant),
        )
        for variant in [*names, *sorted(others)]
    )


def _arms(placement: Placement, given: Given) -> dict[str, Arm]:
    """What a bandit knows of each variant, over all its segments."""
    known = known_live(given)
    made = {}
    for variant in placement.rules[0].variants:
        each = [arms.get(variant.name, Arm()) for (name, _), arms in known.items() if name == placement.name]
        made[variant.name] = Arm(sum(arm.shown for arm in each), sum(arm.rewarded for arm in each))
    return made


def _reasons(name: str, counts: _Counts, counting: Counting) -> tuple[tuple[str, int | None], ...]:
    """Why decisions came out as they did."""
    known = sorted({str(row["reason"]) for row in counts if row["event"] == DECIDED and row["reason"]})
    numbers = [(why, _number(counts, placement=name, event=DECIDED, reason=why)) for why in known]
    return tuple((why, counting.number(n, PLACE)) for why, n in numbers)


def _least(given: Given) -> int | None:
    return None if given.sees_small_counts else given.project.config.anonymity.least


PLACEMENTS = Question("console placements", Action.SEE_COUNTS, _placements, seconds=30.0)
PLACEMENT = Question("console placement", Action.SEE_COUNTS, _placement, seconds=10.0)
