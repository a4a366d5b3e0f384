"""What may be said in a condition, as its declaration has it: so that a new operator, comparison or field is here by existing."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import ValidationError

from headwater.audiences.comparison import comparisons
from headwater.audiences.counting import Bound
from headwater.audiences.operator import OFFERS, STANDS_FOR, operators
from headwater.audiences.sequences.fields import StepFields, WithoutFields
from headwater.audiences.values import ValueType
from headwater.audiences.within import WithinFields
from headwater.core.documents import Declaration

TIMES: tuple[str, ...] = get_args(Bound)
_CLAUSE = re.compile(r"[,;:] ")
_PLAIN = {"string": "text", "integer": "number", "number": "number", "boolean": "flag"}
_OF_EACH: Mapping[ValueType, Sequence[object]] = {
    ValueType.TEXT: ("a", ["a"]),
    ValueType.NUMBER: (1.0, [1.0, 2.0]),
    ValueType.BOOLEAN: (True, [True]),
    ValueType.INSTANT: ("2020-01-01", ["2020-01-01", "2020-01-02"]),
    ValueType.TEXTS: (["a"],),
    ValueType.ANY: (True,),
}


@dataclass(frozen=True)
class Field:
    """What may be said under a name.

    Attributes:
        kind: how it is written: `text`, `number`, `flag`, `choice`, `value` (text, a number, true or false), `list`, `span`
            (two values), `pairs` (names with numbers); `where`, `is`, `within`, `steps`, `without`, which have forms of their
            own; or `yaml`, where there is none.
        offers: what its text names, of `operator.OFFERS`: `event`, `property`, `trait`, `audience`, `list`; empty: nothing.
    """

    name: str
    kind: str
    meaning: str = ""
    is_needed: bool = False
    choices: tuple[str, ...] = ()
    offers: str = ""
    default: str = ""

    @property
    def label(self) -> str:
        """Its name as people read it."""
        return self.name.replace("_", " ")


@cache
def fields_of(operator: str) -> tuple[Field, ...]:
    """What a condition may say; that which it is called by comes first."""
    found = _fields(operators()[operator].fields)
    return tuple(sorted(found, key=lambda each: each.name != operator))


@cache
def fields_in(part: str) -> tuple[Field, ...]:
    """What may be said of a part of a condition: of a `step`, of what it is `without`, or `within` what time."""
    declared: Mapping[str, type[Declaration]] = {
        "step": StepFields,
        "without": WithoutFields,
        "within": WithinFields,
    }
    return _fields(declared[part])


@cache
def operand_of(comparison: str) -> Field:
    """What a comparison compares with."""
    return _fields(comparisons()[comparison].fields)[0]


@cache
def comparisons_for(kind: ValueType | None) -> tuple[str, ...]:
    """Those that make sense of a type of value; None: of any."""
    return tuple(name for name in comparisons() if kind is None or _types_of(name) & {kind, ValueType.ANY})


def meaning_of(operator: str) -> str:
    """What an operator asks, in a sentence."""
    told = sys.modules[operators()[operator].fields.__module__].__doc__ or ""
    return " ".join(told.split("\n\n")[0].split()).split(": ")[0].split(". ")[0]


def in_short(meaning: str, most: int) -> str:
    """The first sentence of a meaning, so that it goes on after a dash; what is longer ends at a clause, or at a word.

    >>> in_short("Did something, so many times. Who did not is out.", 80), in_short("Did one thing; then others", 20)
    ('did something, so many times', 'did one thing')
    """
    said = meaning.split(". ", maxsplit=1)[0].rstrip(".")
    if not said[:2].isupper():
        said = said[:1].lower() + said[1:]
    if len(said) <= most:
        return said
    clauses = [each.start() for each in _CLAUSE.finditer(said) if each.start() <= most]
    return said[: clauses[-1]] if clauses else f"{said[: most - 1].rpartition(' ')[0]} …"


def fits(kind: str, held: object) -> bool:
    """Whether a form can say what stands there; if not, it is written as YAML.

    >>> fits("within", {"last": "90 days"}), fits("within", {"last": "90 days", "since": "2017-01-01"}), fits("list", "tea")
    (True, False, False)
    """
    if held is None:
        return True
    match kind:
        case "where" | "without" | "pairs":
            return isinstance(held, dict) and all(isinstance(each, str) for each in held)
        case "within":
            known = {each.name: each.kind for each in fields_in("within")}
            return (
                isinstance(held, dict)
                and len(held) == 1
                and all(each in known and fits(known[each], value) for each, value in held.items())
            )
        case "steps":
            return isinstance(held, list) and all(isinstance(each, dict) for each in held)
        case "list":
            return isinstance(held, list) and all(isinstance(each, str | int | float) for each in held)
        case "span":
            return isinstance(held, list) and len(held) == 2
        case "text" | "choice" | "number" | "value":
            return not isinstance(held, list | dict)
        case _:
            return True


@cache
def _types_of(comparison: str) -> frozenset[ValueType]:
    """The types of value that a comparison can read, found by trying."""
    one, found = comparisons()[comparison], set()
    for samples in _OF_EACH.values():
        for sample in samples:
            try:
                operand = getattr(one.fields.model_validate({comparison: sample}), comparison)
            except ValidationError:
                continue
            found.add(one.reads(operand))
    return frozenset(found)


def _fields(model: type[Declaration]) -> tuple[Field, ...]:
    schema = model.model_json_schema()
    needed = schema.get("required", ())
    return tuple(_field(name, about, name in needed) for name, about in schema["properties"].items())


def _field(name: str, about: Mapping[str, Any], is_needed: bool) -> Field:
    kinds = [each for each in about.get("anyOf", [about]) if each.get("type") != "null"]
    first = kinds[0]
    choices = tuple(str(each) for kind in kinds for each in kind.get("enum", ()))
    default = about.get("default")
    return Field(
        name,
        _kind(kinds, about, choices),
        about.get("description", ""),
        is_needed,
        choices,
        about.get(OFFERS) or first.get(OFFERS) or first.get("propertyNames", {}).get(OFFERS, ""),
        "" if default is None else str(default),
    )


def _kind(kinds: Sequence[Mapping[str, Any]], about: Mapping[str, Any], choices: Sequence[str]) -> str:
    first = kinds[0]
    if STANDS_FOR in about:
        return str(about[STANDS_FOR])
    if choices:
        return "choice"
    types = {each.get("type") for each in kinds}
    if types == {"array"}:
        return "span" if 2 in (about.get("maxLength"), first.get("maxItems")) else "list"
    if len(kinds) > 1:
        return "value" if types <= set(_PLAIN) else "yaml"
    if "additionalProperties" in first and first.get("additionalProperties"):
        return "pairs"
    return _PLAIN.get(first.get("type", ""), "yaml")
