"""Reviewable YAML files: read with the line of every value, checked against a model, all problems collected.

Reads one file; gives a `Document` (plain data, lines by path) or `Problem`s. The models are pydantic classes
that derive from `Declaration`; their JSON Schemas are what editors complete from.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from headwater.core.errors import Problem, suggest

Place = tuple[str | int, ...]


class Declaration(BaseModel):
    """A model of something declared in YAML: unknown keys are errors, values never change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


D = TypeVar("D", bound=Declaration)


@dataclass(frozen=True)
class Document:
    """One YAML file: `file` as shown to people (relative to the project), plain `data`, and lines by place."""

    file: str
    name: str
    data: object
    lines: Mapping[Place, int] = field(repr=False, default_factory=dict)

    def line(self, place: Place) -> int:
        """The line (from 1) of the value at this place, or of the nearest place above it that has one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, message: str, *, value: object = "", expected: str = "") -> Problem:
        """A problem at a place of this document."""
        shown = repr(value) if value != "" else ""
        return Problem(
            self.file,
            self.line(place),
            show_place(place),
            message,
            shown if len(shown) <= 80 else shown[:77] + "…",
            expected,
        )


@dataclass(frozen=True)
class Declared(Generic[D]):
    """A declaration together with the document it came from."""

    name: str
    value: D
    document: Document


def show_place(place: Place) -> str:
    """A place as people write it.

    >>> show_place(("rule", "all", 0, "at_least"))
    'rule.all[0].at_least'
    """
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_document(path: Path, root: Path) -> Document | Problem:
    """A YAML file as a document, or what is wrong with it."""
    file = path.relative_to(root).as_posix()
    try:
        loaded = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        return Problem(
            file, 0, "", f"is not UTF-8 text (byte {error.start})", expected="save the file as UTF-8"
        )
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Problem(
            file, mark.line + 1 if mark else 0, "", f"is not valid YAML: {error.problem or error.context}"
        )
    except YAMLError as error:
        return Problem(file, 0, "", f"is not valid YAML: {str(error).splitlines()[0]}")
    lines: dict[Place, int] = {}
    data = _plain(loaded, (), lines)
    return Document(file, path.stem, data, lines)


def read_declaration(document: Document, model: type[D]) -> D | list[Problem]:
    """The document's data as this model, or every problem in it."""
    if not isinstance(document.data, dict):
        return [document.problem((), "must hold keys and values", value=document.data)]
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        return [_problem(document, model, dict(item)) for item in error.errors(include_url=False)]


def _plain(node: object, place: Place, lines: dict[Place, int]) -> object:
    """Ruamel's round-trip nodes as plain values; the line of each is noted on the way."""
    if isinstance(node, CommentedMap):
        lines.setdefault(place, node.lc.line + 1)
        plain = {}
        for key, value in node.items():
            lines[(*place, str(key))] = node.lc.key(key)[0] + 1
            plain[str(key)] = _plain(value, (*place, str(key)), lines)
        return plain
    if isinstance(node, CommentedSeq):
        items = []
        for index, value in enumerate(node):
            lines[(*place, index)] = node.lc.item(index)[0] + 1
            items.append(_plain(value, (*place, index), lines))
        return items
    return _scalar(node)


def _scalar(node: object) -> object:
    """Ruamel's scalar classes as Python's own; dates as the ISO text they were written as."""
    if isinstance(node, date):
        return node.isoformat()
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _problem(document: Document, model: type[BaseModel], item: Mapping[str, Any]) -> Problem:
    place = tuple(part for part in item["loc"] if not _is_tag(part, document.data, item["loc"]))
    if item["type"] == "extra_forbidden":
        known = list(_keys_at(model, place[:-1]))
        return document.problem(place, f"unknown key '{place[-1]}'", expected=suggest(str(place[-1]), known))
    if item["type"] == "missing":
        return document.problem(place, f"'{place[-1]}' is missing")
    message = str(item["msg"]).removeprefix("Value error, ")
    value = item["input"] if not isinstance(item["input"], (dict, list)) else ""
    return document.problem(place, message[0].lower() + message[1:], value=value)


def _is_tag(part: str | int, data: object, loc: Place) -> bool:
    """Whether pydantic put this part into the place itself (the member of a union), not the document."""
    if isinstance(part, int):
        return False
    node = data
    for step in loc:
        if isinstance(node, dict):
            if step == part and step not in node:
                return part != loc[-1]
            node = node.get(step, node)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        elif step == part:
            return True
    return False


def _keys_at(model: type[BaseModel], place: Place) -> Iterator[str]:
    """The keys a model accepts at a place inside it."""
    candidates: list[object] = [model]
    for part in place:
        candidates = [inner for candidate in candidates for inner in _inside(candidate, part)]
    for candidate in candidates:
        for kind in _models(candidate):
            yield from (info.alias or name for name, info in kind.model_fields.items())


def _inside(annotation: object, part: str | int) -> Iterator[object]:
    for kind in _models(annotation):
        for name, info in kind.model_fields.items():
            if part in (name, info.alias):
                yield info.annotation
    for inner in _unwrapped(annotation):
        origin, arguments = typing.get_origin(inner), typing.get_args(inner)
        if origin in (list, tuple) and isinstance(part, int):
            yield arguments[0]
        elif origin in (dict, Mapping) and isinstance(part, str):
            yield arguments[1]


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    for inner in _unwrapped(annotation):
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield inner


def _unwrapped(annotation: object) -> Iterator[object]:
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        yield from _unwrapped(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for inner in typing.get_args(annotation):
            yield from _unwrapped(inner)
    else:
        yield annotation
