"""A project of three purposes, whose placements a test states outright."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from headwater.audiences.lineage import Lineage
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.core.errors import Problem
from headwater.core.project import Project, open_project
from headwater.live.person import Person
from headwater.personalise.decide import Context
from headwater.personalise.placements import Placement, read_placements
from headwater.privacy.labels import Label, Origin

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CONFIG = """
project: shop
time_zone: Europe/Berlin
purposes:
  personalisation: {description: Show what fits}
  service: {description: Answering people, lawful_basis: contract}
  profiling: {description: Better offers, lawful_basis: legitimate_interest}
"""
VOCABULARY = Vocabulary(
    traits={
        "city": ValueType.TEXT,
        "points": ValueType.NUMBER,
        "illness": ValueType.TEXT,
        "email": ValueType.TEXT,
    },
    audiences=frozenset({"coffee_lovers", "lapsed", "patients"}),
)
LINEAGE = Lineage(
    traits={
        "illness": frozenset({Origin(Label.SENSITIVE, "attribute 'illness'", "sources/crm.yaml:3")}),
        "email": frozenset({Origin(Label.IDENTIFIER, "identifier 'email'")}),
    },
    audiences={"patients": frozenset({Origin(Label.SENSITIVE, "attribute 'illness'", "sources/crm.yaml:3")})},
)

Declare = Callable[[Mapping[str, str]], tuple[dict[str, Placement], list[Problem]]]
Sound = Callable[[str], Placement]


def someone(key: str = "p1", *, audiences: tuple[str, ...] = (), **others: object) -> Person:
    """A person who agreed to everything, unless said otherwise."""
    told = {"consents": {"personalisation": "granted"}, **others}
    return Person(key=key, audiences=dict.fromkeys(audiences, NOW), **told)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("project")
    (root / "headwater.yaml").write_text(CONFIG)
    return open_project(root)


@pytest.fixture(scope="session")
def declare(tmp_path_factory: pytest.TempPathFactory) -> Declare:
    """The placements of a project with these files."""

    def declared(files: Mapping[str, str]) -> tuple[dict[str, Placement], list[Problem]]:
        root: Path = tmp_path_factory.mktemp("declared")
        (root / "placements").mkdir()
        (root / "headwater.yaml").write_text(CONFIG)
        for name, text in files.items():
            (root / "placements" / f"{name}.yaml").write_text(text)
        return read_placements(open_project(root), VOCABULARY, LINEAGE)

    return declared


@pytest.fixture(scope="session")
def sound(declare: Declare) -> Sound:
    """The placement `hero` that says this."""

    @cache
    def read(text: str) -> Placement:
        placements, problems = declare({"hero": text})
        assert problems == []
        return placements["hero"]

    return read


@pytest.fixture(scope="session")
def context(project: Project) -> Context:
    return Context(project, Clock(project.clock.zone, NOW))
