"""Paths to values within JSON, as a collector's file writes them: `$.order.lines[0].sku`.

Read once when the file is read; asked of every object that comes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

_PATH = re.compile(r"\$(headers|body)?((?:\.[^.\[\]\s]+|\[\d+\])*)")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True)
class Ground:
    """Where paths begin: `$` at the item, `$body` at the whole body, `$headers` at the request's headers."""

    item: object
    body: object
    headers: Mapping[str, str]


def is_path(text: str) -> bool:
    """Whether a text is a path, and not what it says itself."""
    return text.startswith("$")


def value_at(path: str, ground: Ground) -> object:
    """What stands there; None: nothing.

    >>> value_at("$.lines[1].sku", Ground({"lines": [{}, {"sku": "A1"}]}, None, {}))
    'A1'
    """
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    if found.group(1) == "headers":
        return ground.headers.get(found.group(2).lstrip(".").lower())
    value = ground.body if found.group(1) == "body" else ground.item
    for key, index in _STEP.findall(found.group(2)):
        value = _inside(value, key, index)
    return value


def steps_of(path: str) -> list[str | int]:
    """The names and numbers that lead from the body to what stands at a path.

    >>> steps_of("$.order.lines[0]")
    ['order', 'lines', 0]
    """
    found = _PATH.fullmatch(path)
    steps = _STEP.findall(found.group(2)) if found else []
    return [int(index) if index else key for key, index in steps]


def _inside(value: object, key: str, index: str) -> object:
    if index:
        at = int(index)
        return value[at] if isinstance(value, list) and at < len(value) else None
    return value.get(key) if isinstance(value, dict) else None


def _checked(text: str) -> str:
    if not _PATH.fullmatch(text):
        raise ValueError(
            "must be a path such as $.customer.email, $.lines[0].sku, $body.shop or $headers.x-topic"
        )
    return text


def _checked_if_path(text: str) -> str:
    return _checked(text) if is_path(text) else text


Path = Annotated[str, AfterValidator(_checked)]
TextOrPath = Annotated[str, AfterValidator(_checked_if_path)]
