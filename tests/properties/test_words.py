"""Different rules have different descriptions: whoever reads one can write the rule again.

Random rules with names and texts that look like words of the sentence around them, against near misses of themselves: another
operand, name, window, count or nesting.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from tests.properties.test_one_meaning import VOCABULARY, settled, trees

from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Rule, describe, to_data
from headwater.audiences.values import ValueType

pytestmark = pytest.mark.slow

NAMES = [
    "a",
    "and",
    "or",
    "not",
    "a and b",
    "a or b",
    "a (b)",
    "(a)",
    "a)",
    '"a"',
    'a"',
    "a, then b",
    "a at least 1 time",
    "a at any time",
    "a where",
    "exists",
    "is",
    "1",
    "1.0",
    "true",
    "in the last 7 days",
    "a\nb",
    "ä b",
    "highest 2",
    "2 by a",
]
KINDS = (ValueType.TEXT, ValueType.NUMBER, ValueType.BOOLEAN, ValueType.INSTANT)
TYPED = {
    f"{name}{end}": kind for name in NAMES for end, kind in zip(("", " ", "2", " 3"), KINDS, strict=True)
}
ODD = replace(
    VOCABULARY,
    events=VOCABULARY.events | frozenset(NAMES),
    traits={**VOCABULARY.traits, **TYPED},
    audiences=VOCABULARY.audiences | frozenset(NAMES),
    lists=VOCABULARY.lists | frozenset(NAMES),
)
PROPERTIES = ["category", "colour", "and", "is", "exists", "at.least", "revenue", "a-b", "or"]
TEXTS = [*NAMES, "", " ", "a and is b", 'a" and "b', "null", "0", "1 ", "2026-03-08", "7 days", "7 days ago"]
MOMENTS = ["2026-03-08", "2026-03-08T00:00", "2026-03-08 00:00", "7 days ago", "1 weeks ago", "in 7 days"]
NUMBERS = [0, 1, 2, 3, 10, 1.5, 1e300, 0.1, 0.30000000000000004, 100]
SPANS = ["1 days", "7 days", "1 weeks", "24 hours", "1 months", "10%", "10.0001%", "50%", *MOMENTS]

Path = tuple[str | int, ...]


def paths(data: object, path: Path = ()) -> Iterator[Path]:
    """The place of everything in a rule's data."""
    yield path
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from paths(value, (*path, key))


def at(data: object, path: Path) -> object:
    for key in path:
        data = data[key]  # type: ignore[index]
    return data


def put(data: object, path: Path, value: object) -> object:
    """The same data with something else at a place."""
    if not path:
        return value
    changed = deepcopy(data)
    at(changed, path[:-1])[path[-1]] = value  # type: ignore[index]
    return changed


def another(value: object, chance: random.Random) -> object:
    """Something that could stand in the place of a value."""
    if isinstance(value, bool):
        return chance.choice([not value, str(value).lower(), int(value)])
    if isinstance(value, (int, float)):
        return chance.choice([*NUMBERS, str(value), value + 1, True])
    if isinstance(value, str):
        return chance.choice(
            [*TEXTS, *SPANS, *TYPED, f"{value} ", f'{value}"', value.upper(), [value], 1, True]
        )
    if isinstance(value, list):
        kept = [each for each in value if chance.random() < 0.7]
        return chance.choice(
            [kept, value[::-1], [*value, *value[:1]], [value], {"all": value}, {"any": value}]
        )
    if isinstance(value, dict):
        return another_of_keys(value, chance)
    return value


def another_of_keys(value: dict[str, object], chance: random.Random) -> object:
    kept = {key: each for key, each in value.items() if chance.random() < 0.7}
    name, test = (
        chance.choice(PROPERTIES),
        chance.choice([{"exists": True}, {"exists": False}, "a", 1, True, ["a"]]),
    )
    turned = {
        ("any" if key == "all" else "all" if key == "any" else key): each for key, each in value.items()
    }
    wheres = [{**value, "where": {name: test}}, {**value, name: test}]
    lasts = [
        {**value, "within": {"last": chance.choice(SPANS)}},
        {**value, "exactly": 1},
        {**value, "at_most": 1},
    ]
    nested = [
        {"not": value},
        {"all": [value]},
        {"any": [value]},
        {"all": [value, value]},
        {"all": [{"all": [value]}]},
    ]
    renamed = {
        chance.choice(["equals", "not_equals", "starts_with", "contains", "at_least", "at_most"]): each
        for each in value.values()
    }
    return chance.choice([kept, turned, renamed, *wheres, *lasts, *nested])


