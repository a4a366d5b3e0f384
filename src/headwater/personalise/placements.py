"""Placements: what to show whom, as declared.

Reads the project's `placements/*.yaml` against the traits, audiences and purposes there are; gives the placements, and
every problem in the others. A file's name is the placement's id. `placement_file.py` says what a file may say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from headwater.audiences.lineage import NO_ORIGINS, Lineage, Origins, audience_field
from headwater.audiences.rule import Rule, needs_of
from headwater.audiences.values import first_moment, last_moment
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock, back
from headwater.core.config import NAME
from headwater.core.documents import Document, Place, read_declaration
from headwater.core.errors import Problem, Refusal, suggest
from headwater.core.project import Project
from headwater.personalise.conditions import read_when
from headwater.personalise.placement_file import CapFields, PlacementFile, ShowsFields
from headwater.privacy.gate import SOMEBODY, PermitRequest, Use, check_request
from headwater.privacy.labels import Label, labels_of


@dataclass(frozen=True)
class Variant:
    """One thing that can be shown. `weight`: its share in proportion to the others of its rule."""

    name: str
    content: object
    weight: float = 1.0


@dataclass(frozen=True)
class PlacementRule:
    """Who sees which variants. `when`: None: everyone."""

    when: Rule | None
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Bandit:
    """How variants compete.

    Attributes:
        reward: the event that rewards.
        within: how long after it was shown it does, as an amount like `7 days`.
        segments: the audiences that learn for themselves, first come first; others learn together.
    """

    reward: str
    within: str
    segments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cap:
    """At most so often in the stretch up to now. `is_each`: each variant for itself, not all together."""

    most: int
    amount: int
    unit: str
    is_each: bool = False

    def since(self, clock: Clock) -> datetime:
        """The instant after which what was shown counts."""
        return back(clock.now(), self.amount, self.unit, clock.zone)


@dataclass(frozen=True)
class Placement:
    """A placement that is sound.

    Attributes:
        request: what the gate is asked for: the traits and audiences that it works with, and their labels.
        rules: in order; of a bandit, the one that says for whom it is and what competes.
        holdout: how many millionths of all people see no variant.
        start: the instant it begins (in); None: it always has.
        end: the last instant of it (in); None: it never ends.
        salt: what its shares are shuffled by.
    """

    name: str
    description: str
    request: PermitRequest
    rules: tuple[PlacementRule, ...]
    fallback: object = None
    is_public: bool = True
    bandit: Bandit | None = None
    holdout: int = 0
    cap: Cap | None = None
    start: datetime | None = None
    end: datetime | None = None
    shows: ShowsFields = field(default_factory=ShowsFields)
    salt: str = ""

    @property
    def purpose(self) -> str:
        """What people must have agreed to."""
        return self.request.purpose


def read_placements(
    project: Project, vocabulary: Vocabulary, lineage: Lineage
) -> tuple[dict[str, Placement], list[Problem]]:
    """The placements that are sound, by name, and everything that is wrong with the others.

    Args:
        project: the project; its unreadable files are reported by whoever opened it.
        vocabulary: the traits, audiences and events there are.
        lineage: what gives traits and audiences their labels.
    """
    placements: dict[str, Placement] = {}
    problems: list[Problem] = []
    for document in project.documents["placements"]:
        read = _read(document, project, vocabulary, lineage)
        if isinstance(read, Placement):
            placements[read.name] = read
        else:
            problems += read
    return placements, problems


def longest_cap(placements: Mapping[str, Placement], clock: Clock) -> timedelta:
    """How far back what was shown must be remembered, so that every cap can be kept."""
    now = clock.now()
    return max((now - each.cap.since(clock) for each in placements.values() if each.cap), default=timedelta())


def _read(
    document: Document, project: Project, vocabulary: Vocabulary, lineage: Lineage
) -> Placement | list[Problem]:
    said = read_declaration(document, PlacementFile)
    whens = {place: read_when(given, place, document, vocabulary) for place, given in _whens(document.data)}
    problems = [] if isinstance(said, PlacementFile) else said
    problems += [problem for read in whens.values() if isinstance(read, list) for problem in read]
    sound = {place: read for place, read in whens.items() if not isinstance(read, list)}
    used = [*_used_by_rules(sound, lineage), *_used_by_name(document.data, lineage)]
    problems += [*_misnamed(document, vocabulary), *_refused(document, used, project)]
    if isinstance(said, PlacementFile):
        problems += _misordered(document, said, project)
    if problems or not isinstance(said, PlacementFile):
        return problems
    return _compiled(document.name, said, sound, used, project)


def _compiled(
    name: str, said: PlacementFile, whens: Mapping[Place, Rule], used: Sequence[_Used], project: Project
) -> Placement:
    zone, bandit = project.clock.zone, said.bandit
    return Placement(
        name,
        said.description,
        _request(name, said.purpose, frozenset(said.accepts), used),
        _rules(said, whens),
        said.fallback,
        said.is_public,
        Bandit(bandit.reward, bandit.within, bandit.segments) if bandit else None,
        said.holdout or 0,
        _cap(said.cap) if said.cap else None,
        first_moment(said.from_, Clock(zone)) if said.from_ else None,
        last_moment(said.until, Clock(zone)) if said.until else None,
        said.shows,
        said.salt or name,
    )


def _rules(said: PlacementFile, whens: Mapping[Place, Rule]) -> tuple[PlacementRule, ...]:
    if said.bandit:
        variants = tuple(Variant(each.name, each.content) for each in said.bandit.variants)
        return (PlacementRule(whens.get(("bandit", "when")), variants),)
    return tuple(
        PlacementRule(
            whens.get(("rules", index, "when")),
            tuple(Variant(each.name, each.content, each.weight) for each in rule.variants),
        )
        for index, rule in enumerate(said.rules)
    )


def _cap(said: CapFields) -> Cap:
    amount, unit = said.within.split()
    return Cap(said.most, int(amount), unit, said.of == "variant")


def _whens(data: object) -> Iterator[tuple[Place, object]]:
    """What stands under each `when`, with its place."""
    given = data if isinstance(data, dict) else {}
    rules, bandit = given.get("rules"), given.get("bandit")
    for index, rule in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(rule, dict) and rule.get("when") is not None:
            yield ("rules", index, "when"), rule["when"]
    if isinstance(bandit, dict) and bandit.get("when") is not None:
        yield ("bandit", "when"), bandit["when"]


def _names(data: object, *keys: str) -> Iterator[tuple[Place, str]]:
    """The names in a list of names, with their places; what is none is the model's to tell."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    for index, name in enumerate(data if isinstance(data, list) else []):
        if isinstance(name, str):
            yield (*keys, index), name


