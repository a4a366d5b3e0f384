"""Reviewable YAML files: read with the line of every value, checked against a model, all problems collected.

Reads one file; gives a `Document` (plain data, lines by path) or `Problem`s. The models are pydantic classes
that derive from `Declaration`; their JSON Schemas are what editors complete from.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from headwater.core.errors import Problem, nearest, suggest

Place = tuple[str | int, ...]
MOST_LEVELS = 100

# What pydantic calls a value of another kind than asked for, in the words of people who write YAML.
_KINDS = {
    **dict.fromkeys(("string_type", "string_sub_type"), "text"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("list_type", "tuple_type"), "a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "keys with values"),
}
_NUMBERS = ("must be a number", "must be a whole number")


class Declaration(BaseModel):
    """A model of something declared in YAML: unknown keys are errors, values never change once read.

    `also_called` maps words that people use for a key, because other tools do, to the key: so can the right one be named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    also_called: ClassVar[Mapping[str, str]] = MappingProxyType({})


D = TypeVar("D", bound=Declaration)


@dataclass(frozen=True)
class Document:
    """One YAML file: `file` as shown to people (relative to the project), plain `data`, and lines by place."""

    file: str
    name: str
    data: object
    lines: Mapping[Place, int] = field(repr=False, default_factory=dict)

    @property
    def folder(self) -> str:
        """The folder it lies in, inside that of its kind; empty: in none.

        >>> Document("audiences/loyalty/winter/tea.yaml", "tea", {}).folder
        'loyalty/winter'
        """
        return "/".join(PurePosixPath(self.file).parts[1:-1])

    def line(self, place: Place) -> int:
        """The line (from 1) of the value at this place, or of the nearest place above it that has one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, message: str, *, value: object = "", expected: str = "") -> Problem:
        """A problem at a place of this document."""
        return Problem(self.file, self.line(place), show_place(place), message, _found(value), expected)


class _Quoted(str):
    """A text as it stands in a file: a sentence shows it in quotes, data for programs without."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return format(repr(str(self)), spec)


def _found(value: object) -> str:
    """A value as a problem shows it, not too much of it."""
    text = value if isinstance(value, str) else repr(value)
    short = text if len(text) <= 80 else text[:77] + "…"
    return _Quoted(short) if isinstance(value, str) and value else short


@dataclass(frozen=True)
class Mistake:
    """One thing that a model refuses in plain data; `place` is one of the data's own, or a missing key's."""

    place: Place
    message: str
    value: object = ""
    expected: str = ""
    is_missing: bool = False


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
    return parse_document(path.read_bytes(), path.relative_to(root).as_posix())


def parse_document(content: bytes, file: str) -> Document | Problem:
    """The content of a YAML file as a document, or what is wrong with it; `file`: its path as people are shown it."""
    too_deep = Problem(
        file, 0, "", f"is nested deeper than {MOST_LEVELS} levels", expected="put less inside of each other"
    )
    try:
        loaded = YAML(typ="rt").load(content.decode("utf-8"))
        lines: dict[Place, int] = {}
        data = _plain(loaded, (), lines)
    except RecursionError:
        return too_deep
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
    if max(map(len, lines), default=0) > MOST_LEVELS:
        return too_deep
    return Document(file, PurePosixPath(file).stem, data, lines)


def read_declaration(document: Document, model: type[D]) -> D | list[Problem]:
    """The document's data as this model, or every problem in it."""
    if not isinstance(document.data, dict):
        return [document.problem((), "must hold keys and values", value=document.data)]
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        found = mistakes(error, document.data, model)
    return [document.problem(m.place, m.message, value=m.value, expected=m.expected) for m in found]


def mistakes(error: ValidationError, data: object, model: type[BaseModel]) -> list[Mistake]:
    """What a model refuses in plain data, one message a mistake, however many ways the model tried to read it."""
    found = [_refused(dict(item), data) for item in error.errors(include_url=False)]
    return [_mistake(each, model) for each in _settled(found)]


