"""The Python that builds a rule: text that `build` turns into the same rule again.

    did("purchase").where(category="coffee").within(days=90).at_least(3)

For those who move rules from files to Python, and to prove that `build` can say every rule.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping

from headwater.audiences import build
from headwater.audiences.build_values import Length
from headwater.core.errors import Bug

# What a function takes by name; every other key is a method, in this order: nothing follows a comparison.
_BY_NAME = ("by", "order", "parts", "salt")
_METHODS = (
    "of",
    "where",
    "gap",
    "same",
    "without",
    "lasting",
    "within",
    "at_least",
    "at_most",
    "exactly",
    "is",
)
_BRANCHES = {"all": "all_of", "any": "any_of"}


def python_of(data: Mapping[str, object]) -> str:
    """The expression that builds the rule that this YAML data says; its names are those of `build`.

    Raises:
        Bug: `build` has no word for something in it.
    """
    first = next(iter(data))
    inner = data[first]
    if first == "not" and isinstance(inner, dict):
        return f"~{python_of(inner)}"
    if first in _BRANCHES and isinstance(inner, list):
        return f"{_BRANCHES[first]}({', '.join(python_of(each) for each in inner)})"
    if first == "sequence" and isinstance(inner, list):
        return f"sequence({', '.join(_step(each) for each in inner)})" + _rest(first, data)
    named = "".join(f", {key}={data[key]!r}" for key in _BY_NAME if key in data)
    return f"{_word(first)}({inner!r}{named})" + _rest(first, data)


def _step(data: Mapping[str, object]) -> str:
    return f"step({data['did']!r})" + _rest("did", data)


def _rest(first: str, data: Mapping[str, object]) -> str:
    unsaid = data.keys() - {first, *_BY_NAME, *_METHODS}
    if unsaid:
        raise Bug(f"audiences/build.py has no word for {', '.join(sorted(unsaid))} of {first}")
    return "".join(_method(key, data[key]) for key in _METHODS if key in data)


def _method(key: str, value: object) -> str:
    match key, value:
        case "where", dict():
            return f".where({_named({name: _given(each) for name, each in value.items()})})"
        case "same", dict():
            return f".same({_named({name: repr(each) for name, each in value.items()})})"
        case "within", dict():
            return f".within({_window(value)})"
        case "gap" | "lasting", str():
            return f".{key}({_length(value)})"
        case "without", dict():
            return f".without({_step(value)})"
        case "is", dict():
            return "".join(f".{_word(name)}({_operand(each)})" for name, each in value.items())
        case "is", _:
            return f".is_({value!r})"
    return f".{key}({value!r})"


def _given(value: object) -> str:
    """What a property must be."""
    if isinstance(value, dict):
        return " & ".join(f"{_word(name)}({_operand(each)})" for name, each in value.items())
    return repr(value)


def _operand(value: object) -> str:
    return ", ".join(map(repr, value)) if isinstance(value, (list, tuple)) else repr(value)


def _named(values: Mapping[str, str]) -> str:
    """Arguments by name; a mapping where a name is no word of Python's."""
    if all(name.isidentifier() and not keyword.iskeyword(name) for name in values):
        return ", ".join(f"{name}={each}" for name, each in values.items())
    return "{" + ", ".join(f"{name!r}: {each}" for name, each in values.items()) + "}"


def _window(data: Mapping[str, object]) -> str:
    [(key, value)] = data.items()
    if key == "last" and isinstance(value, str):
        return _length(value)
    return f"{key}={tuple(value) if isinstance(value, list) else value!r}"


def _length(text: str) -> str:
    number, unit = text.split()
    unit = unit if unit.endswith("s") else f"{unit}s"
    if unit not in Length.__annotations__:
        raise Bug(f"audiences/build.py has no word for {unit}")
    return f"{unit}={int(number)}"


def _word(name: str) -> str:
    if name not in build.__all__:
        raise Bug(f"audiences/build.py has no word for {name}")
    return name
