"""No answer shows a role that may not see small counts one, and every number that counts people says that it does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import jsonschema
import pytest
from tests.api.asking import BODIES, PAIR, Asking

from headwater.access.roles import Action, Role
from headwater.api.endpoints.every import ENDPOINTS
from headwater.api.openapi import document
from headwater.flow.identity_effects import AudienceMove, Effect
from headwater.identity.explain import Explained
from headwater.identity.junk import Suspect
from headwater.privacy.receipt import Left, Receipt
from headwater.privacy.shown import BELOW_FLOOR, Counts
from headwater.profiles.show import Profile

TRUSTED = {role for role in Role if Action.SEE_SMALL_COUNTS in role.actions}
# What is told of single people, or of persons who asked, is no count of people; releases are noisy already.
OF_ONE = {Explained, Profile, Suspect, Receipt, Left}
OF_ONE_BY_NAME = {
    "Answer",
    "Answered",
    "Exported",
    "Holding",
    "Lifted",
    "Listed",
    "Objected",
    "ReleasedCount",
    "Verified",
}


def uncounted(kind: Any, place: str) -> Iterator[str]:
    """Whole numbers in a type that are called like counts and do not say that they count people."""
    if get_origin(kind) is Annotated:
        if any(isinstance(each, Counts) for each in kind.__metadata__):
            return
        yield from uncounted(kind.__origin__, place)
    elif isinstance(kind, type) and is_dataclass(kind):
        if kind in OF_ONE or kind.__name__ in OF_ONE_BY_NAME:
            return
        hints = get_type_hints(kind, include_extras=True)
        for each in fields(kind):
            yield from uncounted(hints[each.name], f"{kind.__name__}.{each.name}")
    elif kind is int:
        name = place.rpartition(".")[2]
        yield from [place] if name.startswith(("n_", "size", "counts")) or name == "n" else []
    else:
        for each in get_args(kind):
            yield from uncounted(each, place)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.path)
def test_every_number_that_counts_people_says_so(endpoint: Any) -> None:
    assert list(uncounted(endpoint.gives, endpoint.gives.__name__)) == []


def test_one_that_does_not_would_be_found() -> None:
    assert list(uncounted(Mapping[str, int], "Effect.n_merged")) == ["Effect.n_merged"]


def ask(api: Asking, path: str, role: Role, method: str = "POST") -> Any:
    answer = api.ask(method, path, BODIES[path], role)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("role", sorted(set(Role) - TRUSTED))
def test_few_people_are_not_told(role: Role, api: Asking) -> None:
    found = ask(api, "/v1/audiences", role, "GET")
    assert found["n_profiles"] == BELOW_FLOOR
    assert {json.dumps(each["size"]) for each in found["audiences"]} == {json.dumps(BELOW_FLOOR)}
    shared = ask(api, "/v1/audiences/overlap", role)
    assert [each["both"] for each in shared["overlaps"]] == [BELOW_FLOOR]
    effect = ask(api, "/v1/identity/simulate", role)
    numbers = {name: value for name, value in effect.items() if name.startswith("n_")}
    assert numbers
    assert all(value == BELOW_FLOOR or value >= 25 for value in numbers.values())
    assert numbers["n_merged"] == numbers["n_changed"] == BELOW_FLOOR
    assert (effect["largest"], effect["audiences"]) == ([], [])


@pytest.mark.parametrize("role", sorted(TRUSTED))
def test_who_may_see_small_counts_sees_them(role: Role, api: Asking) -> None:
    found = ask(api, "/v1/audiences", role, "GET")
    assert 0 < found["n_profiles"] < 25
    effect = ask(api, "/v1/identity/simulate", role)
    assert effect["n_merged"] == 2
    assert effect["largest"]


def test_a_key_that_is_limited_to_counts_sees_no_small_ones(api: Asking) -> None:
    secret = api.keys.create("limited", Role.ADMIN, only=(Action.SEE_COUNTS,))
    answer = api.ask("GET", "/v1/audiences", None, secret).json()
    assert answer["n_profiles"] == BELOW_FLOOR


@pytest.mark.parametrize("path", ["/v1/audiences/overlap", "/v1/identity/simulate"])
def test_the_document_tells_of_what_is_not_told(path: str, api: Asking) -> None:
    endpoint = next(each for each in ENDPOINTS if each.path == path)
    schema = {
        "$ref": f"#/components/schemas/{endpoint.gives.__name__}",
        "components": document()["components"],
    }
    jsonschema.validate(ask(api, path, Role.ANALYST), schema, jsonschema.Draft202012Validator)


def test_warnings_hold_counts_and_are_hidden(api: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    from headwater.api.endpoints import endpoint as of_endpoint

    effect = Effect(9, 9, 8, 2, 0, 2, 0, 0, (), (AudienceMove("coffee_lovers", 2, 1, 0, 1),), (), ("2 of 9",))
    monkeypatch.setattr(of_endpoint.Identities, "simulate", lambda *_, **__: effect)
    found = api.ask("POST", "/v1/identity/simulate", {"link": PAIR}, Role.MARKETER).json()
    assert found["warnings"] == ["(hidden: counts)"]
    assert found["audiences"] == []
    shown = api.ask("POST", "/v1/identity/simulate", {"link": PAIR}, Role.ENGINEER).json()
    assert shown["warnings"] == ["2 of 9"]


def test_off_shows_every_count(api: Asking) -> None:
    config = Path(api.root) / "headwater.yaml"
    text = config.read_text()
    config.write_text(text.replace("{epsilon: 20}", "{epsilon: 20, floor: off}"))
    try:
        assert ask(api, "/v1/audiences", Role.MARKETER, "GET")["n_profiles"] > 0
    finally:
        config.write_text(text)
