"""No answer shows a role what it may not see: every text says what it is, and none that may not be seen is there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from textwrap import dedent
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings, strategies as st
from tests.api.asking import BODIES, Asking

from headwater.access.roles import Role
from headwater.api.endpoints.endpoint import Endpoint
from headwater.api.endpoints.every import ENDPOINTS
from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.privacy.anonymity.counts import Crowd
from headwater.privacy.labels import Label
from headwater.privacy.shown import OfTrait, Says
from headwater.profiles.show import HeldConsent, HeldEvent, HeldIdentifier, HeldList
from headwater.tables.nodes import opened
from headwater.tables.table import all_tables
from headwater.tables.workspace import read, work
from headwater.testing.shop import make_shop

PLAIN = (bool, int, float, datetime, date, NoneType)


def unsaid(kind: Any, place: str, says: Says | None = None, around: type | None = None) -> Iterator[str]:
    """The places in a type that hold text, or anything, and say nothing of it."""
    if get_origin(kind) is Annotated:
        says = next((each for each in kind.__metadata__ if isinstance(each, Says)), says)
        yield from _missing(says, place, around)
        yield from unsaid(kind.__origin__, place, says, around)
    elif kind is Crowd:
        return  # is shown as a number
    elif is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind, include_extras=True)
        for each in fields(kind):
            yield from unsaid(hints[each.name], f"{place}.{each.name}", None, kind)
    elif kind is str:
        yield from [] if says else [f"{place}: text that says nothing"]
    elif _is_of_others(kind):
        for each in get_args(kind):
            if each is not Ellipsis:
                yield from unsaid(each, f"{place}[]", says, around)
    elif get_origin(kind) is not Literal and not (
        isinstance(kind, type) and issubclass(kind, (*PLAIN, Enum))
    ):
        yield f"{place}: {kind} can be anything"


def _missing(says: Says | None, place: str, around: type | None) -> Iterator[str]:
    """The field that is named and is not beside it."""
    name = getattr(says, "kind_in", "") or getattr(says, "name_in", "")
    if name and name not in (get_type_hints(around) if around else {}):
        yield f"{place}: there is no field {name} beside it"


def _is_of_others(kind: Any) -> bool:
    """Whether a type is alternatives, a sequence or a mapping, and says of what."""
    origin = get_origin(kind)
    return origin in (Union, UnionType, tuple, list) or (
        isinstance(origin, type) and issubclass(origin, Mapping)
    )


@pytest.mark.parametrize("endpoint", [pytest.param(each, id=each.path) for each in ENDPOINTS])
def test_every_text_of_an_answer_says_what_it_is(endpoint: Endpoint) -> None:
    assert list(unsaid(endpoint.gives, endpoint.gives.__name__)) == []


def test_a_text_that_says_nothing_would_be_found() -> None:
    assert list(unsaid(str, "x")) == ["x: text that says nothing"]
    assert list(unsaid(tuple[str, ...], "x")) == ["x[]: text that says nothing"]
    assert list(unsaid(Mapping[str, int] | None, "x")) == ["x[][]: text that says nothing"]
    assert list(unsaid(Any, "x")) == ["x: typing.Any can be anything"]
    assert list(unsaid(Annotated[str, OfTrait(name_in="none")], "x", around=HeldList)) == [
        "x: there is no field none beside it"
    ]


@pytest.mark.parametrize(
    ("held", "table"),
    [(HeldIdentifier, "nodes"), (HeldConsent, "consents"), (HeldEvent, "events"), (HeldList, "list_entries")],
)
def test_what_a_profile_shows_of_a_table_carries_what_its_columns_do(held: type, table: str) -> None:
    for name, kind in get_type_hints(held, include_extras=True).items():
        declared = all_tables()[table if all_tables()[table].has(name) else "nodes"]  # of whose node it is
        labels = {Label(each) for each in declared.column(name).labels}
        says = {each for part in (kind, *get_args(kind)) for each in getattr(part, "__metadata__", ())}
        assert {label for each in says for label in each.labels} == labels, name


@pytest.fixture(scope="module")
def values(api: Asking) -> set[str]:
    """Every identifier there is, as it is."""
    with read(open_project(api.root)) as workspace:
        found = workspace.engine.table(f"SELECT {opened()} AS value FROM nodes").column("value").to_pylist()
    return set(found)


def test_identifiers_are_shown_to_who_may_see_them_and_to_nobody_else(api: Asking, values: set[str]) -> None:
    one = {"identifier": "user_id", "value": "m1"}
    for role in Role:
        answer = api.ask("POST", "/v1/profiles/find", one, role)
        if answer.status_code == 200:
            shown = {each["value"] for each in answer.json()["identifiers"]}
            assert bool(shown & values) == (Label.IDENTIFIER in role.labels)
            assert any(each.startswith("user_id:") for each in shown) == (
                role in (Role.ENGINEER, Role.ANALYST)
            )


NOT_SEEING = [role for role in Role if Label.IDENTIFIER not in role.labels]
# What changes who is who is asked for by nobody who could see what comes of it; bodies that it takes would end what is shared.
ASKED = [each for each in ENDPOINTS if each.path != "/v1/identity/apply" and "keys" not in each.path]


@pytest.mark.slow
@settings(max_examples=50)
@given(data=st.data())
def test_no_answer_holds_an_identifier_that_a_role_may_not_see(
    api: Asking, values: set[str], data: st.DataObject
) -> None:
    endpoint, role = data.draw(st.sampled_from(ASKED)), data.draw(st.sampled_from(NOT_SEEING))
    value = st.sampled_from(sorted(values))
    identified = st.fixed_dictionaries(
        {"identifier": st.sampled_from(["user_id", "email", "anonymous_id"]), "value": value}
    )
    whole: Any = BODIES[endpoint.path]
    body = _replaced(whole, data.draw(identified), data.draw(identified))
    answer = api.ask(endpoint.method, endpoint.path, body, role)
    assert answer.status_code < 500
    texts = set(_texts(answer.json()))
    assert not texts & values
    assert not [each for each in values if "@" in each and each in answer.text]


def _replaced(body: Any, one: object, other: object) -> Any:
    """A body with other identifiers in it."""
    if isinstance(body, dict) and "identifier" in body:
        return {**body, **dict(one)}  # type: ignore[call-overload]
    if isinstance(body, dict):
        return {
            name: _replaced(each, *((one, other) if name != "other" else (other, one)))
            for name, each in body.items()
        }
    return body


def _texts(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        yield held
        yield from held.split()
    for each in held.values() if isinstance(held, dict) else held if isinstance(held, list) else ():
        yield from _texts(each)


def test_a_reason_and_a_suspect_are_masked_too(api: Asking) -> None:
    api.ask("POST", "/v1/identity/link", {**BODIES["/v1/identity/link"], "reason": "ann@example.org called"})
    seen = {role: api.ask("GET", "/v1/identity/decisions", None, role).text for role in Role}
    api.ask("POST", "/v1/identity/withdraw", BODIES["/v1/identity/withdraw"])
    assert "ann@example.org" in seen[Role.ADMIN]
    assert all("ann@example.org" not in seen[role] for role in NOT_SEEING)
    assert json.loads(seen[Role.ANALYST])["decisions"][0]["reason"] == "(hidden: identifier)"


LABELLED = {
    "sources/members.yaml": """
        kind: files
        read: {path: data/members.csv}
        identifiers: {user_id: member, email: email}
        attributes: {city: city, points: {column: points, type: number, labels: [financial]}}
        consents: [{purpose: newsletter, column: newsletter}]
        """,
    "audiences/rich.yaml": "rule: {trait: points, is: {at_least: 0}}",
    "destinations/mailing.yaml": """
        kind: csv_file
        purpose: newsletter
        audiences: all
        accepts: [financial]
        identifiers: {email: sha256_hex}
        settings: {folder: deliveries}
        """,
}


@pytest.fixture
def labelled(tmp_path: Path) -> Iterator[Asking]:
    """Of a shop in which points are financial, and an audience is made of them."""
    folder = make_shop(tmp_path / "shop", n_people=6, n_purchases=20).folder
    for name, text in LABELLED.items():
        (folder / name).write_text(dedent(text).lstrip())
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    asking = Asking(folder)
    yield asking
    asking.close()


def test_traits_and_audiences_are_masked_by_the_labels_of_the_project(labelled: Asking) -> None:
    def found(role: Role) -> tuple[str, set[str]]:
        told = labelled.ask(
            "POST", "/v1/profiles/find", {"identifier": "user_id", "value": "m1"}, role
        ).json()
        [points] = [each["value"] for each in told["traits"] if each["trait"] == "points"]
        assert [each["value"] for each in told["traits"] if each["trait"] == "city"] == ["Berlin"]
        return points, {each["audience"] for each in told["audiences"]}

    points, audiences = found(Role.PRIVACY_OFFICER)
    assert points.isdecimal()
    assert "rich" in audiences
    points, audiences = found(Role.ANALYST)
    assert points == "(hidden: financial)"
    assert "rich" not in audiences
    assert "(hidden: financial)" in audiences
