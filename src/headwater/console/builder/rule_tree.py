"""A rule as a hand holds it: groups of parts, each a group or a condition. Each function gives a new tree.

YAML has `all`, `any` and `not`; people think in groups of which all, any, none or not all parts must be met. So a `not` and
the group in it are one group here, and every group has a list of parts that can be added to, taken out and put elsewhere.
A place is the way from the top: `(0, 2)` is the third part of the first part. What a condition says is nothing to this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from headwater.audiences.parse import BRANCHES

Place = tuple[int, ...]
KINDS: Mapping[str, str] = {
    "all": "all of these",
    "any": "any of these",
    "none": "none of these",
    "not_all": "not all of these",
}
_DENIED = {"any": "none", "all": "not_all"}
_WITHIN = {kind: inner for inner, kind in _DENIED.items()}


@dataclass(frozen=True, eq=False)
class Condition:
    """One condition, as plain data. Two are never the same, also if they say the same."""

    said: object


@dataclass(frozen=True, eq=False)
class Group:
    """Parts of which so many must be met, as its kind (of `KINDS`) says."""

    kind: str
    parts: tuple[Part, ...] = field(default=())


Part = Group | Condition


def read(data: object) -> Group:
    """A rule as a group, which there is always: something can be added to it.

    >>> written(read({"did": "purchase"}))
    {'all': [{'did': 'purchase'}]}
    """
    part = _read(data) if data else Group("all")
    return part if isinstance(part, Group) else Group("all", (part,))


def _read(data: object) -> Part:
    key = next(iter(data)) if isinstance(data, Mapping) and len(data) == 1 else ""
    if key not in BRANCHES or not isinstance(data, Mapping):
        return Condition(data)
    inner = data[key]
    if key == "not":
        part = _read(inner)
        if isinstance(part, Group) and part.kind in _DENIED:
            return Group(_DENIED[part.kind], part.parts)
        return Group("none", (part,))
    return Group(key, tuple(map(_read, inner))) if isinstance(inner, list) else Condition(data)


def written(part: Part) -> object:
    """The same as YAML says it."""
    if isinstance(part, Condition):
        return part.said
    parts = [written(each) for each in part.parts]
    if part.kind not in _WITHIN:
        return {part.kind: parts}
    is_one = part.kind == "none" and len(parts) == 1
    return {"not": parts[0] if is_one else {_WITHIN[part.kind]: parts}}


def at(tree: Group, place: Place) -> Part:
    """What stands at a place.

    Raises:
        IndexError: nothing does.
    """
    part: Part = tree
    for number in place:
        if not isinstance(part, Group):
            raise IndexError(place)
        part = part.parts[number]
    return part


def places(part: Part, place: Place = ()) -> Iterator[tuple[Place, Part]]:
    """Every group and condition with its place, from the top."""
    yield place, part
    if isinstance(part, Group):
        for number, each in enumerate(part.parts):
            yield from places(each, (*place, number))


def put(tree: Group, place: Place, part: Part) -> Group:
    """The tree with another part at a place."""
    if not place:
        return part if isinstance(part, Group) else Group("all", (part,))
    above = _group(tree, place[:-1])
    parts = (*above.parts[: place[-1]], part, *above.parts[place[-1] + 1 :])
    return put(tree, place[:-1], replace(above, parts=parts))


def insert(tree: Group, place: Place, part: Part) -> Group:
    """The tree with one more part, before what stands at a place, or as the last of its group."""
    above = _group(tree, place[:-1])
    return put(
        tree, place[:-1], replace(above, parts=(*above.parts[: place[-1]], part, *above.parts[place[-1] :]))
    )


def add(tree: Group, group: Place, part: Part) -> Group:
    """The tree with one more part at the end of a group."""
    return insert(tree, (*group, len(_group(tree, group).parts)), part)


def remove(tree: Group, place: Place) -> Group:
    """The tree without a part; a group that is left with nothing goes, too, but for the outermost."""
    above = _group(tree, place[:-1])
    parts = (*above.parts[: place[-1]], *above.parts[place[-1] + 1 :])
    if not parts and len(place) > 1:
        return remove(tree, place[:-1])
    return put(tree, place[:-1], replace(above, parts=parts))


def move(tree: Group, place: Place, to: Place) -> tuple[Group, Place]:
    """The tree with a part before what stands elsewhere, or as the last there; and where it is then. Not into itself.

    >>> tree = read({"all": [{"did": "a"}, {"any": [{"did": "b"}]}]})
    >>> moved, place = move(tree, (0,), (1, 1))
    >>> written(moved), place
    ({'all': [{'any': [{'did': 'b'}, {'did': 'a'}]}]}, (0, 1))
    """
    if not place or to[: len(place)] == place:
        return tree, place
    part, hole = at(tree, place), Condition(None)
    smaller = remove(
        insert(put(tree, place, hole), to, part), _where(insert(put(tree, place, hole), to, part), hole)
    )
    return smaller, _where(smaller, part)


def step(tree: Group, place: Place, way: str) -> tuple[Group, Place]:
    """The tree with a part one step up or down among its group's, out of its group, or into the group beside it."""
    *above, number = place
    group = _group(tree, tuple(above))
    match way:
        case "up" if number:
            return move(tree, place, (*above, number - 1))
        case "down" if number + 1 < len(group.parts):
            return move(tree, place, (*above, number + 2))
        case "out" if above:
            return move(tree, place, (*above[:-1], above[-1] + 1))
        case "into":
            for beside in (number - 1, number + 1):
                other = group.parts[beside] if 0 <= beside < len(group.parts) else None
                if isinstance(other, Group):
                    return move(tree, place, (*above, beside, len(other.parts) if beside < number else 0))
    return tree, place


def regroup(tree: Group, place: Place, kind: str) -> Group:
    """The tree with the group at a place turned into another kind."""
    return put(tree, place, replace(_group(tree, place), kind=kind))


def _group(tree: Group, place: Place) -> Group:
    part = at(tree, place)
    if not isinstance(part, Group):
        raise IndexError(place)
    return part


def _where(tree: Group, wanted: Part) -> Place:
    return next(place for place, part in places(tree) if part is wanted)
