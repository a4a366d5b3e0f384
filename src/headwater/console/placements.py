"""Placements as pages show them: what each shows whom, what came of it, and what it would show somebody now.

Reads the project's placements, the events that tell of decisions and showings, and the live store; decides as the edge does, with
the gate, and writes nothing: a preview is no event and counts for nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from headwater.access.roles import Action
from headwater.audiences.percent import WHOLE
from headwater.audiences.rule import describe, needs_of
from headwater.console.questions import Given, Question
from headwater.core.clock import Clock
from headwater.core.errors import NobodyError, NotFoundError, UserError
from headwater.core.sealing.seals import Seals
from headwater.engine.query import literal
from headwater.flow.live_log import Folders
from headwater.live.person import Person
from headwater.live.reader import LiveReader
from headwater.personalise.bandit import Arm, propensities
from headwater.personalise.decide import Context, Known, decide
from headwater.personalise.decision import DECIDED, SHOWN, Decision
from headwater.personalise.placements import Placement
from headwater.privacy.anonymity.counts import Counting
from headwater.privacy.labels import Label
from headwater.profiles.show import read_identifier

PLACE = "console shown"
_READERS: dict[Path, LiveReader] = {}
_READING = threading.Lock()


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


@dataclass(frozen=True)
class Previewed:
    """What would be shown; `rule`: from 1, the one that fits. `hides`: it would tell what the role does not see."""

    variant: str
    content: str
    reason: str
    rule: int | None
    chance: float
    hides: bool = False


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
            _as_json(placement.fallback),
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


def found(name: str, given: Given) -> Placement:
    """The placement of this name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in given.definitions.placements:
        raise NotFoundError("placement", name, list(given.definitions.placements))
    return given.definitions.placements[name]


def _for_a_person(given: Given, name: str, identifier: str) -> Previewed:
    """What a placement would show a person now, with what the live store knows of them.

    Raises:
        NotFoundError: there is no such placement. NobodyError: nobody has that identifier. UserError: it is none, or nobody is
            known live yet.
    """
    placement = found(name, given)
    node = read_identifier(identifier.strip())
    with _READING:
        reader = _reader(given)
        person = reader.find([node])
        known = _known(reader)
    if not person.key:
        folders = Folders.of(given.project.root)
        if not (folders.bases.exists() or folders.store.exists()):
            raise UserError(
                "nobody is known live yet", next_step="live profiles come to be with `headwater serve`"
            )
        raise NobodyError(node[0])
    return _previewed(person, placement, known, given)


def _for_a_stranger(
    given: Given, name: str, number: int, audiences: tuple[str, ...], consent: str
) -> Previewed:
    """What it would show somebody made up: who stands so on its purpose, and is in these audiences.

    `consent`: `granted`, `denied`, or empty: they said nothing.

    Raises:
        NotFoundError: there is no such placement.
    """
    placement = found(name, given)
    now = datetime.now(UTC)
    consents = {placement.purpose: consent} if consent else {}
    person = Person(f"stranger {number}", audiences=dict.fromkeys(audiences, now), consents=consents)
    with _READING:
        known = _known(_reader(given))
    return _previewed(person, placement, known, given, is_made_up=True)


def _previewed(
    person: Person, placement: Placement, known: Known, given: Given, *, is_made_up: bool = False
) -> Previewed:
    context = Context(given.project, Clock(given.project.clock.zone), is_public=False, known=known)
    (decision,) = decide(person, [placement.name], given.definitions.placements, context)
    labels = frozenset[Label]().union(*placement.request.fields.values())
    if not is_made_up and not labels <= given.caller.labels:
        return Previewed("", "", "", None, 0.0, hides=True)
    return _shown(decision)


def _shown(decision: Decision) -> Previewed:
    rule = None if decision.rule is None else decision.rule + 1
    return Previewed(
        decision.variant, _as_json(decision.content), decision.reason.value, rule, decision.propensity
    )


def _reader(given: Given) -> LiveReader:
    """The live profiles of a project, which a process opens once; whoever asks holds `_READING`."""
    root, seals = given.project.root, given.workspace.seals
    if root not in _READERS:
        _READERS[root] = _opened(root, seals)
    _READERS[root].refresh()
    return _READERS[root]


def _opened(root: Path, seals: Seals) -> LiveReader:
    folders = Folders.of(root)
    return LiveReader(folders.store, folders.bases, seals)


def _known(reader: LiveReader) -> Known:
    known: dict[tuple[str, str], dict[str, Arm]] = {}
    for (placement, variant), (n_shown, n_rewarded) in reader.counts().items():
        name, _, segment = placement.partition("\n")
        known.setdefault((name, segment), {})[variant] = Arm(n_shown, n_rewarded)
    return known


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
            VariantFacts(each.name, None if placement.bandit else each.weight / whole, _as_json(each.content))
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
    with _READING:
        known = _known(_reader(given))
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


def _as_json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2)


def _least(given: Given) -> int | None:
    return None if given.sees_small_counts else given.project.config.anonymity.least


PLACEMENTS = Question("console placements", Action.SEE_COUNTS, _placements, seconds=30.0)
PLACEMENT = Question("console placement", Action.SEE_COUNTS, _placement, seconds=10.0)
PREVIEW = Question(
    "console placement preview",
    Action.SEE_PEOPLE,
    _for_a_person,
    seconds=0.0,
    about=lambda name, identifier: (name, identifier.strip()),
    counts=lambda _: {"seen": 1},
)
SUPPOSED = Question("console placement supposed", Action.SEE_COUNTS, _for_a_stranger, seconds=0.0)
