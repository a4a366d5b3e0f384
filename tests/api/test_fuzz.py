"""What the API's own description says can be asked, and a little else, is asked: nothing is our fault, and nothing leaks.

Bodies and questions are made from the OpenAPI document itself, so an endpoint that is new is asked too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest
from hypothesis import given, settings, strategies as st
from tests.api.asking import Asking

from headwater.access.roles import Action, Role
from headwater.api.endpoints.endpoint import Endpoint
from headwater.api.endpoints.every import ENDPOINTS
from headwater.api.openapi import document

LEAK = "ann.leak@example.org"
Strategy = st.SearchStrategy[Any]
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([LEAK, "email", "user_id", "m1", "m3", "people", "2026-01-01", "'; DROP TABLE", "\x00"]),
)
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS, st.just([]), st.just({})
)
# Nobody may make keys here: tests of other things count them.
ASKED = [each for each in ENDPOINTS if each.asks is not Action.MANAGE_KEYS]


def of_schema(schema: dict[str, Any]) -> Strategy:
    """What a schema of the document allows."""
    if "$ref" in schema:
        return of_schema(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return st.one_of(*map(of_schema, schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return OF_TYPE[schema["type"]](schema)


def _object(schema: dict[str, Any]) -> Strategy:
    named = {name: of_schema(each) for name, each in schema.get("properties", {}).items()}
    needed = {name: each for name, each in named.items() if name in schema.get("required", ())}
    return st.fixed_dictionaries(
        needed, optional={name: named[name] for name in named.keys() - needed.keys()}
    )


def _text(schema: dict[str, Any]) -> Strategy:
    is_moment = schema.get("format") == "date-time"
    return st.datetimes().map(lambda moment: moment.isoformat()) if is_moment else TEXTS


OF_TYPE: dict[str, Callable[[dict[str, Any]], Strategy]] = {
    "object": _object,
    "array": lambda schema: st.lists(of_schema(schema["items"]), max_size=3),
    "integer": lambda schema: st.integers(schema.get("minimum", -(2**70)), schema.get("maximum", 2**70)),
    "number": lambda schema: st.floats(schema.get("minimum"), schema.get("maximum"), allow_nan=False),
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
    "string": _text,
}


def bodies(endpoint: Endpoint) -> Strategy:
    """Bodies that an endpoint takes, and some in which something is another thing."""
    said = document()["paths"][endpoint.path][endpoint.method.lower()].get("requestBody")
    if said is None:
        return st.none()
    right = of_schema(said["content"]["application/json"]["schema"])
    return st.one_of(
        right, right, st.tuples(right, st.randoms(), ANYTHING).map(lambda told: spoiled(*told)), ANYTHING
    )


def spoiled(body: Any, chance: Any, other: Any) -> Any:
    """With another thing in some place."""
    if not isinstance(body, dict) or not body:
        return other
    name = chance.choice(sorted(body))
    inner = spoiled(body[name], chance, other) if chance.random() < 0.6 else other
    return {**body, name: inner}


def questions(endpoint: Endpoint) -> Strategy:
    """What may stand after the question mark, and some that may not."""
    told = document()["paths"][endpoint.path][endpoint.method.lower()].get("parameters", [])
    right = st.fixed_dictionaries({}, optional={each["name"]: of_schema(each["schema"]) for each in told})
    return st.one_of(
        right, st.dictionaries(st.sampled_from(["since", "who", "most", "x"]), TEXTS, max_size=2)
    )


def test_the_document_is_one() -> None:
    for schema in document()["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.slow
@settings(max_examples=300)
@given(data=st.data())
def test_nothing_that_can_be_asked_is_our_fault_or_leaks(api: Asking, data: st.DataObject) -> None:
    endpoint, role = data.draw(st.sampled_from(ASKED)), data.draw(st.sampled_from(Role))
    body, asked = (
        data.draw(bodies(endpoint)),
        data.draw(questions(endpoint)) if endpoint.method == "GET" else {},
    )
    sent = None if body is None else json.dumps(body).encode("utf-8", "surrogatepass")
    path = f"{endpoint.path}?{urlencode(asked, errors='surrogatepass')}" if asked else endpoint.path
    answer = api.ask(endpoint.method, path, sent, role)
    statuses = document()["paths"][endpoint.path][endpoint.method.lower()]["responses"]
    assert answer.status_code < 500, answer.text
    assert str(answer.status_code) in statuses
    assert LEAK not in answer.text
    name = endpoint.gives.__name__ if answer.status_code == 200 else "Error"
    schema = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    jsonschema.validate(answer.json(), schema, jsonschema.Draft202012Validator)
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) >= {"code", "message", "blame", "retryable", "next_step"}
