"""The data dictionary of a project: what its files say of its data, and what is in it.

Reads the project's definitions and what `explore.dictionary` reads. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from headwater.explore.dictionary import Entry, Kind, Said, Seen, dictionary, event_properties
from headwater.flow.definitions import Definitions
from headwater.profiles.trait import trait_type
from headwater.tables.events import TABLE as EVENTS
from headwater.tables.workspace import Workspace

Key = tuple[Kind, str, str]
_TYPES = {"string": "text", "number": "number", "integer": "number", "boolean": "boolean", "array": "texts"}


def read_dictionary(
    workspace: Workspace,
    definitions: Definitions,
    kinds: frozenset[Kind] = frozenset(Kind),
    seen: Seen | None = None,
) -> tuple[Entry, ...]:
    """Everything there is of these kinds, as somebody may see it.

    Raises:
        Refusal: whoever asks has had too many different answers today.
    """
    return dictionary(said_of(definitions), workspace, kinds, seen)


def read_properties(
    event: str, workspace: Workspace, definitions: Definitions, seen: Seen | None = None
) -> tuple[Entry, ...]:
    """The properties of one event, as somebody may see them.

    Raises:
        Refusal: whoever asks has had too many different answers today.
    """
    return event_properties(event, said_of(definitions), workspace, seen)


def said_of(definitions: Definitions) -> Said:
    """What files say of events, properties, traits and attributes."""
    descriptions: dict[Key, str] = {}
    types: dict[Key, str] = {}
    for key, description, kind in (
        *_of_sources(definitions),
        *_of_plans(definitions),
        *_of_traits(definitions),
    ):
        if description:
            descriptions[key] = description
        types[key] = types.get(key) or kind
    return Said(descriptions, types, definitions.lineage, definitions.audiences)


def _of_sources(definitions: Definitions) -> Iterator[tuple[Key, str, str]]:
    for source in definitions.sources.values():
        event = source.value.event
        if event is not None:
            yield (Kind.EVENT, "", event.name), source.value.description, "event"
            for name in (*event.properties, *event.fixed):
                yield (Kind.PROPERTY, event.name, name), _meaning(name), ""
        for name, attribute in source.value.attribute_columns().items():
            told = f"column '{attribute.column}' of '{source.name}'"
            yield (Kind.ATTRIBUTE, "", name), told, attribute.type
            yield (Kind.TRAIT, "", name), f"attribute: {told}", attribute.type


def _of_plans(definitions: Definitions) -> Iterator[tuple[Key, str, str]]:
    for plan in definitions.plans.values():
        event, schema = plan.said.event, plan.said.properties_schema
        yield (Kind.EVENT, "", event), plan.said.description, "event"
        for name, said in _fields(schema):
            yield (
                (Kind.PROPERTY, event, name),
                str(said.get("description", "")),
                _TYPES.get(str(said.get("type")), ""),
            )
        for name, said in _fields(plan.said.traits_schema or {}):
            yield (
                (Kind.ATTRIBUTE, "", name),
                str(said.get("description", "")),
                _TYPES.get(str(said.get("type")), ""),
            )


def _of_traits(definitions: Definitions) -> Iterator[tuple[Key, str, str]]:
    for name, trait in definitions.traits.items():
        yield (Kind.TRAIT, "", name), trait.value.description, trait_type(trait.value).value


def _fields(schema: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    """The properties that a JSON Schema names at its top."""
    named = schema.get("properties")
    for name, said in named.items() if isinstance(named, dict) else ():
        yield name, said if isinstance(said, dict) else {}


def _meaning(name: str) -> str:
    return next((each.meaning for each in EVENTS.columns if each.name == name), "")
