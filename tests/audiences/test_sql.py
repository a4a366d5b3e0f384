"""The condition `sql`: it reads the project's tables and nothing else, gives profile ids, and ends in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from headwater.audiences.evaluate import evaluate
from headwater.audiences.example import CLOCK, bought, person
from headwater.audiences.explain import explain
from headwater.audiences.history import tables_of
from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Rule
from headwater.audiences.sql_text import faults, query_of, tables_of as tables_read_by
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.core.errors import RuleError
from headwater.engine.engines.duckdb import DuckDB

FOREVER = (
    "SELECT count(*) AS profile_id FROM range(1000000000) AS a(x), range(1000000000) AS b(y) WHERE x + y = 3"
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
    session = DuckDB(threads=2, sql_seconds=0.3)
    for table, rows in tables_of([person(bought(1), city="Rome"), person(bought(-1)), person()]).items():
        session.register(table, rows)
    yield session
    session.close()


def parsed(text: str) -> Rule:
    rule = parse_rule({"sql": text}, Vocabulary())
    assert not isinstance(rule, list), rule
    return rule


def members(text: str, engine: DuckDB) -> list[int]:
    return evaluate({"asked": Tried(parsed(text))}, Tables(engine)).members("asked").tolist()


REFUSED = {
    "a file": ("SELECT profile_id FROM 'people.csv'", "there is no table 'people.csv'"),
    "a file by a function": (
        "SELECT profile_id FROM read_text('/etc/passwd')",
        "may not read from read_text()",
    ),
    "a file inside an expression": (
        "SELECT profile_id FROM traits WHERE text = (SELECT content FROM read_blob('/etc/passwd'))",
        "may not read from read_blob()",
    ),
    "a file behind a name given elsewhere": (
        'SELECT profile_id FROM (WITH "f.csv" AS (SELECT 1) SELECT 1) AS a, "f.csv"',
        "may not call a part of it 'f.csv'",
    ),
    "a query in a text": ("SELECT profile_id FROM query('SELECT 1')", "may not read from query()"),
    "a table that is not there": ("SELECT profile_id FROM trait", "there is no table 'trait'"),
    "the engine's own tables": ("SELECT profile_id FROM sqlite_master", "there is no table 'sqlite_master'"),
    "another schema": (
        "SELECT 1 AS profile_id FROM information_schema.tables",
        "there is no table 'information_schema.tables'",
    ),
    "a setting": (
        "SELECT profile_id FROM profiles WHERE current_setting('threads') = '1'",
        "current_setting()",
    ),
    "waiting": ("SELECT profile_id FROM profiles WHERE pg_sleep(9) IS NULL", "may not call pg_sleep()"),
    "chance": ("SELECT profile_id FROM profiles WHERE random() < 0.5", "may not call random()"),
    "a sample": ("SELECT profile_id FROM profiles USING SAMPLE 5", "may not draw rows by chance"),
    "the present": ("SELECT profile_id FROM events WHERE occurred_at < now()", "may not ask for now()"),
    "today": (
        "SELECT profile_id FROM events WHERE occurred_at < current_date",
        "may not ask for current_date",
    ),
    "this moment": (
        "SELECT profile_id FROM events WHERE occurred_at < current_timestamp",
        "current_timestamp",
    ),
    "an age today": (
        "SELECT profile_id FROM traits WHERE age(instant) > INTERVAL 3 DAY",
        "may not ask for age()",
    ),
    "a quantile by chance": (
        "SELECT reservoir_quantile(profile_id, 0.5) AS profile_id FROM traits",
        "may not call",
    ),
    "deleting": ("DELETE FROM traits", "must be one SELECT"),
    "deleting on the way": (
        "WITH gone AS (DELETE FROM traits RETURNING profile_id) SELECT profile_id FROM gone",
        "may only ask",
    ),
    "two statements": ("SELECT profile_id FROM traits; DROP TABLE traits", "must be one SELECT"),
    "a command": ("COPY traits TO 'x.csv'", "must be one SELECT"),
    "a pragma": ("PRAGMA database_list", "must be one SELECT"),
    "no SQL": ("everyone who bought coffee", "no SQL"),
    "too deep": ("(" * 9000, "no SQL"),
    "too long": ("SELECT profile_id FROM traits --" + "x" * 60_000, "is longer than"),
    "two columns": ("SELECT profile_id, trait FROM traits", "gives profile_id, trait"),
    "another column": ("SELECT node_id FROM nodes", "gives node_id"),
    "text for numbers": ("SELECT trait AS profile_id FROM traits", "gives VARCHAR"),
    "a column that is not there": ("SELECT profile_id FROM traits WHERE value = 1", '"value" not found'),
    "an unknown placeholder": ("SELECT profile_id FROM traits WHERE number = :limit", "stands for nothing"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_may_not_be_asked_is_refused_with_its_place(text: str, message: str) -> None:
    problems = parse_rule({"all": [{"sql": text}]}, Vocabulary())
    assert isinstance(problems, list)
    assert message in str(problems[0])
    assert {each.path for each in problems} == {"rule.all[0].sql"}


def test_the_nearest_table_is_named() -> None:
    assert faults("SELECT profile_id FROM trait")[0].expected == "did you mean 'traits'?"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT profile_id FROM traits WHERE text = 'Rome'",
        "FROM traits SELECT DISTINCT profile_id WHERE regexp_matches(text, '^R')",
        "WITH a AS (SELECT * FROM traits) SELECT profile_id FROM a INTERSECT SELECT profile_id FROM profiles",
        "SELECT profile_id FROM traits, unnest(['Rome', 'Oslo']) AS t(city) WHERE text = city",
        "SELECT profile_id FROM traits ORDER BY number, profile_id LIMIT 1",
        "SELECT profile_id FROM traits QUALIFY row_number() OVER (ORDER BY profile_id) <= 1",
        "SELECT profile_id FROM traits WHERE list_sum(list_transform([1, 2], lambda x: x * 2)) = 6",
    ],
)
def test_a_query_selects_people(text: str, engine: DuckDB) -> None:
    assert members(text, engine) == [1]


def test_now_is_the_moment_of_the_run(engine: DuckDB) -> None:
    text = "SELECT profile_id FROM events JOIN identity_map USING (node_id) WHERE occurred_at <= :now"
    assert members(text, engine) == [1]


def test_rows_that_are_null_or_no_profile_are_left_out(engine: DuckDB) -> None:
    text = "SELECT NULL::BIGINT AS profile_id UNION ALL SELECT 77 UNION ALL SELECT 2 UNION ALL SELECT 2"
    assert members(text, engine) == [2]


def test_a_query_that_takes_too_long_is_stopped_and_its_audience_named(engine: DuckDB) -> None:
    with pytest.raises(RuleError, match=r"audience asked: .*longer than 0\.3 seconds.*sql_seconds"):
        members(FOREVER, engine)
    assert members("SELECT profile_id FROM traits", engine) == [1]
    assert not [each for each in threading.enumerate() if isinstance(each, threading.Timer)]


def test_a_query_that_fails_on_a_value_names_its_audience(engine: DuckDB) -> None:
    with pytest.raises(RuleError, match=r"audience asked: .*fails: .*Could not convert string '…'"):
        members("SELECT CAST(text AS BIGINT) AS profile_id FROM traits", engine)


def test_a_query_that_fails_while_a_profile_is_explained_is_told_without_a_made_up_name(
    engine: DuckDB,
) -> None:
    tried = Tried(parsed(FOREVER))
    with pytest.raises(RuleError, match=r"^the query of `sql` took longer"):
        explain(1, tried, Tables(engine))


def test_a_query_says_which_tables_it_reads() -> None:
    text = (
        "WITH a AS (SELECT profile_id FROM Traits) SELECT profile_id FROM a JOIN profiles USING (profile_id)"
    )
    assert tables_read_by(text) == {"traits", "profiles"}


def test_a_query_is_said_in_the_sql_of_another_engine() -> None:
    text = "SELECT profile_id FROM events JOIN identity_map USING (node_id) WHERE occurred_at::DATE = DATE '2017-07-01'"
    assert faults(text) == []
    assert "CAST(`asked`.`profile_id` AS BIGINT)" in query_of(text, CLOCK).sql("spark")
