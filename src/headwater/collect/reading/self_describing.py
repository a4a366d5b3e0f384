"""Self-describing JSON: data that names its schema, as Snowplow's trackers write events and contexts.

https://docs.snowplow.io/docs/fundamentals/schemas/: `{"schema": "iglu:com.acme/add_to_cart/jsonschema/1-0-0", "data": {...}}`.
Reads bytes; gives schemas with their data. The schemas themselves are not asked.
"""

from __future__ import annotations

import re

import msgspec

from headwater.collect.event import Told
from headwater.collect.reading.bodies import NotRightError, is_deep, read_json

MOST_CONTEXTS = 100
_SCHEMA = re.compile(r"iglu:[\w.-]+/([\w-]+)/[\w-]+/\d+-\d+-\d+")


class SelfDescribing(msgspec.Struct):
    """Data, and the name of its schema."""

    schema: str
    data: Told

    def is_deep(self) -> bool:
        """Whether the data is nested deeper than an event may be."""
        return is_deep(self.data)


class _Event(msgspec.Struct):
    data: SelfDescribing


class _Contexts(msgspec.Struct):
    data: list[SelfDescribing]


_EVENT = msgspec.json.Decoder(_Event)
_CONTEXTS = msgspec.json.Decoder(_Contexts)


def read_event(data: bytes) -> SelfDescribing:
    """What stands in `ue_pr` or `ue_px`: the event in its envelope.

    Raises:
        NotRightError: it is no such envelope, or its schema has no name.
    """
    if not data:
        raise NotRightError("ue_pr, ue_px: both are missing")
    try:
        event = read_json(data, _EVENT).data
    except NotRightError as error:
        raise NotRightError(f"ue_pr, ue_px: {error}") from None
    _check(event, "ue_pr, ue_px")
    return event


def read_contexts(data: bytes) -> list[SelfDescribing]:
    """What stands in `co` or `cx`: the contexts in their envelope; none if nothing does.

    Raises:
        NotRightError: it is no such envelope, or a schema has no name.
    """
    if not data:
        return []
    try:
        contexts = read_json(data, _CONTEXTS).data
    except NotRightError as error:
        raise NotRightError(f"co, cx: {error}") from None
    if len(contexts) > MOST_CONTEXTS:
        raise NotRightError(f"co, cx: there are more than {MOST_CONTEXTS} contexts")
    for context in contexts:
        _check(context, "co, cx")
    return contexts


def name_of(schema: str) -> str:
    """The name in a schema's address.

    >>> name_of("iglu:com.acme/add_to_cart/jsonschema/1-0-0")
    'add_to_cart'
    """
    found = _SCHEMA.fullmatch(schema)
    return found.group(1) if found else ""


def _check(told: SelfDescribing, where: str) -> None:
    if not name_of(told.schema):
        raise NotRightError(f"{where}: schema: must be iglu:vendor/name/format/version")
