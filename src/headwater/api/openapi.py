"""The OpenAPI document (3.1) of the API, made from the declarations of its endpoints."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from headwater import __version__
from headwater.api.bodies.body import Nothing
from headwater.api.endpoints.endpoint import Endpoint
from headwater.api.endpoints.every import ENDPOINTS
from headwater.core.errors import Ground

_FAILURES = {
    "400": "The body is not what is taken, or means nothing.",
    "401": "No key that is in force, or a token that does not count.",
    "403": "The role or the key may not do that.",
    "404": "Nobody has that identifier.",
    "409": "The project's files are not sound, or new rules would change too much.",
    "413": "The body is too large.",
    "429": "Too many who were not recognised came from there.",
    "500": "Our fault.",
    "503": "Somebody else is at work on the project, or the machine failed; try again.",
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "blame", "retryable", "next_step"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "blame": {"type": "string"},
                "retryable": {"type": "boolean"},
                "next_step": {"type": ["string", "null"]},
                "problems": {"type": "array", "items": {"type": "object"}},
                "details": {"type": "array", "items": TypeAdapter(Ground).json_schema()},
            },
        }
    },
}


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    _, found = TypeAdapter.json_schemas(_asked(), ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Headwater",
            "version": __version__,
            "description": "Who is who: asked, foreseen, decided; privacy requests; who may use it, and who did.",
        },
        "security": [{"key": []}],
        "paths": {endpoint.path: {endpoint.method.lower(): _operation(endpoint)} for endpoint in ENDPOINTS},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {**found.get("$defs", {}), "Error": _ERROR},
        },
    }


def _asked() -> list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]]:
    """Every body and answer once."""
    takes = {each.takes.__name__: TypeAdapter[Any](each.takes) for each in ENDPOINTS}
    gives = {each.gives.__name__: TypeAdapter[Any](each.gives) for each in ENDPOINTS}
    return [
        *((name, "validation", adapter) for name, adapter in sorted(takes.items())),
        *((name, "serialization", adapter) for name, adapter in sorted(gives.items())),
    ]


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    answers = {"200": {"description": "Done.", "content": _json(endpoint.gives.__name__)}}
    answers |= {status: {"description": why, "content": _json("Error")} for status, why in _FAILURES.items()}
    operation: dict[str, Any] = {
        "operationId": endpoint.path.removeprefix("/v1/").replace("/", "_"),
        "summary": endpoint.does,
        "description": f"The action `{endpoint.asks}`: {endpoint.asks.meaning}",
        "responses": answers,
    }
    if endpoint.method == "GET":
        operation["parameters"] = _parameters(endpoint)
    elif endpoint.takes is not Nothing:
        operation["requestBody"] = {"content": _json(endpoint.takes.__name__)}
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    """What may stand after the question mark."""
    schema = TypeAdapter[Any](endpoint.takes).json_schema(ref_template="#/components/schemas/{model}")
    told, needed = schema.get("properties", {}).items(), schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": about} for name, about in told
    ]


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
