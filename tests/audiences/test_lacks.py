"""What would turn an answer, in words: how much more, by when, or until when, for every kind of condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from headwater.audiences.chosen import Unsaved
from headwater.audiences.example import CLOCK, bought, person
from headwater.audiences.explain import Explanation, explain
from headwater.audiences.history import Happened, History, tables_of
from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Condition
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.engine.engines.duckdb import DuckDB

VOCABULARY = Vocabulary(
    traits={
        "joined": ValueType.INSTANT,
        "revenue": ValueType.NUMBER,
        "household_id": ValueType.TEXT,
        "rank": ValueType.NUMBER,
    },
    audiences=frozenset({"lapsed"}),
    lists=frozenset({"vip"}),
)
NOW = CLOCK.now()  # 2017-07-01T12:00Z
MONTH: dict[str, object] = {"last": "30 days"}
FIRST_LEAVES = (
    "2017-07-11T12:00:00Z, when the purchase of 2017-06-11T12:00:00Z is no longer in the last 30 days"
)


def did(event: str, days_ago: float, **properties: object) -> Happened:
    return Happened(event, NOW - timedelta(days=days_ago), properties)


ME = person(
    did("page", 1, product_id="a"),
    bought(10, revenue=5.0, product_id="b"),
    bought(40, revenue=3.0),
    bought(20, revenue=1.0),
    bought(-3),
    joined=NOW - timedelta(days=10),
    revenue=5.0,
    household_id="x",
)
OTHERS = (
    person(revenue=9.0, household_id="y", audiences=("lapsed",), rank=1.0),
    person(revenue=7.0, lists=("vip",)),
    person(),
)


@dataclass(frozen=True)
class Tables:
    engine: DuckDB
    clock: Clock = CLOCK


@pytest.fixture
def tables() -> Iterator[Tables]:
    engine = DuckDB(threads=1)
    for table, rows in tables_of([ME, *OTHERS]).items():
        engine.register(table, rows)
    yield Tables(engine)
    engine.close()


def explained(data: object, tables: Tables, profile_id: int = 1) -> Explanation:
    rule = parse_rule(data, VOCABULARY)
    assert not isinstance(rule, list), rule
    return explain(profile_id, Unsaved(rule), tables)


def sequence(*events: str, **others: object) -> dict[str, object]:
    return {"sequence": [{"did": event} for event in events], **others}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"did": "purchase", "at_most": 1, "within": MONTH}, f"not before {FIRST_LEAVES}"),
        (
            {"did": "purchase", "exactly": 2, "within": MONTH},
            f"1 more purchase in the last 30 days would end it; until {FIRST_LEAVES}",
        ),
        ({"did": "purchase", "at_least": 2, "within": {"more_than_ago": "15 days"}}, ""),
        (
            {"did": "purchase", "at_least": 3, "within": {"more_than_ago": "15 days"}},
            "not before 2017-07-06T12:00:00Z, when the purchase of 2017-06-21T12:00:00Z is more than 15 days ago",
        ),
        (
            {"did": "refund", "within": {"previous": "month"}},
            "1 more refund in the previous month (what happens now does not count)",
        ),
        (
            {"did": "purchase", "within": {"this": "year"}},
            "until 2018-01-01T00:00:00Z, when the purchase of 2017-05-22T12:00:00Z is no longer this year",
        ),
        (
            {"did": "purchase", "at_least": 2, "within": {"previous": "month"}},
            "until 2017-08-01T00:00:00Z, when the purchase of 2017-06-11T12:00:00Z is no longer in the previous month",
        ),
        (
            {"did": "purchase", "within": {"since": "12 days ago"}},
            "until 2017-07-03T12:00:00.000001Z, when the purchase of 2017-06-21T12:00:00Z is no longer since 12 days ago",
        ),
        (
            {"did": "purchase", "where": {"occurred_at": {"before": "30 days ago"}}, "at_least": 2},
            (
                "1 more purchase where (occurred_at is before 30 days ago), or wait: not before"
                " 2017-07-11T12:00:00.000001Z, when the purchase of 2017-06-11T12:00:00Z begins to count"
            ),
        ),
        ({"did_on_days": "purchase", "at_least": 5}, "2 more days with purchase"),
        ({"did_on_days": "purchase", "at_least": 2, "within": MONTH}, f"until {FIRST_LEAVES}"),
        (
            {"first_time": "purchase", "is": {"after": "30 days ago"}},
            "the first purchase would have to be so: is after 30 days ago",
        ),
        (
            {"last_time": "purchase", "is": {"before": "15 days ago"}},
            "the last purchase would have to be so: is before 15 days ago, or wait: not before 2017-07-06T12:00:00.000001Z",
        ),
        ({"last_time": "purchase", "is": {"after": "15 days ago"}}, "until 2017-07-06T12:00:00Z"),
        ({"last_time": "purchase", "is": {"after": "5 days ago"}}, "1 more purchase"),
        (
            {"days_since_last": "purchase", "is": {"at_least": 30}},
            (
                "the number of days since the last purchase would have to be so: is at least 30 (20 more),"
                " or wait: not before 2017-07-21T00:00:00Z"
            ),
        ),
        (
            {"days_since_last": "purchase", "is": {"between": [5, 20]}},
            "1 more purchase would end it; until 2017-07-12T00:00:00Z",
        ),
        (
            {"minimum": "revenue", "of": "purchase", "within": MONTH, "is": {"at_least": 2}},
            f"the minimum would have to be so: is at least 2 (1 more), or wait: not before {FIRST_LEAVES}",
        ),
        (sequence("refund", "page"), "1 more refund, then page"),
        (
            sequence("page", "purchase", within=MONTH),
            "step 2 of 2: purchase, before 2017-07-30T12:00:00Z, when step 1 is no longer in the last 30 days",
        ),
        (
            sequence("purchase", "page", "refund", "page", lasting="2 weeks", within=MONTH),
            "steps 3 to 4 of 4: refund, then page, the next by 2017-07-05T12:00:00Z",
        ),
        (
            {"sequence": [{"did": "page"}, {"did": "purchase", "gap": "2 days", "same": {"product_id": 1}}]},
            "step 2 of 2: purchase with the same product_id as step 1 at most 2 days later, by 2017-07-02T12:00:00Z",
        ),
        (
            {"sequence": [{"did": "page"}, {"did": "purchase", "gap": "12 hours"}]},
            "1 more page, then purchase at most 12 hours later",
        ),
        (
            {"sequence": [{"did": "purchase"}, {"did": "refund", "without": {"did": "page"}}]},
            "1 more purchase, then refund without page in between",
        ),
        (sequence("purchase", "page", at_least=2), "1 more purchase, then page"),
        (sequence("purchase", "page", exactly=0), "1 too many"),
        (
            sequence("purchase", "page", within=MONTH),
            "until 2017-07-21T12:00:00Z, when the purchase of 2017-06-21T12:00:00Z is no longer in the last 30 days",
        ),
        (
            {"trait": "joined", "is": {"before": "30 days ago"}},
            "joined would have to be so: is before 30 days ago, or wait: not before 2017-07-21T12:00:00.000001Z",
        ),
        ({"trait": "joined", "is": {"after": "30 days ago"}}, "until 2017-07-21T12:00:00Z"),
        ({"top": 1, "by": "revenue"}, "revenue would have to be at least 9"),
        ({"top": 2, "by": "revenue"}, "revenue would have to be at least 7"),
        ({"top": 1, "by": "revenue", "order": "lowest"}, ""),
        ({"top": 1, "by": "rank", "order": "lowest"}, "rank would have to be at most 1"),
        ({"sample": "1%", "salt": "x"}, "nothing turns it: the salt has drawn, once and for all"),
        (
            {"split": "A", "parts": {"A": 50, "B": 50}, "salt": "x"},
            "nothing turns it: the salt has split everyone, once and for all",
        ),
        ({"in_list": "vip"}, "an identifier of this profile on list vip"),
        ({"household_of": "lapsed"}, 'a member of audience lapsed with the household_id "x"'),
    ],
    ids=str,
)
def test_the_nearest_change_is_told(data: object, told: str, tables: Tables) -> None:
    assert explained(data, tables).lacks == told


def test_what_is_there_tells_how_it_could_end_or_what_is_missing_first(tables: Tables) -> None:
    assert explained({"in_list": "vip"}, tables, 3).lacks == "being taken off list vip would end it"
    missing = "household_id would have to be that of a member of audience lapsed"
    assert explained({"household_of": "lapsed"}, tables, 4).lacks == missing


def test_a_rule_of_which_a_part_is_not_known_does_not_say_when_it_turns(tables: Tables) -> None:
    known: dict[str, object] = {"did": "purchase", "within": MONTH}
    assert explained({"all": [known]}, tables).turns_at == NOW + timedelta(days=20)
    for unknown in ({"household_of": "lapsed"}, {"sql": "SELECT profile_id FROM profiles"}):
        assert explained({"any": [known, unknown]}, tables).turns_at is None


def test_a_part_that_only_others_could_turn_is_taken_to_stay(tables: Tables) -> None:
    data = {"all": [{"did": "purchase", "within": MONTH}, {"top": 3, "by": "revenue"}]}
    assert explained(data, tables).turns_at == NOW + timedelta(days=20)


def test_what_happens_after_now_is_not_foreseen(tables: Tables) -> None:
    # ME buys again in three days: as of now nobody knows.
    rule = parse_rule({"did": "purchase", "within": {"last": "15 days"}}, VOCABULARY)
    assert not isinstance(rule, list)
    assert explain(1, Unsaved(rule), tables).turns_at == NOW + timedelta(days=5)


def test_too_many_events_to_look_at_tell_no_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headwater.audiences.turning.MOST_LOOKED_AT", 30)
    data = {"last_time": "purchase", "within": MONTH, "is": {"after": "2017-06-01"}}
    rule = parse_rule(data, VOCABULARY)
    assert isinstance(rule, Condition)
    few, many = History((bought(1),)), History(tuple(bought(n) for n in range(1, 20)))
    assert rule.turns_at(few, CLOCK) == NOW + timedelta(days=29)
    assert rule.turns_at(many, CLOCK) is None
