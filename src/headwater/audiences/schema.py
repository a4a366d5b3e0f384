"""The JSON Schema of an audience's file, put together from what operators and comparisons declare.

Editors complete from it, the console makes its forms of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from headwater.audiences.comparison import comparisons
from headwater.audiences.operator import STANDS_FOR, operators
from headwater.audiences.parse import AudienceFields
from headwater.audiences.sequences.fields import FEWEST_STEPS, MOST_STEPS, StepFields, WithoutFields
from headwater.audiences.within import WithinFields
from headwater.core.documents import Declaration

Schema = dict[str, object]


def audience_schema() -> Schema:
    """The schema of `audiences/*.yaml`."""
    schema: Schema = AudienceFields.model_json_schema()
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101 - pydantic makes it so
    properties["rule"] = {"$ref": "#/$defs/rule", "description": "Who is in it."}
    definitions = {
        "rule": _rule(operators()),
        "is": _is(),
        "where": _where(),
        "within": WithinFields.model_json_schema(),
        "steps": _steps(),
        "without": _operator(WithoutFields),
    }
    return {**schema, "$defs": definitions}


def rule_definitions(names: Iterable[str]) -> Schema:
    """The definitions `rule` and `is` of rules that may use no operators but these, none of which looks at events."""
    return {"rule": _rule(names), "is": _is()}


def _rule(names: Iterable[str]) -> Schema:
    inner: Schema = {"$ref": "#/$defs/rule"}
    several: Schema = {"type": "array", "items": inner, "minItems": 1}
    branches = [_only("all", several), _only("any", several), _only("not", inner)]
    return {"anyOf": [*branches, *(_operator(operators()[name].fields) for name in names)]}


def _operator(fields: type[Declaration]) -> Schema:
    schema: Schema = fields.model_json_schema()
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101 - pydantic makes it so
    return {**schema, "properties": {name: _with_reference(each) for name, each in properties.items()}}


def _with_reference(schema: Schema) -> Schema:
    """The schema of a field, with what it stands for in place."""
    others = {key: value for key, value in schema.items() if key not in (STANDS_FOR, "default")}
    return {**others, "$ref": f"#/$defs/{schema[STANDS_FOR]}"} if STANDS_FOR in schema else schema


def _only(key: str, value: Schema) -> Schema:
    return {"type": "object", "properties": {key: value}, "required": [key], "additionalProperties": False}


def _is() -> Schema:
    """A bare value, a bare list, or comparisons by name."""
    named = {
        name: part.fields.model_json_schema()["properties"][name] for name, part in comparisons().items()
    }
    several = {"type": "object", "properties": named, "additionalProperties": False, "minProperties": 1}
    return {"anyOf": [{"type": ["string", "number", "boolean"]}, named["one_of"], several]}


def _where() -> Schema:
    return {"type": "object", "additionalProperties": {"$ref": "#/$defs/is"}, "minProperties": 1}


def _steps() -> Schema:
    """The steps of a sequence."""
    return {
        "type": "array",
        "items": _operator(StepFields),
        "minItems": FEWEST_STEPS,
        "maxItems": MOST_STEPS,
    }
