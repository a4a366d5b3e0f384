"""What a file in `identifiers/` says of a kind of identifier: how many a person may have, and what counts against evidence.

# identifiers/email.yaml
strength: 90                    # beside other kinds: an event belongs to its strongest identifier
most_per_profile: 5             # what would make it six is set aside
blocked: [test@example.com]     # names nobody
most_linked: 50                 # what is seen with more others names nobody either
lasts: 400 days                 # evidence by it counts for so long
trusted_sources: [crm]          # these may go beyond most_per_profile

# identifiers/phone.yaml
region: DE                      # where a number that does not say its country was written

Reads the project's files; without one a kind has the rules of `KindRules()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema
from sqlglot import exp

from headwater.core.clock import UNITS, Clock, back
from headwater.core.documents import Declaration, Document, read_declaration
from headwater.core.errors import Problem, suggest
from headwater.core.project import Project
from headwater.engine.query import literal
from headwater.identity.identifier import Called, Identifier


def _read_lasts(given: object) -> tuple[int, str]:
    """How long, as `400 days`.

    Raises:
        ValueError: it is no such text.
    """
    number, _, unit = str(given).strip().partition(" ")
    unit = unit if unit.endswith("s") else f"{unit}s"
    if not number.isdecimal() or int(number) < 1 or unit not in UNITS:
        raise ValueError("must be a number and a unit, like 400 days or 13 months")
    return int(number), unit


Lasts = Annotated[
    tuple[int, str] | None,
    PlainValidator(_read_lasts),
    WithJsonSchema({"type": "string", "pattern": r"^\d+ \w+$"}),
]


class KindRules(Declaration):
    """What a file in `identifiers/` may say."""

    description: str = Field("", description="What these identifiers are here, for people.")
    strength: int | None = Field(
        None,
        ge=0,
        le=100,
        description="How surely it names one person, beside other kinds; left out, as docs/identifiers/ says. An event belongs to"
        " its strongest identifier, and the word of stronger ones is heard first.",
    )
    most_per_profile: int | None = Field(
        None, ge=1, description="How many of them one profile may have; any number if left out."
    )
    blocked: tuple[str, ...] = Field((), description="Values that name nobody, whoever sends them.")
    most_linked: int | None = Field(
        None,
        ge=1,
        description="A value that is seen with more other identifiers than this names nobody: a counter's, a family's, a fake.",
    )
    lasts: Lasts = Field(
        None, description="For how long evidence by it counts, from when it was first seen: `400 days`."
    )
    trusted_sources: tuple[str, ...] = Field(
        (), description="Sources whose word counts beyond `most_per_profile`: what they say is one is one."
    )
    region: str | None = Field(
        None,
        pattern="^[A-Z]{2}$",
        description="Of phone numbers: the region (ISO 3166, like DE) in which one was written that does not say its country;"
        " without it such a number is not valid.",
    )


@dataclass(frozen=True)
class Rules:
    """What a project says of the kinds of its identifiers; `of`: by kind, each that has a file."""

    of: Mapping[str, KindRules]

    @property
    def moves_with_time(self) -> bool:
        """Whether evidence that counts today may not tomorrow."""
        return any(rules.lasts for rules in self.of.values())

    def blocked(self, kinds: Mapping[str, Identifier]) -> dict[str, frozenset[str]]:
        """Of each kind the values that name nobody, as they are compared."""
        found = {
            kind: frozenset(filter(None, map(_in_region(kinds[kind], rules).normalise, rules.blocked)))
            for kind, rules in self.of.items()
        }
        return {kind: values for kind, values in found.items() if values}

    def counts_from(self, clock: Clock) -> dict[str, datetime]:
        """Of each kind whose evidence does not last for ever: from when on it counts."""
        return {
            kind: back(clock.now(), *rules.lasts, clock.zone)
            for kind, rules in self.of.items()
            if rules.lasts
        }


def heeding(rules: Rules, kinds: Mapping[str, Identifier]) -> dict[str, Identifier]:
    """The kinds of identifier as a project takes them in: as it says, and a blocked value is not valid."""
    blocked = rules.blocked(kinds)
    return {
        name: _without(kind, blocked[name]) if name in blocked else kind
        for name, kind in as_said(rules, kinds).items()
    }


def as_said(rules: Rules, kinds: Mapping[str, Identifier]) -> dict[str, Identifier]:
    """The kinds of identifier, each as strong as the project says, and read as in its region."""
    return {
        name: _as_said(kind, rules.of[name]) if name in rules.of else kind for name, kind in kinds.items()
    }


def _as_said(kind: Identifier, rules: KindRules) -> Identifier:
    strength = kind.strength if rules.strength is None else rules.strength
    return replace(_in_region(kind, rules), strength=strength)


def _in_region(kind: Identifier, rules: KindRules) -> Identifier:
    normalise = kind.by_region(rules.region) if kind.by_region and rules.region else None
    if normalise is None or not isinstance(kind.to_sql, Called):
        return kind
    return replace(kind, normalise=normalise, to_sql=Called(kind.to_sql.name, rules.region or ""))


def _without(kind: Identifier, values: frozenset[str]) -> Identifier:
    def normalise(text: str) -> str | None:
        found = kind.normalise(text)
        return None if found in values else found

    def to_sql(value: exp.Expression) -> exp.Expression:
        spelled = kind.to_sql(value)
        return exp.case().when(exp.not_(spelled.copy().isin(*map(literal, sorted(values)))), spelled)

    return replace(kind, normalise=normalise, to_sql=to_sql)


def read_rules(project: Project, kinds: Mapping[str, Identifier]) -> tuple[Rules, list[Problem]]:
    """The files that are sound, and everything that is wrong with the others."""
    sound: dict[str, KindRules] = {}
    problems: list[Problem] = []
    for document in project.documents["identifiers"]:
        if document.name not in kinds:
            what = f"there is no kind of identifier '{document.name}'"
            problems.append(document.problem((), what, expected=suggest(document.name, kinds)))
            continue
        said = read_declaration(document, KindRules)
        found = (
            said
            if isinstance(said, list)
            else [
                *_no_region(document, said, kinds[document.name]),
                *_blocked_that_are_none(document, said, _in_region(kinds[document.name], said)),
            ]
        )
        problems += found
        if not found and not isinstance(said, list):
            sound[document.name] = said
    return Rules(sound), problems


def _no_region(document: Document, said: KindRules, kind: Identifier) -> list[Problem]:
    if said.region is None or (kind.by_region and kind.by_region(said.region)):
        return []
    what = "there is no such region" if kind.by_region else f"of {document.name} no region makes a difference"
    expected = "a code of ISO 3166, like DE" if kind.by_region else "leave it out"
    return [document.problem(("region",), what, value=said.region, expected=expected)]


def _blocked_that_are_none(document: Document, said: KindRules, kind: Identifier) -> list[Problem]:
    """Values that cannot be of this kind are refused when they come; to block them would do nothing."""
    return [
        document.problem(
            ("blocked", place), "is not valid as an identifier of this kind, and never taken in", value=value
        )
        for place, value in enumerate(said.blocked)
        if kind.normalise(value) is None
    ]
