"""A file in `matching/` is judged whole; without one, names say what attributes hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.core.project import open_project
from headwater.identity.identifier import identifier_kinds
from headwater.identity.likeness.declare import Stated, models_or_default, read_models
from headwater.identity.matching.compare import comparisons
from headwater.identity.matching.model import used_kinds

KINDS = identifier_kinds()
STATED = Stated(frozenset({"surname", "givenName", "born", "points", "town"}), traits=frozenset({"revenue"}))


def problems(tmp_path: Path, text: str, name: str = "people", stated: Stated = STATED) -> list[str]:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    (tmp_path / "matching").mkdir()
    (tmp_path / "matching" / f"{name}.yaml").write_text(text)
    return [str(each) for each in read_models(open_project(tmp_path), stated, KINDS)[1]]


@pytest.mark.parametrize(
    "text",
    [
        "{}\n",
        "runs: with every run\n",
        "threshold: 0.95\nattributes: {surname: last_name, born: {kind: birth_date, format: '%d.%m.%Y'}}\n",
        "identifiers: [email, postal]\n",
        "level: household\n",
    ],
)
def test_a_short_file_is_sound(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "attributes: {surnam: last_name}\n",
            "no source states an attribute 'surnam'; did you mean 'surname'?",
        ),
        ("attributes: {surname: lastname}\n", "did you mean 'last_name'"),
        ("attributes: {surname: {kind: last_name, from: crm}}\n", "unknown key 'from'"),
        ("identifiers: [mail]\n", "'mail' is no kind of identifier; did you mean 'email'?"),
        (
            "identifiers: [user_id]\n",
            "'user_id' is the same or another, and never alike; known: email, phone, postal",
        ),
        ("attributes: {town: city}\nidentifiers: []\n", "tell no person from another"),
        ("attributes: {}\nidentifiers: []\n", "there is nothing to compare records by"),
        (
            "level: household\nattributes: {surname: last_name}\nidentifiers: [email]\n",
            "kinds last_name and street",
        ),
        ("level: family\n", "person"),
        ("threshold: 1\n", "threshold"),
        ("runs: nightly\n", "with every run"),
        ("fields: []\n", "did you mean 'attributes'?"),
        ("- people\n", "keys and values"),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(tmp_path: Path, text: str, told: str) -> None:
    [problem] = problems(tmp_path, text)
    assert problem.startswith("matching/people.yaml")
    assert told in problem


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, "attributes: {a: last_name, b: email}\nidentifiers: [c]\n")
    assert [each.split(" at ")[0] for each in found] == [f"matching/people.yaml:{line}" for line in (1, 1, 2)]


def test_what_clients_may_state_yet_is_not_held_wrong(tmp_path: Path) -> None:
    assert (
        problems(tmp_path, "attributes: {lastName: last_name}\n", stated=Stated(frozenset(), is_open=True))
        == []
    )


@pytest.mark.parametrize("name", ["revenue", "points"])
def test_a_household_is_not_called_as_a_trait_is(tmp_path: Path, name: str) -> None:
    [problem] = problems(tmp_path, "level: household\n", name)
    assert f"there is a trait '{name}' already" in problem


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, "{}\n", "Our People")
    assert "lower case" in problem


def test_without_a_file_there_is_one_model() -> None:
    [model] = models_or_default({}, KINDS).values()
    assert (model.name, model.said.level, model.said.runs) == ("people", "person", "by hand")
    assert model.identifiers == ("email", "phone", "postal")
    held = model.attributes(["zip", "shoe_size", "surname", "Last Name"])
    assert {name: each.kind for name, each in held.items()} == {
        "Last Name": "last_name", "surname": "last_name", "zip": "postcode",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_identifiers_are_compared_as_can_be_compared(kind: str) -> None:
    holds = KINDS[kind].compared_as
    assert set(holds) <= used_kinds("person")
    assert bool(comparisons("person", list(holds))) is bool(holds)
