"""Every endpoint: who may ask, what is answered, and what to a request that is none."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
import jsonschema
import pytest
from hypothesis import given, settings, strategies as st
from tests.api.asking import BODIES, ONE, PAIR, Asking, ready_for

from headwater.access.roles import Action, Role
from headwater.api.bodies.body import MOST_BYTES
from headwater.api.endpoints import endpoint as of_endpoint
from headwater.api.endpoints.endpoint import Endpoint
from headwater.api.endpoints.every import ENDPOINTS
from headwater.api.openapi import document
from headwater.core.owner import own

ALL = [pytest.param(each, id=each.path) for each in ENDPOINTS]
POSTED = [pytest.param(each, id=each.path) for each in ENDPOINTS if each.method == "POST"]
CHANGING = [
    pytest.param(each, id=each.path) for each in ENDPOINTS if each.asks is Action.CHANGE_IDENTITY
]  # fmt: skip
TAKE_NONE = {  # a body that is left out says the same as an empty one
    "/v1/identity/simulate",
    "/v1/identity/apply",
    "/v1/identity/match",
    "/v1/identity/match/apply",
    "/v1/privacy/retain",
    "/v1/privacy/resume",
}
ANN = "ann.private@example.org"  # in no answer


def ask(
    api: Asking, endpoint: Endpoint, body: object = None, key: str | Role | None = Role.ADMIN
) -> httpx.Response:
    return api.ask(endpoint.method, endpoint.path, body, key)


def code(answer: httpx.Response) -> str:
    error = answer.json()["error"]
    assert error["message"]
    assert set(error) >= {"code", "message", "blame", "retryable", "next_step"}
    return str(error["code"])


def test_a_body_is_known_for_every_endpoint() -> None:
    assert set(BODIES) == {each.path for each in ENDPOINTS}


@pytest.mark.parametrize("endpoint", ALL)
@pytest.mark.parametrize("key", [None, "", "hw_000000000000_" + "A" * 43, f"hw_{ANN}"])
def test_without_a_key_in_force_nothing_is_done(api: Asking, endpoint: Endpoint, key: str | None) -> None:
    answer = ask(api, endpoint, BODIES[endpoint.path], key)
    assert (answer.status_code, code(answer)) == (401, "key_unknown")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert ANN not in answer.text


@pytest.mark.parametrize("scheme", ["Basic", "bearer", "BEARER"])
def test_a_key_is_a_bearers(api: Asking, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {api.secrets[Role.ANALYST]}"}
    import asyncio

    async def go() -> int:
        transport = httpx.ASGITransport(api.api.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return (await client.get("/v1/identity/junk", headers=headers)).status_code

    assert asyncio.run(go()) == (401 if scheme == "Basic" else 200)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("endpoint", ALL)
def test_a_role_may_what_it_is_declared_to(api: Asking, endpoint: Endpoint, role: Role) -> None:
    # What is said means nothing, so that nothing is changed: the right is asked for first.
    path = endpoint.path + ("?nothing=known" if endpoint.method == "GET" else "")
    answer = api.ask(endpoint.method, path, {"nothing": "known"}, role)
    assert answer.status_code == (400 if endpoint.asks in role.actions else 403)


@pytest.mark.parametrize("endpoint", ALL)
def test_an_answer_is_what_the_document_says(api: Asking, endpoint: Endpoint) -> None:
    with ready_for(endpoint.path, api):
        answer = ask(api, endpoint, BODIES[endpoint.path])
    assert answer.status_code == 200, answer.text
    schema = {
        "$ref": f"#/components/schemas/{endpoint.gives.__name__}",
        "components": document()["components"],
    }
    jsonschema.validate(answer.json(), schema, jsonschema.Draft202012Validator)
    if endpoint.path in ("/v1/identity/link", "/v1/identity/unmerge"):
        assert api.ask("POST", "/v1/identity/withdraw", PAIR).status_code == 200


BAD = {
    "no JSON": b"{",
    "no UTF-8": b'{"one": "\xff"}',
    "a list": [ANN],
    "a text": ANN,
    "nothing": None,
    "an unknown field": {ANN: ANN},
    "an unknown kind": {"identifier": ANN, "value": ANN, "one": {"identifier": ANN, "value": ANN}},
    "no text": {"identifier": "email", "value": 17, "one": {"identifier": "email", "value": [ANN]}},
    "half a character": b'{"identifier": "email", "value": "\\ud800"}',
    "depth": b"[" * 50_000,
    "length": {"identifier": "user_id", "value": ANN * 100, "link": ANN, "anyway": ANN},
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
@pytest.mark.parametrize("endpoint", POSTED)
def test_a_body_that_is_not_taken_is_told_without_repeating_it(
    api: Asking, endpoint: Endpoint, body: object
) -> None:
    if body is None and endpoint.path in TAKE_NONE:
        return  # they take none
    answer = ask(api, endpoint, body)
    assert (answer.status_code, code(answer)) == (400, "body_invalid")
    assert ANN not in answer.text
    assert answer.json()["error"]["problems"]


def test_what_is_wrong_is_named_with_its_place(api: Asking) -> None:
    answer = api.ask("POST", "/v1/identity/simulate", {"link": {"one": {"identifier": "email"}, ANN: 1}})
    assert {each["path"]: each["message"] for each in answer.json()["error"]["problems"]} == {
        "link.one.value": "is missing",
        "link.other": "is missing",
        "link": "has a field that is not known; there are: one, other",
    }


def test_a_large_body_is_not_read_to_its_end(api: Asking) -> None:
    answer = api.ask("POST", "/v1/identity/explain", b" " * (MOST_BYTES + 1))
    assert (answer.status_code, code(answer)) == (413, "body_too_large")


_LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.just(ANN)
_KEYS = (
    st.sampled_from(
        ["one", "other", "identifier", "value", "link", "unmerge", "anyway", "reason", "n_events"]
    )
    | st.text()
)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60)
@given(body=_JSON, endpoint=st.sampled_from([each for each in ENDPOINTS if not each.asks.changes]))
def test_no_body_at_all_is_our_fault_or_comes_back(api: Asking, body: object, endpoint: Endpoint) -> None:
    answer = ask(api, endpoint, json.dumps(body).encode())
    assert answer.status_code in (200, 400, 404), answer.text
    assert answer.status_code == 200 or ANN not in answer.text


@pytest.mark.parametrize(
    ("value", "status", "told"),
    [
        ({"identifier": "email", "value": ANN}, 404, "nobody has that email"),
        ({"identifier": "email", "value": "ann.private"}, 400, "that is no valid email"),
        ({"identifier": "user_id", "value": "a\x00b'; DROP TABLE nodes; --"}, 404, "nobody has that user_id"),
        ({"identifier": "user_id", "value": "17"}, 404, "nobody has that user_id"),
    ],
)
def test_who_is_not_there_is_told_by_kind(api: Asking, value, status, told) -> None:
    for path, body in (
        ("/v1/profiles/find", value),
        ("/v1/identity/history", value),
        ("/v1/identity/explain", {"one": ONE, "other": value}),
        ("/v1/identity/link", {"one": ONE, "other": value, "reason": "x"}),
        ("/v1/identity/simulate", {"unmerge": {"one": value, "other": ONE}}),
    ):
        answer = api.ask("POST", path, body)
        assert (answer.status_code, answer.json()["error"]["message"]) == (status, told)
        assert value["value"] not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", f"/v1/{ANN}", 404), ("GET", "/v1/identity/link", 405), ("POST", "/", 404)],
)
def test_what_is_not_there_is_answered_as_json(api: Asking, method: str, path: str, status: int) -> None:
    answer = api.ask(method, path)
    assert answer.status_code == status
    assert code(answer)
    assert ANN not in answer.text
    assert status != 405 or answer.headers["Allow"] == "POST"


def test_a_decision_is_noted_under_the_name_of_the_key_and_told_without_whom_it_is_about(api: Asking) -> None:
    linked = api.ask("POST", "/v1/identity/link", BODIES["/v1/identity/link"])
    assert linked.json()["is_one"]
    [decided] = api.ask("GET", "/v1/identity/decisions").json()["decisions"]
    assert (decided["decided_by"], decided["reason"]) == ("the_admin", "called us")
    assert api.told[-1] == "api: /v1/identity/link, by the_admin"
    assert not api.ask("POST", "/v1/identity/withdraw", PAIR).json()["is_one"]
    assert api.ask("GET", "/v1/identity/decisions").json() == {"decisions": []}


@pytest.mark.parametrize("endpoint", CHANGING)
def test_while_somebody_else_is_at_work_one_is_asked_to_come_again(
    api: Asking, endpoint: Endpoint, monkeypatch
) -> None:
    monkeypatch.setattr(of_endpoint, "WAIT_SECONDS", 0.0)
    with own(api.root):
        answer = ask(api, endpoint, BODIES[endpoint.path])
        assert (answer.status_code, code(answer)) == (503, "project_busy")
        assert int(answer.headers["Retry-After"]) > 0
        assert api.ask("POST", "/v1/identity/explain", PAIR).status_code == 200


def test_who_waits_gets_a_turn(api: Asking) -> None:
    with own(api.root):
        ended = threading.Event()
        answers: list[httpx.Response] = []

        def wait() -> None:
            answers.append(api.ask("POST", "/v1/identity/apply"))
            ended.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not ended.wait(0.5)
    waiting.join()
    assert answers[0].status_code == 200


def test_unsound_files_are_told_by_their_place(api: Asking) -> None:
    path = api.root / "identifiers" / "email.yaml"
    path.parent.mkdir()
    path.write_text(f"blocked: ['{ANN}', 'none of {ANN}']\n")
    answer = api.ask("POST", "/v1/identity/simulate")
    path.unlink()
    path.parent.rmdir()
    assert (answer.status_code, code(answer)) == (409, "project_invalid")
    assert "identifiers/email.yaml:1" in answer.text
    assert ANN not in answer.text


def test_what_goes_wrong_inside_stays_there(api: Asking, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(ANN)

    monkeypatch.setattr(of_endpoint.Identities, "junk", fail)
    answer = api.ask("GET", "/v1/identity/junk")
    assert (answer.status_code, code(answer)) == (500, "bug")
    assert ANN not in answer.text + api.told[-1]
    assert "RuntimeError" in api.told[-1]


def test_answers_are_kept_by_nobody_on_the_way(api: Asking) -> None:
    assert api.ask("POST", "/v1/profiles/find", ONE).headers["Cache-Control"] == "no-store"


def test_the_document_is_given_to_whoever_asks_and_refers_to_what_is_in_it(api: Asking) -> None:
    given_document = api.ask("GET", "/v1/openapi.json", key=None)
    assert given_document.status_code == 200
    told = given_document.json()
    assert set(told["paths"]) == set(BODIES)
    for reference in set(_references(told)):
        assert reference.removeprefix("#/components/schemas/") in told["components"]["schemas"]


def _references(held: object) -> list[str]:
    inner = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    own_one = [held["$ref"]] if isinstance(held, dict) and "$ref" in held else []
    return own_one + [each for value in inner for each in _references(value)]


def test_the_page_shows_every_endpoint_with_its_right() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for each in ENDPOINTS:
        assert f"| `{each.method} {each.path}` | `{each.asks}` | {each.does.rstrip('.')} |" in page
