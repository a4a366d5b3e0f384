"""DuckDB: a database file of its own, events sorted by name and time, so that a query reads little beside what it counts.

`load_as_it_comes` sorts them by time alone, as they would lie there if every load were just added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from bench.audiences.baselines.sql import DUCKDB_INSTANT, Asked
from bench.audiences.rules import Rule


def load(plain: Path, store: Path) -> None:
    """Make the database file."""
    _load(plain, store, "event, occurred_at")


def load_as_it_comes(plain: Path, store: Path) -> None:
    """Make the database file with events in the order of time."""
    _load(plain, store, "occurred_at")


def _load(plain: Path, store: Path, order: str) -> None:
    store.mkdir(parents=True)
    with duckdb.connect(str(store / "bench.duckdb")) as connection:
        connection.execute(f"SET temp_directory = '{store / 'spill'}'")
        connection.execute(
            f"CREATE TABLE events AS FROM read_parquet('{plain / 'events.parquet'}') ORDER BY {order}"
        )
        connection.execute(f"CREATE TABLE profiles AS FROM read_parquet('{plain / 'profiles.parquet'}')")


@contextmanager
def statements(store: Path) -> Iterator[Callable[[str], int]]:
    """The database, to ask in SQL for one number."""
    with duckdb.connect(str(store / "bench.duckdb"), read_only=True) as connection:

        def ask(sql: str) -> int:
            ((found,),) = connection.execute(sql).fetchall()
            return int(found)

        yield ask


@contextmanager
def opened(store: Path, audiences: Mapping[str, Rule]) -> Iterator[Callable[[Rule], int]]:
    """The database, to ask how many meet a rule."""
    asked = Asked(audiences, DUCKDB_INSTANT)
    with statements(store) as ask:
        yield lambda rule: ask(asked.statement(rule))
