"""Conditions about sets of people: ties, shares, households, and why a profile is in or out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from headwater.audiences.evaluate import evaluate
from headwater.audiences.example import CLOCK, person
from headwater.audiences.explain import explain
from headwater.audiences.history import History, read_histories, tables_of
from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Not, Rule
from headwater.audiences.size import size
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.engine.engines.duckdb import DuckDB

VOCABULARY = Vocabulary(
    events=frozenset({"purchase"}),
    traits={
        "revenue": ValueType.NUMBER,
        "joined": ValueType.INSTANT,
        "household_id": ValueType.TEXT,
        "tier": ValueType.TEXT,
        "is_member": ValueType.BOOLEAN,
    },
    audiences=frozenset({"lapsed", "best", "families"}),
    lists=frozenset({"vip"}),
)


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


def rule(data: object) -> Rule:
    found = parse_rule(data, VOCABULARY)
    assert not isinstance(found, list), found
    return found


def holding(engine: DuckDB, *people: History) -> Tables:
    for table, rows in tables_of(people).items():
        engine.register(table, rows)
    return Tables(engine)


def members(data: object, tables: Tables) -> list[int]:
    return [int(each) for each in evaluate({"asked": Tried(rule(data))}, tables).members("asked")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"top": 1}, [1, 2]),
        ({"top": 2}, [1, 2]),
        ({"top": 3}, [1, 2, 3, 4]),
        ({"top": 99}, [1, 2, 3, 4, 5]),
        ({"top": 1, "order": "lowest"}, [5]),
        ({"top": 3, "order": "lowest"}, [3, 4, 5]),
        ({"top": "20%"}, [1, 2]),
        ({"top": "40%"}, [1, 2]),
        ({"top": "40.0001%"}, [1, 2, 3, 4]),
        ({"top": "20%", "order": "lowest"}, [5]),
        ({"top": "20.1%", "order": "lowest"}, [3, 4, 5]),
        ({"top": "100%"}, [1, 2, 3, 4, 5]),
        ({"top": "0.0001%", "order": "lowest"}, [5]),
    ],
    ids=str,
)
def test_the_best_by_a_trait_with_ties_and_without_who_lacks_it(
    said: dict[str, object], expected: list[int], engine: DuckDB
) -> None:
    # The two zeros are one number.
    values = [math.inf, math.inf, 0.0, -0.0, -5.0]
    tables = holding(
        engine,
        *(person(revenue=value) for value in values),
        person(),
        person(revenue=math.nan),
        person(tier="9"),
    )
    assert members({**said, "by": "revenue"}, tables) == expected


def test_the_latest_are_the_highest_of_a_trait_that_is_an_instant(engine: DuckDB) -> None:
    days = [datetime(2017, 1, day, tzinfo=UTC) for day in (3, 9, 6)]
    tables = holding(engine, *(person(joined=day) for day in days))
    assert members({"top": 1, "by": "joined"}, tables) == [2]
    assert members({"top": 1, "by": "joined", "order": "lowest"}, tables) == [1]


def test_nobody_has_the_trait(engine: DuckDB) -> None:
    tables = holding(engine, person(), person())
    assert members({"top": "50%", "by": "revenue"}, tables) == []
    assert members({"not": {"top": 5, "by": "revenue"}}, tables) == [1, 2]


def test_an_identifier_on_a_list_is_only_met_by_one_of_its_kind(engine: DuckDB) -> None:
    tables = holding(engine, person(), person())
    engine.create(
        "list_entries",
        "SELECT 'vip' AS list, 'household_id' AS identifier, '1' AS value_index"
        " UNION ALL SELECT 'vip', 'user_id', '2' UNION ALL SELECT 'other', 'user_id', '1'",
    )
    assert members({"in_list": "vip"}, tables) == [2]
    assert [each.lists for each in read_histories([1, 2], engine).values()] == [{"other"}, {"vip"}]


@pytest.fixture
def families(engine: DuckDB) -> Tables:
    return holding(
        engine,
        person(audiences=("lapsed",), household_id="a"),
        person(household_id="a"),
        person(household_id="A"),
        person(audiences=("lapsed",)),
        person(household_id="b"),
        person(),
    )


def test_a_household_is_who_shares_the_trait_with_a_member(families: Tables) -> None:
    assert members({"household_of": "lapsed"}, families) == [1, 2]
    assert members({"household_of": "lapsed", "by": "tier"}, families) == []


def test_a_household_of_an_audience_of_the_same_run_is_that_of_its_members_now(families: Tables) -> None:
    audiences = {
        "families": Tried(rule({"household_of": "best"})),
        "best": Tried(rule({"trait": "household_id", "is": "b"})),
    }
    found = evaluate(audiences, families)
    assert found.members("families").tolist() == [5]
    assert size(rule({"household_of": "best"}), families, audiences) == 1


def test_why_someone_is_among_others_is_explained_with_the_value_seen(engine: DuckDB) -> None:
    tables = holding(engine, person(revenue=5.0), person(revenue=9.0), person())
    best = Tried(rule({"top": 1, "by": "revenue"}))
    told = [explain(each, best, tables) for each in (1, 2, 3)]
    assert [(each.passed, each.seen) for each in told] == [
        (False, "5, is not among them"),
        (True, "9, is among them"),
        (False, "no value"),
    ]


def test_explanations_follow_audiences_into_what_they_compare(families: Tables) -> None:
    audiences = {
        "best": Tried(Not(rule({"household_of": "lapsed"}))),
        "families": Tried(rule({"household_of": "best"})),
        "asked": Tried(rule({"all": [{"in_audience": "best"}, {"in_audience": "families"}]})),
    }
    found = evaluate(audiences, families)
    for name, audience in audiences.items():
        passed = [each for each in range(1, 7) if explain(each, audience, families, audiences).passed]
        assert passed == found.members(name).tolist(), name
    assert found.members("asked").tolist() == [3, 5]


def test_the_part_that_a_profile_is_in_is_told(engine: DuckDB) -> None:
    tables = holding(engine, person(), person())
    split = Tried(rule({"split": "B", "parts": {"A": 50, "B": 10}, "salt": "winter"}))
    assert explain(1, split, tables).seen == 'is in part "A"'


def test_the_order_of_parts_carries_no_meaning() -> None:
    one = rule({"split": "A", "parts": {"A": 30, "B": 70}, "salt": "x"})
    other = rule({"split": "A", "parts": {"B": 70.0, "A": 30}, "salt": "x"})
    assert one == other


@pytest.mark.parametrize(
    ("data", "path", "says"),
    [
        ({"top": 0, "by": "revenue"}, "rule.top", "between 1 and"),
        ({"top": True, "by": "revenue"}, "rule.top", "a whole number like 1000"),
        ({"top": 1.5, "by": "revenue"}, "rule.top", "a whole number like 1000"),
        ({"top": "0%", "by": "revenue"}, "rule.top", "more than 0"),
        ({"top": "ten", "by": "revenue"}, "rule.top", "a share like 10%"),
        ({"top": 10}, "rule", "'by' is missing"),
        ({"top": 10, "by": "revenu"}, "rule.by", "did you mean 'revenue'?"),
        ({"top": 10, "by": "tier"}, "rule.by", "a number or an instant"),
        ({"top": 10, "by": "is_member"}, "rule.by", "a number or an instant"),
        ({"top": 10, "by": "revenue", "order": "hihgest"}, "rule.order", "did you mean 'highest'?"),
        ({"sample": "10%"}, "rule", "'salt' is missing"),
        ({"sample": "101%", "salt": "x"}, "rule.sample", "at most 100 percent"),
        ({"sample": 0.1, "salt": "x"}, "rule.sample", "a share like 10%"),
        ({"sample": "1.00001%", "salt": "x"}, "rule.sample", "four decimals"),
        ({"sample": "10%", "salt": ""}, "rule.salt", "must not be empty"),
        (
            {"split": "C", "parts": {"A": 50, "B": 50}, "salt": "x"},
            "rule.split",
            "there is no part 'C'; known: A, B",
        ),
        (
            {"split": "A", "parts": {"A": 60, "B": 50}, "salt": "x"},
            "rule.parts",
            "more than 100 percent together",
        ),
        (
            {"split": "A", "parts": {"A": "50%"}, "salt": "x"},
            "rule.parts",
            "part 'A' must be a number of percent",
        ),
        ({"split": "A", "parts": {}, "salt": "x"}, "rule.parts", "like {A: 50, B: 50}"),
        ({"split": "A", "parts": ["A"], "salt": "x"}, "rule.parts", "like {A: 50, B: 50}"),
        ({"household_of": "lapsd"}, "rule.household_of", "did you mean 'lapsed'?"),
        ({"household_of": "lapsed", "by": "home"}, "rule.by", "there is no trait 'home'"),
        ({"in_list": "vips"}, "rule.in_list", "did you mean 'vip'?"),
        ({"in_list": 7}, "rule.in_list", "must be text"),
        ({"sql": ""}, "rule.sql", "must not be empty"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_where_and_what_would_be_right(data: object, path: str, says: str) -> None:
    found = parse_rule(data, VOCABULARY)
    assert isinstance(found, list)
    assert [each.path for each in found] == [path]
    assert says in str(found[0])
