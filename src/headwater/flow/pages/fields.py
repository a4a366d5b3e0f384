"""The table of a declaration's fields, made from its JSON Schema: name, what it may be, what is taken if it is left out.

Reads and writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from headwater.audiences.operator import STANDS_FOR
from headwater.core.documents import Declaration
from headwater.flow.pages.markdown import grid

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "keys and values",
}
_LIMITS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}


def fields_table(fields: type[Declaration]) -> str:
    """All fields of a declaration; nested declarations by their name."""
    schema = fields.model_json_schema()
    defs, required = schema.get("$defs", {}), schema.get("required", ())
    rows = [
        (f"`{name}`", may_be(about, defs), _left_out(name, about, required), about.get("description", ""))
        for name, about in schema.get("properties", {}).items()
    ]
    return grid(("field", "may be", "if left out", "meaning"), rows) if rows else ""


def may_be(about: Mapping[str, Any], defs: Mapping[str, Any] | None = None) -> str:
    """What a value may be, in words.

    >>> may_be({"type": "integer", "minimum": 1})
    'whole number, at least 1'
    >>> may_be({"anyOf": [{"type": "string"}, {"items": {"type": "string"}, "type": "array"}, {"type": "null"}]})
    'text or list of text'
    """
    if STANDS_FOR in about:
        return f"see [{about[STANDS_FOR]}](../project.md#audiences)"
    if "$ref" in about:
        return may_be((defs or {}).get(about["$ref"].split("/")[-1], {}), defs)
    if "enum" in about or "const" in about:
        return ", ".join(f"`{value}`" for value in about.get("enum", [about.get("const")]))
    if "anyOf" in about:
        kinds = [may_be(each, defs) for each in about["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    return _of_type(about, defs)


def _of_type(about: Mapping[str, Any], defs: Mapping[str, Any] | None) -> str:
    kind = about.get("type")
    if kind == "array":
        return f"list of {may_be(about.get('items', {}), defs)}"
    if kind == "object" and "properties" in about:
        return f"{{{', '.join(about['properties'])}}}"
    limits = [f"{word} {_number(about[key])}" for key, word in _LIMITS.items() if key in about]
    return ", ".join([_WORDS.get(str(kind), str(kind or "anything")), *limits])


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else str(value)


def _left_out(name: str, about: Mapping[str, Any], required: list[str]) -> str:
    if name in required:
        return "**must be there**"
    default = about.get("default")
    return "" if default in (None, "", [], {}) else f"`{json.dumps(default, ensure_ascii=False)}`"
