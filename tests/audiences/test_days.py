"""A day of the project's zone is the one on its wall clock, whoever works it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from headwater.audiences.columns.rows import micros
from headwater.audiences.days import date_of, day_of, day_sql, days_of, days_until_today_sql, today
from headwater.audiences.evaluate import evaluate
from headwater.audiences.example import CLOCK, bought, person
from headwater.audiences.history import tables_of
from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Rule
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock, Window
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.query import column

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ZONES = [
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Amsterdam",
    "Pacific/Apia",
]
clocks = st.sampled_from([Clock(ZoneInfo(name), NOW) for name in ZONES])
moments = st.datetimes(datetime(1780, 1, 1), NOW.replace(tzinfo=None), timezones=st.just(UTC)) | st.builds(
    lambda day, hours, step: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, hours=hours) + step,
    st.integers(0, 303),
    st.integers(0, 23),
    st.sampled_from([timedelta(microseconds=n) for n in (-1, 0, 1)]),
)
windows = st.builds(
    lambda ends: Window(min(ends) - timedelta(microseconds=1), max(ends)),
    st.lists(moments, min_size=1, max_size=2),
)


@dataclass(frozen=True)
class Tried:
    rule: Rule


@dataclass(frozen=True)
class Tables:
    engine: DuckDB
    clock: Clock = CLOCK


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    session = DuckDB(threads=1)
    yield session
    session.close()


def on_wall(moment: datetime, clock: Clock) -> date:
    return moment.astimezone(clock.zone).date()


@given(clocks, moments)
def test_in_python_it_is_the_one_on_the_wall_clock(clock: Clock, moment: datetime) -> None:
    assert date_of(day_of(moment, clock)) == on_wall(moment, clock)


@given(clocks, st.lists(moments))
def test_over_columns_too(clock: Clock, found: list[datetime]) -> None:
    at = np.array([micros(moment) for moment in found], dtype=np.int64)
    assert days_of(at, clock).tolist() == [day_of(moment, clock) for moment in found]


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(clock=clocks, window=windows, inner=st.lists(st.floats(0, 1), max_size=5))
def test_in_sql_too_for_instants_in_the_window(
    clock: Clock, window: Window, inner: list[float], engine: DuckDB
) -> None:
    assert window.start is not None
    assert window.end is not None
    start = window.start + timedelta(microseconds=1)
    found = [start + (window.end - start) * part for part in [*inner, 0, 1]]
    rows = pa.table({"t": pa.array([each.replace(tzinfo=None) for each in found], pa.timestamp("us"))})
    asked = {
        "day": day_sql(column("t"), clock, window),
        "anew": day_sql(column("t"), clock, Window(None, clock.now())),
        "passed": days_until_today_sql(column("t"), clock, window),
    }
    answer = engine.project(rows, asked)
    assert answer["day"].to_pylist() == [on_wall(moment, clock) for moment in found]
    assert answer["anew"].to_pylist() == [on_wall(moment, clock) for moment in found]
    assert answer["passed"].to_pylist() == [today(clock) - day_of(moment, clock) for moment in found]


def test_a_window_without_a_change_of_the_clocks_needs_no_case() -> None:
    summer = Window(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 30, tzinfo=UTC))
    asked = day_sql(column("t"), Clock(ZoneInfo("Europe/Berlin"), NOW), summer)
    assert asked.sql("duckdb") == """CAST("t" + INTERVAL '7200' SECOND AS DATE)"""
    assert asked.sql("spark") == "CAST(`t` + INTERVAL '7200' SECOND AS DATE)"


def test_days_between_are_asked_of_two_dates_on_every_engine() -> None:
    """Of two instants Spark would count full days, DuckDB the midnights between them."""
    asked = days_until_today_sql(column("t"), Clock(UTC, NOW), Window(None, NOW))
    assert asked.sql("duckdb") == (
        "CAST(DATE_DIFF('DAY', CAST(\"t\" AS DATE), CAST('2026-11-01' AS DATE)) AS DOUBLE)"
    )
    assert (
        asked.sql("spark") == "CAST(DATEDIFF(DAY, CAST(`t` AS DATE), CAST('2026-11-01' AS DATE)) AS DOUBLE)"
    )


def test_at_the_instant_the_clocks_go_back_from_midnight_it_is_the_day_before_again(engine: DuckDB) -> None:
    clock, change = Clock(ZoneInfo("America/Sao_Paulo"), NOW), datetime(2018, 2, 18, 2, tzinfo=UTC)
    assert on_wall(change, clock) == date(2018, 2, 17)
    assert date_of(day_of(change, clock)) == date(2018, 2, 17)
    assert date_of(int(days_of(np.array([micros(change)]), clock)[0])) == date(2018, 2, 17)
    rows = pa.table({"t": pa.array([change.replace(tzinfo=None)], pa.timestamp("us"))})
    answer = engine.project(rows, {"day": day_sql(column("t"), clock, Window(None, NOW))})
    assert answer["day"].to_pylist() == [date(2018, 2, 17)]


@pytest.mark.parametrize("by_columns", [True, False])
@pytest.mark.parametrize(
    ("bound", "number", "takes_in"),
    [
        ("at_least", 2, [3]),
        ("at_most", 0, [1]),
        ("at_most", 1, [1, 2]),
        ("exactly", 0, [1]),
        ("exactly", 1, [2]),
    ],
)
def test_days_are_counted_for_those_too_who_have_none(
    bound: str, number: int, takes_in: list[int], by_columns: bool, engine: DuckDB
) -> None:
    for table, rows in tables_of(
        [person(), person(bought(1), bought(1.1)), person(bought(1), bought(2))]
    ).items():
        engine.register(table, rows)
    rule = parse_rule({"did_on_days": "purchase", bound: number}, Vocabulary())
    assert not isinstance(rule, list)
    found = evaluate({"a": Tried(rule)}, Tables(engine), by_columns=by_columns)
    assert found.members("a").tolist() == takes_in
