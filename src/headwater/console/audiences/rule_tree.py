"""A rule as it is being written: plain data as YAML has it, and what a hand does to it. Each function gives a new tree.

A place is the way from the top: `("all", 0, "did")`. Nothing here knows operators: what a condition may say stands in their own
declarations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headwater.audiences.operator import STANDS_FOR, operators
from headwater.audiences.parse import BRANCHES
from headwater.core.documents import Place

Tree = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """What a condition may say under a name. `kind`: `text`, `number`, `choice` or `yaml`, by which it is typed in."""

    name: str
    kind: str
    meaning: str
    is_needed: bool
    choices: tuple[str, ...] = ()


def fields_of(operator: str) -> tuple[Field, ...]:
    """What an operator declares that its conditions may say; that which it is called by comes first."""
    schema = operators()[operator].fields.model_json_schema()
    needed = schema.get("required", ())
    found = [_field(name, about, name in needed) for name, about in schema["properties"].items()]
    return tuple(sorted(found, key=lambda each: each.name != operator))


def _field(name: str, about: Mapping[str, Any], is_needed: bool) -> Field:
    kinds = [each for each in about.get("anyOf", [about]) if each.get("type") != "null"]
    meaning = about.get("description", "")
    choices = tuple(str(each) for kind in kinds for each in kind.get("enum", ()))
    if STANDS_FOR in about or len(kinds) != 1:
        return Field(name, "yaml", meaning, is_needed)
    if choices:
        return Field(name, "choice", meaning, is_needed, choices)
    plain = {"string": "text", "integer": "number", "number": "number"}
    return Field(name, plain.get(kinds[0].get("type", ""), "yaml"), meaning, is_needed)


def branch_of(tree: object) -> str:
    """Which group a part of a rule is: `all`, `any` or `not`; empty: a condition."""
    return next((each for each in BRANCHES if isinstance(tree, Mapping) and each in tree), "")


def operator_of(tree: object) -> str:
    """Which operator a condition is of; empty: none that there is."""
    return next((each for each in tree if each in operators()), "") if isinstance(tree, Mapping) else ""


def put(tree: Any, place: Place, value: object) -> Any:
    """The tree with a value at a place; None takes away what is there."""
    if not place:
        return value
    first, *rest = place
    if isinstance(tree, Mapping):
        return _put_in_mapping(tree, first, tuple(rest), value)
    held = list(tree) if isinstance(tree, Sequence) else []
    at = int(first)
    if not rest and value is None:
        return [each for place_, each in enumerate(held) if place_ != at]
    if at == len(held):
        return [*held, value]
    return [put(each, tuple(rest), value) if place_ == at else each for place_, each in enumerate(held)]


def _put_in_mapping(tree: Mapping[str, Any], first: str | int, rest: Place, value: object) -> Tree:
    if not rest and value is None:
        return {name: each for name, each in tree.items() if name != first}
    return {**tree, str(first): put(tree.get(str(first)), rest, value)}


def at(tree: Any, place: Place) -> Any:
    """What stands at a place; None: nothing."""
    for part in place:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def add(tree: Any, place: Place, part: Tree) -> Any:
    """The tree with one more part at the end of the group at a place."""
    group = branch_of(at(tree, place))
    held = at(tree, (*place, group))
    return put(tree, (*place, group, len(held) if isinstance(held, list) else 0), part)


def remove(tree: Any, place: Place) -> Any:
    """The tree without a part; a group that is left with nothing goes, too, but for the outermost."""
    smaller = put(tree, place, None)
    group = place[:-2]
    if len(place) > 2 and at(smaller, place[:-1]) == [] and len(group) >= 2:
        return remove(smaller, group)
    return smaller


def turn(tree: Any, place: Place, into: str) -> Any:
    """The tree with the group at a place turned into another kind."""
    group = at(tree, place)
    held = group[branch_of(group)]
    parts = held if isinstance(held, list) else [held]
    if into == "not":
        return put(tree, place, {"not": parts[0] if len(parts) == 1 else {"any": parts}})
    return put(tree, place, {into: parts})


def as_group(tree: Any) -> Tree:
    """A rule whose outermost part is a group, so that there is something to add to."""
    return tree if branch_of(tree) in {"all", "any"} else {"all": [tree] if tree else []}


def simplest(operator: str) -> Tree:
    """A condition to begin with: the first example that the operator gives, as far as it is plain."""
    example = next((each.rule for each in operators()[operator].examples if isinstance(each.rule, dict)), {})
    return dict(example) if operator in example else {operator: ""}


def places(tree: Any, place: Place = ()) -> Iterator[Place]:
    """Every group and condition, from the top."""
    yield place
    group = branch_of(tree)
    held = tree[group] if group else []
    if isinstance(held, list):
        for number, each in enumerate(held):
            yield from places(each, (*place, group, number))
    else:
        yield from places(held, (*place, group))
