"""Whom a purpose is not for: by where they are, and how old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from headwater.core.config import Purpose
from headwater.core.project import Project, open_project
from headwater.core.purpose import GateFields
from headwater.privacy.consent import Standing
from headwater.privacy.gate import SOMEBODY, PermitRequest, Reason, Use, permit, permit_person
from headwater.tables.traits import TABLE as TRAITS
from headwater.tables.workspace import Workspace, read

CONFIG = """
project: shop
time_zone: Europe/Berlin
now: 2026-06-01T00:30
purposes:
  anywhere: {description: a, lawful_basis: contract}
  europe: {description: a, lawful_basis: contract, jurisdictions: [EU, US-CA]}
  not_france: {description: a, lawful_basis: contract, jurisdictions: {except: [FR]}}
  adults: {description: a, lawful_basis: contract, minimum_age: 18}
  both: {description: a, lawful_basis: contract, jurisdictions: {only: [EU, US], except: [US-CA]}, minimum_age: 16}
  asked: {description: a, minimum_age: 18}
gate: {country: country, region: state, age: age, birth_date: born, is_child: minor}
"""
Facts = Mapping[str, object]
PURPOSES = ("anywhere", "europe", "not_france", "adults", "both")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("project")
    (root / "headwater.yaml").write_text(CONFIG)
    with read(open_project(root)) as workspace:
        yield workspace


def state(workspace: Workspace, people: list[Facts]) -> None:
    """Let these be the traits of profiles 0, 1, ..."""
    kinds = {str: "text", float: "number", bool: "boolean", datetime: "instant", tuple: "texts"}
    rows = [
        {
            "profile_id": place,
            "trait": name,
            "type": kinds[type(value)],
            kinds[type(value)]: value,
            "origin": "t",
        }
        for place, facts in enumerate(people)
        for name, value in facts.items()
    ]
    workspace.engine.register(TRAITS.name, pa.Table.from_pylist(rows, schema=TRAITS.schema))
    workspace.stand_ins.add(TRAITS.name)


def request(purpose: str, people: int = 0) -> PermitRequest:
    ids = np.arange(people) if people else SOMEBODY
    return PermitRequest(purpose, Use.PERSONALISATION, "hero", ids, {}, frozenset())


def live(project: Project, purpose: str, facts: Facts) -> Reason | None:
    permitted = permit_person(request(purpose), Standing.GRANTED, project, facts)
    assert len(permitted.profile_ids) + sum(permitted.left_out.values()) == 1
    return next(iter(permitted.left_out), None)


@pytest.mark.parametrize(
    ("purpose", "facts", "reason"),
    [
        ("anywhere", {}, None),
        ("europe", {"country": "DE"}, None),
        ("europe", {"country": " de "}, None),
        ("europe", {"country": "US", "state": "CA"}, None),
        ("europe", {"country": "US", "state": "NY"}, Reason.WRONG_JURISDICTION),
        ("europe", {"country": "US"}, Reason.UNKNOWN_JURISDICTION),
        ("europe", {"country": "CN"}, Reason.WRONG_JURISDICTION),
        ("europe", {}, Reason.UNKNOWN_JURISDICTION),
        ("europe", {"country": "Germany"}, Reason.UNKNOWN_JURISDICTION),
        ("not_france", {"country": "FR"}, Reason.WRONG_JURISDICTION),
        ("not_france", {"country": "CN"}, None),
        ("not_france", {}, Reason.UNKNOWN_JURISDICTION),
        ("adults", {}, Reason.UNKNOWN_AGE),
        ("adults", {"age": 18.0}, None),
        ("adults", {"age": "25-34"}, None),
        ("adults", {"age": "16-24"}, Reason.TOO_YOUNG),
        ("adults", {"born": "2008-06-01"}, None),  # eighteen since half an hour, in Berlin
        ("adults", {"born": "2008-06-02"}, Reason.TOO_YOUNG),
        ("adults", {"born": datetime(2008, 6, 2)}, Reason.TOO_YOUNG),
        ("adults", {"born": "2008-06-02", "age": 40.0}, Reason.TOO_YOUNG),
        ("adults", {"age": 40.0, "minor": True}, Reason.TOO_YOUNG),
        ("adults", {"minor": False}, Reason.UNKNOWN_AGE),
        ("adults", {"age": ("40",)}, Reason.UNKNOWN_AGE),
        ("both", {"country": "DE", "age": 16.0}, None),
        ("both", {"country": "DE"}, Reason.UNKNOWN_AGE),
        ("both", {"country": "US-CA", "age": 3.0}, Reason.WRONG_JURISDICTION),
    ],
)  # fmt: skip
def test_who_is_left_out_at_rest_and_live(workspace, purpose, facts, reason):
    state(workspace, [facts])
    assert live(workspace.project, purpose, facts) is reason
    assert dict(permit(request(purpose, 1), workspace).left_out) == ({reason: 1} if reason else {})


@pytest.mark.parametrize("purpose", ["europe", "adults", "both"])
def test_who_is_not_known_is_permitted_where_the_project_says_so(workspace, purpose):
    gate = GateFields.model_validate(
        {**workspace.project.config.gate.model_dump(), "unknown_place": "permit", "unknown_age": "permit"}
    )
    project = replace(workspace.project, config=workspace.project.config.model_copy(update={"gate": gate}))
    assert live(project, purpose, {}) is None
    assert live(project, purpose, {"country": "CN", "minor": True}) is not None


def test_a_reason_of_consent_comes_before_one_of_age(workspace):
    permitted = permit_person(request("asked"), Standing.DENIED, workspace.project, {"age": 3.0})
    assert dict(permitted.left_out) == {Reason.CONSENT_DENIED: 1}


def test_an_age_that_nothing_tells_is_unknown(tmp_path):
    purpose = Purpose(description="a", lawful_basis="contract", minimum_age=18)
    (tmp_path / "headwater.yaml").write_text(CONFIG)
    project = open_project(tmp_path)
    config = project.config.model_copy(update={"gate": GateFields(), "purposes": {"adults": purpose}})
    assert live(replace(project, config=config), "adults", {"age": 40.0}) is Reason.UNKNOWN_AGE


PLACES = st.sampled_from(["DE", "FR", "US", "us-ca", "UK", "", "Germany", "US-TX"])
PEOPLE = st.fixed_dictionaries(
    {},
    optional={
        "country": PLACES,
        "state": st.sampled_from(["CA", "US-CA", "x y", "NW"]) | st.booleans(),
        "age": st.floats(0, 200) | st.sampled_from(["17", "18+", "young", "10-19"]) | st.just(("18",)),
        "born": st.dates().map(str) | st.just(datetime(2009, 1, 1)) | st.sampled_from(["2008", "soon"]),
        "minor": st.booleans() | st.sampled_from(["yes", "no"]),
    },
)


@settings(max_examples=20, deadline=None)
@given(people=st.lists(PEOPLE, min_size=1, max_size=8), purpose=st.sampled_from(PURPOSES))
def test_people_at_rest_are_judged_as_each_of_them_live(workspace, people, purpose):
    state(workspace, people)
    permitted = permit(request(purpose, len(people)), workspace)
    each = [live(workspace.project, purpose, facts) for facts in people]
    assert permitted.profile_ids.tolist() == [place for place, reason in enumerate(each) if reason is None]
    assert dict(permitted.left_out) == {reason: each.count(reason) for reason in each if reason}


def test_today_is_the_projects_day(workspace):
    assert workspace.clock.now() == datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    assert str(workspace.clock.today()) == "2026-06-01"
