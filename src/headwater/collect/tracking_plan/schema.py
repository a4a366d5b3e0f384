"""JSON Schemas that people write into the project's files: judged, each mistake with its place, and made ready to validate.

Reads plain data; gives a `Validator` or what is wrong. Nothing is fetched: a schema refers to its own parts only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from jsonschema_rs import Validator

from headwater.core.documents import Mistake, Place
from headwater.core.errors import nearest, suggest

LATEST = "https://json-schema.org/draft/2020-12/schema"
DRAFTS = (LATEST, "http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-07/schema")
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# The keywords of both drafts, by what stands under them: a schema, schemas by name, a list of schemas, something else.
_ONE = _set(
    "additionalItems additionalProperties contains else if items not propertyNames then unevaluatedItems unevaluatedProperties"
)
_NAMED = _set("$defs definitions dependentSchemas patternProperties properties")
_LISTED = _set("allOf anyOf items oneOf prefixItems")
_OTHER = _set(
    "$anchor $comment $dynamicAnchor $dynamicRef $id $ref $schema $vocabulary const contentEncoding contentMediaType "
    "contentSchema default dependencies dependentRequired deprecated description enum examples exclusiveMaximum "
    "exclusiveMinimum format maxContains maxItems maxLength maxProperties maximum minContains minItems minLength "
    "minProperties minimum multipleOf pattern readOnly required title type uniqueItems writeOnly"
)
KEYWORDS = _ONE | _NAMED | _LISTED | _OTHER


def read_schema(schema: dict[str, Any]) -> Validator | list[Mistake]:
    """A validator of what a schema says, or every mistake in it; formats are checked, too."""
    draft = schema.get("$schema", LATEST)
    if draft not in DRAFTS:
        return [
            Mistake(
                ("$schema",), "must be draft 2020-12 or draft 7", draft, f"write {LATEST}, or leave it out"
            )
        ]
    found = [*_against_the_rules(schema, draft), *_misspelt(schema, ())]
    if found:
        return found
    try:
        return jsonschema_rs.validator_for(
            {"$schema": LATEST, **schema}, validate_formats=True, offline=True, mask=""
        )
    except (
        ValueError,
        jsonschema_rs.ReferencingError,
    ) as error:  # a reference that leads nowhere, a pattern too large
        place = tuple(getattr(error, "instance_path", ()))
        return [
            Mistake(place, _first_line(error), expected="a `$ref` names a part of this schema: #/$defs/…")
        ]


def _against_the_rules(schema: dict[str, Any], draft: str) -> Iterator[Mistake]:
    rules = jsonschema_rs.validator_for(
        {"$schema": draft, "$ref": draft}, validate_formats=True, offline=True
    )
    for error in rules.iter_errors(schema):
        place = tuple(error.instance_path)
        if place and place[-1] == "type" and isinstance(error.instance, str):
            yield Mistake(place, "is no type of JSON Schema", error.instance, suggest(error.instance, TYPES))
        else:
            yield Mistake(place, _first_line(error))


def _misspelt(schema: object, place: Place) -> Iterator[Mistake]:
    """Keywords that mean nothing, but nearly something: validators pass over them in silence."""
    if not isinstance(schema, dict):
        return
    for key, value in schema.items():
        near = None if key in KEYWORDS or key.startswith("x-") else nearest(key, KEYWORDS)
        if near:
            yield Mistake((*place, key), f"unknown keyword '{key}'", expected=f"did you mean '{near}'?")
        if key in _NAMED and isinstance(value, dict):
            for name, inner in value.items():
                yield from _misspelt(inner, (*place, key, name))
        elif key in _LISTED and isinstance(value, list):
            for index, inner in enumerate(value):
                yield from _misspelt(inner, (*place, key, index))
        elif key in _ONE:
            yield from _misspelt(value, (*place, key))


def _first_line(error: Exception) -> str:
    return str(getattr(error, "message", error)).splitlines()[0]
