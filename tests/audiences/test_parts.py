"""The contract kit: every operator and comparison that is discovered keeps its promises. Nothing is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from headwater.audiences.comparison import comparisons
from headwater.audiences.evaluate import evaluate
from headwater.audiences.example import CLOCK, Example
from headwater.audiences.history import tables_of
from headwater.audiences.met import with_met
from headwater.audiences.operator import operators
from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Rule, describe, matches
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.engine.engines.duckdb import DuckDB

PARTS = {**operators(), **comparisons()}
EXAMPLES = [
    pytest.param(name, example, id=f"{name} {number}")
    for name, part in PARTS.items()
    for number, example in enumerate(part.examples, start=1)
]


@dataclass(frozen=True)
class Tried:
    rule: Rule


@dataclass(frozen=True)
class Tables:
    engine: DuckDB
    clock: Clock = CLOCK


@pytest.fixture
def engine() -> Iterator[DuckDB]:
    session = DuckDB(threads=1)
    yield session
    session.close()


def vocabulary_of(examples: tuple[Example, ...]) -> Vocabulary:
    people = [person for each in examples for person in (each.person, *each.others)]
    values = {name: value for person in people for name, value in person.traits.items()}
    kinds = {
        bool: "boolean",
        str: "text",
        int: "number",
        float: "number",
        datetime: "instant",
        tuple: "texts",
    }
    return Vocabulary(
        traits={name: ValueType(kinds[type(value)]) for name, value in values.items()},
        audiences=frozenset({"lapsed"}),
        lists=frozenset({"vip"}),
    )


def read(name: str, example: Example) -> Rule:
    rule = parse_rule(example.rule, vocabulary_of(PARTS[name].examples))
    assert not isinstance(rule, list), rule
    return rule


def shown(example: Example, engine: DuckDB) -> Tables:
    for table, rows in tables_of([example.person, *example.others]).items():
        engine.register(table, rows)
    return Tables(engine)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_says_what_its_text_says(name: str, example: Example) -> None:
    assert describe(read(name, example)) == example.text


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_is_decided_right_in_python(name: str, example: Example, engine: DuckDB) -> None:
    rule = read(name, example)
    told = with_met({1: example.person}, [rule], shown(example, engine))
    assert matches(rule, told[1], CLOCK) is example.takes_in


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_is_decided_right_in_sql(name: str, example: Example, engine: DuckDB) -> None:
    found = evaluate({"tried": Tried(read(name, example))}, shown(example, engine))
    assert (1 in found.members("tried").tolist()) is example.takes_in


@pytest.mark.parametrize("name", PARTS)
def test_examples_show_both_answers(name: str) -> None:
    assert {example.takes_in for example in PARTS[name].examples} == {True, False}


@pytest.mark.parametrize("name", PARTS)
def test_the_first_field_is_the_part_itself_and_every_field_says_what_it_is(name: str) -> None:
    fields = PARTS[name].fields.model_fields
    assert name in fields
    assert all(info.description for info in fields.values())
    assert PARTS[name].fields.model_json_schema()["additionalProperties"] is False


@pytest.mark.parametrize("name", PARTS)
def test_examples_use_the_part_they_belong_to(name: str) -> None:
    for example in PARTS[name].examples:
        shorthand = name in ("one_of", "equals") and not isinstance(example.rule.get("is"), dict)
        assert name in str(example.rule) or shorthand
