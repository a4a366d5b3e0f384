"""What a condition compares with, as it is typed in a line and as YAML says it: text, numbers, true and false, lists of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from headwater.audiences.values import ValueType
from headwater.console.builder.rule_text import from_line, one_line

FLAGS = ("true", "false")
_ITEM = re.compile(r'\s*("(?:[^"]|"")*"|[^,]*?)\s*(?:,|$)')


def typed(kind: str, line: str, known: ValueType | None = None) -> object:
    """A line that was typed, as a value of a kind of `declared.Field`; `known`: the type of what it is compared with.

    >>> typed("value", "10"), typed("value", "10", ValueType.TEXT), typed("list", "tea, 2"), typed("flag", "true")
    (10, '10', ['tea', 2], True)
    """
    match kind:
        case "number":
            return _number(line)
        case "flag":
            return line == "true"
        case "value":
            return _scalar(line, known)
        case "list":
            return [_item(each, known) for each in _split(line)]
        case "yaml":
            return from_line(line)
        case _:
            return line


def shown(kind: str, value: object, known: ValueType | None = None) -> str:
    """A value as a line, from which `typed` makes the same.

    >>> shown("value", "10"), shown("value", "10", ValueType.TEXT), shown("list", ["a, b", 2])
    ('"10"', '10', '"a, b", 2')
    """
    if value is None:
        return ""
    if kind == "list" and isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_shown_item(each, known) for each in value)
    if kind == "value":
        return _shown(value, known)
    return value if isinstance(value, str) and kind != "yaml" else one_line(value)


def last_of(line: str) -> str:
    """What is being typed in a list: what stands behind its last comma.

    >>> last_of("tea, cof")
    'cof'
    """
    return line.rpartition(",")[2].strip()


def _scalar(line: str, known: ValueType | None) -> object:
    said = line.strip()
    if known in {ValueType.TEXT, ValueType.TEXTS, ValueType.INSTANT}:
        return said
    if said in FLAGS:
        return said == "true"
    return _quoted(said) or _number(said)


def _item(said: str, known: ValueType | None) -> object:
    return _quoted(said) or _scalar(said, known)


def _quoted(said: str) -> str:
    """What stands in quotes; empty: it does not stand in quotes."""
    is_quoted = len(said) > 2 and said[0] == said[-1] == '"'
    return said[1:-1].replace('""', '"') if is_quoted else ""


def _number(line: str) -> object:
    """A number, if it is one; otherwise what was typed, for the rule's judge to tell of."""
    try:
        return int(line)
    except ValueError:
        pass
    try:
        number = float(line)
    except ValueError:
        return line
    return number if number - number == 0 else line  # nan and inf are words here


def _shown(value: object, known: ValueType | None) -> str:
    if not isinstance(value, str):
        return one_line(value)
    return value if _scalar(value, known) == value else _in_quotes(value)


def _shown_item(value: object, known: ValueType | None) -> str:
    said = _shown(value, known)
    return _in_quotes(value) if isinstance(value, str) and ("," in said or '"' in said) else said


def _in_quotes(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _split(line: str) -> list[str]:
    """The items of a list; quotes keep a comma in an item, and a number a text."""
    return [each[1] for each in _ITEM.finditer(line) if each[1]]