def leaves(data: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    """Every value in plain data that holds no others, with its place.

    >>> list(leaves({"key": ["a", {"b": 1}]}))
    [(('key', 0), 'a'), (('key', 1, 'b'), 1)]
    """
    if isinstance(data, dict):
        inner: Iterable[tuple[str | int, object]] = data.items()
    elif isinstance(data, (list, tuple)):
        inner = enumerate(data)
    else:
        yield place, data
        return
    for part, value in inner:
        yield from leaves(value, (*place, part))


def comma_hint(key: str, value: object) -> str:
    """What to say of a key that is the rest of a number after its comma; empty if it is none.

    >>> comma_hint("0", None)[:33]
    'a comma begins a new key here: in'
    """
    if value is not None or not key.isdecimal():
        return ""
    return (
        "a comma begins a new key here: in numbers write a point for decimals and nothing between thousands"
    )


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


@dataclass(frozen=True)
class _Refused:
    """One error of pydantic's. `branches`: the ways to read a value that it tried, each with the value's place."""

    place: Place
    branches: tuple[tuple[Place, str], ...]
    kind: str
    message: str
    value: object
    wanted: str

    def is_another_kind(self, place: Place) -> bool:
        """Whether the value at this place is of another kind altogether than this way to read it asks for."""
        return self.place == place and bool(self.wanted)


def _refused(item: Mapping[str, Any], data: object) -> _Refused:
    """Pydantic's error with its location told apart: what is in the document, and what pydantic put in between."""
    place: Place = ()
    branches: list[tuple[Place, str]] = []
    node, loc = data, item["loc"]
    for index, part in enumerate(loc):
        is_key = isinstance(node, dict) and part in node
        if is_key or (isinstance(node, list) and isinstance(part, int) and part < len(node)):
            place, node = (*place, part), node[part]  # type: ignore[index]  # it is a dict or a list
        elif item["type"] == "missing" and index == len(loc) - 1:
            place = (*place, part)
        else:
            branches.append((place, str(part)))
    wanted = item["ctx"]["expected"] if item["type"] == "literal_error" else _KINDS.get(item["type"], "")
    message = str(item["msg"]).removeprefix("Value error, ").replace("Input should", "must", 1)
    return _Refused(place, tuple(branches), item["type"], message, item["input"], wanted)


def _settled(found: Sequence[_Refused]) -> Iterator[_Refused]:
    """Of the ways in which one value could be read, only the errors of the one that was meant."""
    groups: dict[Place | int, list[_Refused]] = {}
    for index, each in enumerate(found):
        groups.setdefault(each.branches[0][0] if each.branches else index, []).append(each)
    for key, group in groups.items():
        yield from group if isinstance(key, int) else _meant(key, group)


def _meant(place: Place, found: Sequence[_Refused]) -> Iterator[_Refused]:
    """Of what several ways to read the value at a place refused, only what the way says that fits it best."""
    branches: dict[str, list[_Refused]] = {}
    for each in found:
        branches.setdefault(each.branches[0][1], []).append(replace(each, branches=each.branches[1:]))
    settled = [list(_settled(refused)) for refused in branches.values()]
    fitting = [way for way in settled if not any(each.is_another_kind(place) for each in way)]
    if fitting or len(settled) == 1:
        yield from min(fitting or settled, key=len)
        return
    wanted = list(dict.fromkeys(way[0].wanted for way in settled))
    message = (
        f"must be {', '.join(wanted[:-1])} or {wanted[-1]}" if len(wanted) > 1 else f"must be {wanted[0]}"
    )
    yield replace(
        settled[0][0], place=place, kind="another_kind", message=message, wanted=" or ".join(wanted)
    )


def _mistake(found: _Refused, model: type[BaseModel]) -> Mistake:
    if found.kind == "extra_forbidden":
        key = str(found.place[-1])
        expected = comma_hint(key, found.value) or _right_key(key, model, found.place[:-1])
        return Mistake(found.place, f"unknown key '{key}'", "", expected)
    if found.kind == "missing":
        return Mistake(found.place, f"'{found.place[-1]}' is missing", is_missing=True)
    message = f"must be {found.wanted}" if found.kind in _KINDS else found.message
    value = "" if isinstance(found.value, (dict, list, type(None))) else found.value
    return Mistake(found.place, message[0].lower() + message[1:], value, _right_value(found, message))


def _right_key(key: str, model: type[BaseModel], place: Place) -> str:
    """The nearest key, also by the names that other tools give it."""
    keys, others = set[str](), dict[str, str]()
    for kind in _models_at(model, place):
        keys |= {info.alias or name for name, info in kind.model_fields.items()}
        others |= dict(kind.also_called) if issubclass(kind, Declaration) else {}
    near = nearest(key, keys) or nearest(key, others)
    return f"did you mean '{others.get(near, near)}'?" if near else suggest(key, keys)


def _right_value(found: _Refused, message: str) -> str:
    """What would be right, where the value itself tells."""
    if not isinstance(found.value, str):
        return ""
    if message in _NUMBERS:
        return _without_quotes(found.value)
    known = [word.strip("'") for word in found.wanted.replace(" or ", ", ").split(", ")]
    near = nearest(found.value, known) if "'" in found.wanted else None
    return f"did you mean '{near}'?" if near else ""


def _without_quotes(text: str) -> str:
    """How to write a number that stands in quotes; empty if it is none.

    >>> _without_quotes("250"), _without_quotes("2,5"), _without_quotes("two")
    ('write it without quotes: 250', 'write it without quotes: 2.5', '')
    """
    number = text.strip().replace(",", ".")
    try:
        float(number)
    except ValueError:
        return ""
    return f"write it without quotes: {number}"


def _models_at(model: type[BaseModel], place: Place) -> Iterator[type[BaseModel]]:
    """The models that can stand at a place inside a model."""
    candidates: list[object] = [model]
    for part in place:
        candidates = [inner for candidate in candidates for inner in _inside(candidate, part)]
    for candidate in candidates:
        yield from _models(candidate)


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