def swallowed(data: dict[str, object], chance: random.Random) -> Iterator[Rule]:
    """A condition whose name is words that stood behind the name of another one."""
    rule = parse_rule(data, ODD)
    named = [key for key, value in data.items() if isinstance(value, str) and key != "sql"]
    if isinstance(rule, list) or not named:
        return
    key, words = chance.choice(named), describe(rule)
    name = str(data[key])
    first = words.find(name)
    ends = [
        place
        for place in range(first + len(name), len(words) + 1)
        if words[place : place + 1] in ("", " ", ")")
    ]
    if first < 0 or not ends:
        return
    longer = words[first : chance.choice(ends)].replace('"', chance.choice(['"', ""]))
    known = replace(
        ODD,
        events=frozenset(),
        traits={**TYPED, longer: ODD.traits.get(name, ValueType.TEXT)},
        audiences=ODD.audiences | {longer},
        lists=ODD.lists | {longer},
    )
    left = {each: value for each, value in data.items() if chance.random() < 0.6}
    for changed in ({**data, key: longer}, {**left, key: longer}):
        read = parse_rule(changed, known)
        if not isinstance(read, list):
            yield read


def near_misses(data: object, chance: random.Random) -> Iterator[Rule]:
    """The rule, and others that are written nearly as it is."""
    for _ in range(40):
        changed = data
        for _ in range(chance.randrange(3)):
            path = chance.choice(list(paths(changed)))
            changed = put(changed, path, another(at(changed, path), chance))
        read = parse_rule(changed, ODD)
        if not isinstance(read, list):
            yield read
        if isinstance(changed, dict):
            yield from swallowed(changed, chance)


names = st.sampled_from(NAMES)
tests_of_text = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(TEXTS).map(lambda text: {"not_equals": text}),
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3),
)
tests_of_any = st.one_of(
    tests_of_text, st.sampled_from([*NUMBERS, True, False]), st.sampled_from(NUMBERS).map(lambda n: [n])
)
wheres = st.dictionaries(st.sampled_from(["colour", "and", "exists"]), tests_of_any, min_size=1, max_size=2)
plain = st.one_of(
    names.map(lambda name: {"did": name}),
    st.builds(lambda name, where: {"did": name, "where": where}, names, wheres),
    st.builds(lambda name, test: {"trait": name, "is": test}, names, tests_of_text),
    names.map(lambda name: {"in_audience": name}),
    names.map(lambda name: {"in_list": name}),
    st.builds(lambda name, by: {"household_of": name, "by": by}, names, names),
    names.map(lambda name: {"top": 2, "by": f"{name}2"}),
    st.builds(lambda name, other: {"sequence": [{"did": name}, {"did": other}]}, names, names),
    st.builds(lambda a, b: {"split": a, "parts": {a: 50, b: 50}, "salt": b}, names, names).filter(
        lambda each: len(each["parts"]) == 2
    ),
)
pairs = st.builds(
    lambda key, some: {key: some}, st.sampled_from(["all", "any"]), st.lists(plain, min_size=1, max_size=2)
)


@settled(800)
@given(data=st.one_of(trees, plain, plain, pairs), seed=st.integers(0, 1 << 32))
def test_different_rules_never_have_the_same_description(data: object, seed: int) -> None:
    # A seed, because so many draws of Hypothesis' own would be more than one example may have.
    said: dict[str, str] = {}
    for rule in near_misses(data, random.Random(seed)):
        written = json.dumps(to_data(rule), sort_keys=True)
        assert said.setdefault(describe(rule), written) == written, describe(rule)
