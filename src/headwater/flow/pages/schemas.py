"""JSON Schemas of the project's files, put together from declarations and the kinds that were discovered.

Editors complete from them. What depends on the kind (`read:`, `settings:`, a trait's property) stands in `allOf` as one
if-then a kind. They use nothing beyond draft 7 but the name `$defs`, because editors often know no later draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from headwater.activate.declare import DestinationFile, kinds as destination_kinds
from headwater.activate.destination import ANY, Destination
from headwater.activate.forms import forms_of
from headwater.audiences.schema import audience_schema, rule_definitions
from headwater.collect.declare import CollectorFile
from headwater.collect.format import formats
from headwater.collect.tracking_plan.plan import PlanFile
from headwater.core.config import ProjectConfig
from headwater.core.documents import Declaration
from headwater.core.settings import Settings
from headwater.flow.agreements import AgreementFile
from headwater.flow.pages.markdown import first_paragraph, module_text
from headwater.identity.declare import KindRules
from headwater.identity.identifier import identifier_kinds, lookup_kinds
from headwater.identity.likeness.declare import MatchingFile, comparable
from headwater.personalise.conditions import ANSWERED
from headwater.personalise.placement_file import BanditFields, PlacementFile, RuleFields
from headwater.profiles.trait import PROPERTIES, TraitDeclaration, TraitKind, trait_kinds
from headwater.sources.declare import CATALOGUES, SourceDeclaration, source_kinds
from headwater.tables import events
from headwater.tables.table import Column

Schema = dict[str, Any]
DRAFT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def project_schema() -> Schema:
    """The JSON Schema of `headwater.yaml`, its settings spelled out."""
    schema = ProjectConfig.model_json_schema()
    settings = Settings.model_json_schema()
    schema["properties"]["settings"] = {
        "type": "object",
        **settings,
        "description": "How this installation runs.",
    }
    return {**DRAFT, **schema}


def collector_schema() -> Schema:
    """The JSON Schema of `collectors/*.yaml`, the settings of every wire format spelled out."""
    schema, known = CollectorFile.model_json_schema(), formats()
    settings = {name: _moved(schema, name, format_.fields) for name, format_ in known.items()}
    for name, format_ in known.items():
        settings[name]["description"] = format_.meaning
    listed = {"type": "array", "items": {"type": "string", "enum": list(known)}}
    mapped = {"type": "object", "properties": settings, "additionalProperties": False}
    about = schema["properties"]["formats"]
    schema["properties"]["formats"] = {
        "anyOf": [listed, mapped],
        "default": [],
        "description": about["description"],
    }
    return {**DRAFT, **schema}


def plan_schema() -> Schema:
    """The JSON Schema of `plans/*.yaml`; what stands in theirs is judged when they are read."""
    return {**DRAFT, **PlanFile.model_json_schema()}


def source_schema() -> Schema:
    """The JSON Schema of `sources/*.yaml`."""
    schema, kinds = SourceDeclaration.model_json_schema(), source_kinds()
    _name_kinds(schema, {name: first_paragraph(module_text(kind)) for name, kind in kinds.items()})
    _name_keys(schema, "identifiers", {name: kind.meaning for name, kind in identifier_kinds().items()})
    for name, table in CATALOGUES.items():
        _name_keys(schema, name, _meanings(column for column in table.columns if column.name != "source"))
        schema["properties"][name]["required"] = list(table.key)
    schema["allOf"] = [_when(name, _block(schema, name, "read", kind.fields)) for name, kind in kinds.items()]
    return {**DRAFT, **schema}


def trait_schema() -> Schema:
    """The JSON Schema of `traits/*.yaml`."""
    schema, kinds = TraitDeclaration.model_json_schema(), trait_kinds()
    _name_kinds(schema, {name: kind.meaning for name, kind in kinds.items()})
    _name_keys(schema, "where", _meanings(events.TABLE.column(name) for name in PROPERTIES))
    schema["allOf"] = [_when(name, _property_of(kind)) for name, kind in kinds.items()]
    return {**DRAFT, **schema}


def destination_schema() -> Schema:
    """The JSON Schema of `destinations/*.yaml`."""
    schema, kinds = DestinationFile.model_json_schema(), destination_kinds()
    _name_kinds(schema, {name: kind.description for name, kind in kinds.items()})
    schema["allOf"] = [_when(name, _of_destination(schema, name, kind)) for name, kind in kinds.items()]
    return {**DRAFT, **schema}


def identifier_schema() -> Schema:
    """The JSON Schema of `identifiers/*.yaml`."""
    return {**DRAFT, **KindRules.model_json_schema()}


def matching_schema() -> Schema:
    """The JSON Schema of `matching/*.yaml`."""
    schema, known = MatchingFile.model_json_schema(), comparable(identifier_kinds())
    for way in schema["properties"]["identifiers"]["anyOf"]:
        if way.get("type") == "array":
            way["items"] = {"type": "string", "enum": list(known)}
    return {**DRAFT, **schema}


def placement_schema() -> Schema:
    """The JSON Schema of `placements/*.yaml`."""
    schema = PlacementFile.model_json_schema()
    for fields in (RuleFields, BanditFields):
        when = schema["$defs"][fields.__name__]["properties"]["when"]
        schema["$defs"][fields.__name__]["properties"]["when"] = {
            "$ref": "#/$defs/rule",
            "description": when["description"],
        }
    schema["$defs"] |= rule_definitions(ANSWERED)
    schema["anyOf"] = [{"required": ["rules"]}, {"required": ["bandit"]}]
    return {**DRAFT, **schema}


# One line a kind of file: its name under docs/schemas, and what gives its JSON Schema.
SCHEMAS: dict[str, Callable[[], Schema]] = {
    "headwater": project_schema,
    "collector": collector_schema,
    "plan": plan_schema,
    "source": source_schema,
    "identifier": identifier_schema,
    "matching": matching_schema,
    "trait": trait_schema,
    "audience": lambda: {**DRAFT, **audience_schema()},
    "destination": destination_schema,
    "placement": placement_schema,
    "cleanroom": lambda: {**DRAFT, **AgreementFile.model_json_schema()},
}


def _name_kinds(schema: Schema, meanings: Mapping[str, str]) -> None:
    """Close `kind` to those there are, each with its meaning."""
    told = schema["properties"]["kind"]["description"]
    lines = [f"{name}: {meaning}" for name, meaning in meanings.items()]
    schema["properties"]["kind"] = {
        "type": "string",
        "enum": list(meanings),
        "description": "\n".join([told, *lines]),
    }


def _name_keys(schema: Schema, field: str, meanings: Mapping[str, str]) -> None:
    """Close a field of free keys to these, each with its meaning."""
    about = schema["properties"][field]
    free = about["additionalProperties"]
    if "anyOf" in free:  # said once, not at every key
        schema.setdefault("$defs", {})[field] = free
        free = {"$ref": f"#/$defs/{field}"}
    about["properties"] = {name: {**free, "description": meaning} for name, meaning in meanings.items()}
    about["additionalProperties"] = False


def _meanings(columns: Iterable[Column]) -> dict[str, str]:
    return {column.name: column.meaning for column in columns}


def _when(kind: str, then: Schema) -> Schema:
    return {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": then}


def _block(schema: Schema, kind: str, field: str, fields: type[Declaration]) -> Schema:
    own = _moved(schema, kind, fields)
    return {"properties": {field: own}, **({"required": [field]} if own.get("required") else {})}


def _moved(schema: Schema, kind: str, fields: type[Declaration]) -> Schema:
    """What a kind's own block may say; its definitions move to the schema's, under the kind's name."""
    own = fields.model_json_schema(ref_template=f"#/$defs/{kind}.{{model}}")
    moved = {f"{kind}.{name}": about for name, about in own.pop("$defs", {}).items()}
    if moved:
        schema.setdefault("$defs", {}).update(moved)
    return own


def _property_of(kind: TraitKind) -> Schema:
    if not kind.needs_property:
        return {"properties": {"property": {"type": "null"}}}
    allowed = [name for name, type_ in PROPERTIES.items() if type_ in kind.property_types]
    return {"properties": {"property": {"type": "string", "enum": allowed}}, "required": ["property"]}


def _of_destination(schema: Schema, name: str, kind: Destination[Any]) -> Schema:
    then = _block(schema, name, "settings", kind.fields)
    taken = {
        one: [form for form in field.forms if form in forms_of(one)]
        for field in kind.identifiers
        for one in _taken(field.kinds)
    }
    forms = {one: {"type": "string", "enum": allowed} for one, allowed in taken.items()}
    listed = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(taken)}}
    mapped = {"type": "object", "minProperties": 1, "properties": forms, "additionalProperties": False}
    then["properties"]["identifiers"] = {"anyOf": [mapped, listed]}
    then["properties"]["rows_a_batch"] = {"anyOf": [{"maximum": kind.limits.max_rows}, {"type": "null"}]}
    return then


def _taken(kinds: tuple[str, ...]) -> Iterable[str]:
    return lookup_kinds() if ANY in kinds else kinds