_Used = tuple[Place, str, Origins]
"""Something about a person that a placement works with: where it says so, what, and what gives it its labels."""


def _used_by_rules(whens: Mapping[Place, Rule], lineage: Lineage) -> Iterator[_Used]:
    for place, rule in whens.items():
        needs = needs_of(rule)
        for named, names, known in (
            (str, needs.traits, lineage.traits),
            (audience_field, needs.audiences, lineage.audiences),
        ):
            yield from ((place, named(name), known.get(name, NO_ORIGINS)) for name in sorted(names))


def _used_by_name(data: object, lineage: Lineage) -> Iterator[_Used]:
    for place, name in _names(data, "shows", "traits"):
        yield place, name, lineage.traits.get(name, NO_ORIGINS)
    for place, name in [*_names(data, "shows", "audiences"), *_names(data, "bandit", "segments")]:
        yield place, audience_field(name), lineage.of_audience(name)


def _request(name: str, purpose: str, accepts: frozenset[Label], used: Sequence[_Used]) -> PermitRequest:
    origins = MappingProxyType({what: each for _, what, each in used})
    fields = MappingProxyType({what: labels_of(each) for what, each in origins.items()})
    return PermitRequest(purpose, Use.PERSONALISATION, name, SOMEBODY, fields, accepts, origins)


def _refused(document: Document, used: Sequence[_Used], project: Project) -> Iterator[Problem]:
    """What the gate would not let through, whoever was asked about."""
    data = document.data if isinstance(document.data, dict) else {}
    purpose, accepts = data.get("purpose"), {name for _, name in _names(data, "accepts")}
    if not isinstance(purpose, str):
        return
    if purpose not in project.config.purposes:
        known = project.config.purposes
        expected = suggest(purpose, known) if known else "declare it under `purposes:` in headwater.yaml"
        yield document.problem(("purpose",), f"unknown purpose '{purpose}'", expected=expected)
        return
    accepted = frozenset(label for label in Label if label in accepts)
    for one in used:
        try:
            check_request(_request(document.name, purpose, accepted, [one]), project)
        except Refusal as refusal:
            wanted = ", ".join(sorted(labels_of(one[2]) - accepted))
            expected = f"leave it out, or let the placement have it: `accepts: [{wanted}]`"
            expected = expected if wanted else refusal.next_step or ""
            yield document.problem(one[0], refusal.message, expected=expected)


def _misnamed(document: Document, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Names that stand for nothing: the file's own, traits, audiences, the reward."""
    data = document.data if isinstance(document.data, dict) else {}
    if not re.fullmatch(NAME, document.name):
        expected = "lower case letters, digits, _"
        yield document.problem((), f"'{document.name}' is no name for a placement", expected=expected)
    for kind, known, keys in (
        ("trait", vocabulary.traits, ("shows", "traits")),
        ("audience", vocabulary.audiences, ("shows", "audiences")),
        ("audience", vocabulary.audiences, ("bandit", "segments")),
    ):
        for place, name in _names(data, *keys):
            if name not in known and name not in vocabulary.unread:
                yield document.problem(
                    place, f"there is no {kind} '{name}'", expected=suggest(name, list(known))
                )


def _misordered(document: Document, said: PlacementFile, project: Project) -> Iterator[Problem]:
    """What comes after that which it should come before."""
    clock = Clock(project.clock.zone)
    if said.from_ and said.until and first_moment(said.from_, clock) > last_moment(said.until, clock):
        yield document.problem(("until",), "ends before it begins", value=said.until)
    for index, rule in enumerate(said.rules[:-1]):
        if rule.when is None:
            yield document.problem(
                ("rules", index),
                "is for everyone, so no rule after it is ever reached",
                expected="say `when`, or put it last",
            )
