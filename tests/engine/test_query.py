"""Queries of named steps mean the same rendered whole, looked into step by step, and in each dialect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st
from sqlglot import exp

from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.inspect import inspect
from headwater.engine.query import Query, column, literal, name, parse

BUYERS = (
    Query()
    .step(
        "purchases",
        "SELECT * FROM (VALUES (1, 'a'), (1, 'b'), (2, 'c'), (3, NULL)) AS t(profile_id, product)",
    )
    .step("named", "SELECT * FROM purchases WHERE product IS NOT NULL")
    .step("buyers", "SELECT profile_id, count(*) AS n FROM named GROUP BY profile_id ORDER BY profile_id")
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    duckdb = DuckDB(threads=1)
    yield duckdb
    duckdb.close()


def test_steps_build_on_each_other(engine: DuckDB) -> None:
    assert engine.table(BUYERS).to_pydict() == {"profile_id": [1, 2], "n": [2, 1]}


def test_a_step_may_have_steps_of_its_own(engine: DuckDB) -> None:
    query = (
        Query()
        .step("one", "SELECT 1 AS x")
        .step("two", "WITH inner_one AS (SELECT x + 1 AS y FROM one) SELECT y FROM inner_one")
    )
    assert engine.table(query).to_pydict() == {"y": [2]}


def test_rendering_twice_gives_the_same_text_and_leaves_the_query_as_it_was() -> None:
    assert BUYERS.sql() == BUYERS.sql()
    assert [step for step, _ in BUYERS.steps] == ["purchases", "named", "buyers"]


def test_the_same_query_in_another_dialect_is_quoted_its_way() -> None:
    query = Query().step("of people", exp.select(column("profile_id", "p")).from_("profiles AS p"))
    whole = query.step("result", 'SELECT count(*) AS n FROM "of people"')
    assert whole.sql("spark") == (
        "WITH `of people` AS (SELECT `p`.`profile_id` FROM profiles AS p) SELECT COUNT(*) AS n FROM `of people`"
    )


def test_looking_into_a_query_shows_each_step_its_count_and_its_first_rows(engine: DuckDB) -> None:
    seen = list(inspect(BUYERS, engine, rows=2))
    assert [(step.name, step.n_rows, step.rows.num_rows) for step in seen] == [
        ("purchases", 4, 2),
        ("named", 3, 2),
        ("buyers", 2, 2),
    ]
    assert seen[-1].rows.to_pydict() == {"profile_id": [1, 2], "n": [2, 1]}


def test_the_same_text_is_parsed_once() -> None:
    assert parse("SELECT 41 + 1") is parse("SELECT 41 + 1")


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False),
    st.text(st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",))),
)


@given(values)
def test_a_literal_comes_back_as_the_value_it_was_made_of(
    engine: DuckDB, value: str | float | bool | None
) -> None:
    query = Query().step("value", exp.select(exp.alias_(literal(value), "v")))
    [back] = engine.table(query).column("v").to_pylist()
    assert back == value


@given(st.text(st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)), min_size=1))
def test_any_text_can_be_a_name(engine: DuckDB, text: str) -> None:
    assert engine.table(f"SELECT 1 AS {name(text)}").column_names == [text]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC),
        datetime(2026, 3, 1, 14, 0, 0, 5, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 3, 1, 12, 0, 0, 5),
    ],
    ids=["in UTC", "in another zone", "without zone, as tables give it"],
)
def test_an_instant_is_a_utc_timestamp_without_zone(engine: DuckDB, moment: datetime) -> None:
    query = Query().step("value", exp.select(exp.alias_(literal(moment), "v")))
    assert engine.table(query).column("v").to_pylist() == [datetime(2026, 3, 1, 12, 0, 0, 5)]
