"""Fields of forms from declarations: what a kind's settings ask for, and what may be shown of what stands there.

Reads pydantic models, and settings as files have them. A secret never comes to a page: where a file holds one, its field stays
empty, and what stands there stays unless something is typed.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic.fields import FieldInfo

from headwater.activate.declare import kinds
from headwater.activate.secrets import is_told
from headwater.console.desk.files import edited
from headwater.core.documents import Declaration, Document, parse_document
from headwater.core.errors import UserError

NOT_SHOWN = "(not shown)"
SHORTEST = 4  # characters of a secret that is looked for in comments
_NAMED = "${"
_OURS = "${HEADWATER_"  # settings of the installation, keys among them, are nothing to send anywhere


class Shape(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    PAIRS = "pairs"  # lines of `name: value`


@dataclass(frozen=True)
class FieldFacts:
    """A field of a kind's settings; `default` empty: none, `options`: of a choice."""

    name: str
    meaning: str
    shape: Shape
    is_required: bool
    is_secret: bool
    default: str
    options: tuple[str, ...] = ()


def fields_of(model: type[Declaration]) -> tuple[FieldFacts, ...]:
    """The fields of a model of settings."""
    return tuple(_field(name, info) for name, info in model.model_fields.items())


def shown(model: type[Declaration], settings: Mapping[str, object]) -> dict[str, str]:
    """What forms begin with: of each field what stands there, as far as it may be seen."""
    return {
        each.name: "" if hides(each, settings.get(each.name)) else in_a_field(settings.get(each.name))
        for each in fields_of(model)
    }


def hides(facts: FieldFacts, value: object) -> bool:
    """Whether what stands in a field must not be seen: a secret that is written out, or what looks like one."""
    return any(not is_told(each) or (facts.is_secret and _NAMED not in each) for each in _texts(value))


def hidden_in(model: type[Declaration], settings: Mapping[str, object]) -> frozenset[str]:
    """The texts of settings that must not be seen."""
    return frozenset(
        text for each in fields_of(model) for text in _texts(settings.get(each.name)) if hides(each, text)
    )


def masked(model: type[Declaration], settings: Mapping[str, object]) -> dict[str, object]:
    """Settings as they may be seen: what must not be, and what the kind does not know, is not shown."""
    known = {each.name: each for each in fields_of(model)}
    return {name: _masked(known.get(name), value) for name, value in settings.items()}


def _masked(facts: FieldFacts | None, value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _masked(facts, each) for name, each in value.items()}
    return NOT_SHOWN if facts is None or hides(facts, value) else value


def settings_from(
    model: type[Declaration], typed: Mapping[str, str], before: Mapping[str, object]
) -> dict[str, object]:
    """Settings as a form says them: what is empty is left out, but what could not be shown stays.

    Raises:
        UserError: a secret is written out instead of named, or a variable of the installation itself is named.
    """
    made: dict[str, object] = {}
    for each in fields_of(model):
        said = typed.get(each.name, "").strip()
        if not said:
            if hides(each, before.get(each.name)):
                made[each.name] = before[each.name]
            continue
        if said == each.default and each.name not in before:
            continue  # what goes without saying
        made[each.name] = _read(each, said)
        _expect_named(each, made[each.name])
    return made


def told_text(text: str, file: str) -> str:
    """A destination's file as it may be seen; of one that is not sound, nothing."""
    document = parse_document(text.encode(), file)
    data = document.data if isinstance(document, Document) else None
    if not isinstance(data, dict):
        return ""
    kind, settings = kinds().get(str(data.get("kind"))), data.get("settings")
    if not isinstance(settings, dict):
        return text if settings is None else edited(text, {"settings": NOT_SHOWN}, file)
    seen = masked(kind.fields, settings) if kind else NOT_SHOWN
    hidden = hidden_in(kind.fields, settings) if kind else frozenset[str]()
    shown = edited(text, {"settings": seen}, file)
    for each in hidden:  # where a comment says it again
        shown = shown.replace(each, NOT_SHOWN) if len(each) >= SHORTEST else shown
    return shown


def in_a_field(value: object) -> str:
    """A value as a field shows it."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {each}" for name, each in value.items())
    return "" if value is None else str(value)


def _expect_named(facts: FieldFacts, value: object) -> None:
    for each in _texts(value):
        if _OURS in each:
            raise UserError(
                f"{facts.name}: variables that begin with HEADWATER_ are this installation's own",
                next_step="name a variable that is made for this destination",
            )
        if facts.is_secret and _NAMED not in each:
            raise UserError(
                f"{facts.name}: a secret is not written into a file",
                next_step="put it into the environment of `headwater serve`, and write the variable's name here: ${CRM_SECRET}",
            )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, str) and value:
        yield value


def _field(name: str, info: FieldInfo) -> FieldFacts:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    shape, options = _shape(info.annotation)
    default = "" if info.is_required() else in_a_field(info.get_default(call_default_factory=True))
    return FieldFacts(
        name,
        info.description or "",
        shape,
        info.is_required(),
        bool(extra.get("writeOnly")),
        default,
        options,
    )


def _shape(annotation: Any) -> tuple[Shape, tuple[str, ...]]:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        inner = [each for each in typing.get_args(annotation) if each is not type(None)]
        return _shape(inner[0])
    if origin is Literal:
        return Shape.CHOICE, tuple(map(str, typing.get_args(annotation)))
    if annotation is bool:
        return Shape.CHOICE, ("true", "false")
    if annotation in (int, float):
        return Shape.NUMBER, ()
    return (Shape.PAIRS if origin in (dict, Mapping) else Shape.TEXT), ()


def _read(facts: FieldFacts, said: str) -> object:
    """What was typed as the value it stands for; what is none stays text, which the kind's own model refuses in its words."""
    if facts.shape is Shape.PAIRS:
        lines = [line for line in said.splitlines() if line.strip()]
        pairs = [line.partition(":") for line in lines]
        if not all(mark and name.strip() for name, mark, _ in pairs):
            raise UserError(
                f"{facts.name}: each line says one name and its value", next_step="write `name: value`"
            )
        return {name.strip(): value.strip() for name, _, value in pairs}
    if facts.shape is Shape.NUMBER or facts.options == ("true", "false"):
        try:
            return json.loads(said.lower())
        except ValueError:
            return said
    return said
