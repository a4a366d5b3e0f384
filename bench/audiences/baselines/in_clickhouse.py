"""ClickHouse, through chDB: MergeTree tables in a folder of their own.

Events are there twice: sorted by name and time for audiences, by profile and time for sequences. One session a process:
chDB can have no second one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chdb.session import Session

from bench.audiences.baselines.sql import CLICKHOUSE_INSTANT as INSTANT, Asked
from bench.audiences.rules import Rule
from bench.audiences.shape import TRAITS

_TYPES = {
    "text": "LowCardinality(Nullable(String))",
    "number": "Nullable(Float64)",
    "boolean": "Nullable(Bool)",
}
_WORD = "LowCardinality(Nullable(String))"
_EVENTS = f"""
    profile_id Int64, event LowCardinality(String), occurred_at {INSTANT}, product_id {_WORD}, category {_WORD},
    department {_WORD}, brand {_WORD}, channel {_WORD}, revenue Nullable(Decimal(12, 2))
"""
_TRAITS = ", ".join(
    f"{name} {_TYPES.get(shape.type, f'Nullable({INSTANT})')}" for name, shape in TRAITS.items()
)
_TABLES = {
    "events": (_EVENTS, "event, occurred_at", "events"),
    "events_by_profile": (_EVENTS, "profile_id, occurred_at", "events"),
    "profiles": (f"profile_id Int64, {_TRAITS}", "profile_id", "profiles"),
}
"""By name: columns, order, the file they come from."""


def load(plain: Path, store: Path) -> None:
    """Make the tables."""
    with _session(store) as session:
        session.query("CREATE DATABASE bench")
        for table, (columns, order, file) in _TABLES.items():
            session.query(f"CREATE TABLE bench.{table} ({columns}) ENGINE = MergeTree ORDER BY ({order})")
            session.query(f"INSERT INTO bench.{table} SELECT * FROM file('{plain / file}.parquet', Parquet)")
            session.query(f"OPTIMIZE TABLE bench.{table} FINAL")


@contextmanager
def statements(store: Path) -> Iterator[Callable[[str], int]]:
    """The tables, to ask in SQL for one number."""
    with _session(store) as session:
        session.query("USE bench")
        yield lambda sql: int(session.query(sql, "TabSeparated").data())


@contextmanager
def opened(store: Path, audiences: Mapping[str, Rule]) -> Iterator[Callable[[Rule], int]]:
    """The tables, to ask how many meet a rule."""
    asked = Asked(audiences, INSTANT)
    with statements(store) as ask:
        yield lambda rule: ask(asked.statement(rule))


@contextmanager
def _session(store: Path) -> Iterator[Session]:
    store.mkdir(parents=True, exist_ok=True)
    session = Session(str(store))
    try:
        yield session
    finally:
        session.close()
