"""Looking into a query: run it step by step and see what each step yields.

Reads a `Query` and what its steps select from, in any engine; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from headwater.engine.engine import Engine
from headwater.engine.query import Query


@dataclass(frozen=True)
class StepResult:
    """What one step yields: how many rows in all, and the first few of them."""

    name: str
    n_rows: int
    rows: pa.Table


def inspect(query: Query, engine: Engine, *, rows: int = 5) -> Iterator[StepResult]:
    """Run a query step by step; each is computed anew, so this is for looking, not for speed."""
    for name, prefix in query.prefixes():
        step = prefix.sql(engine.dialect)
        counted = engine.table(f"SELECT count(*) AS n FROM ({step}) AS step")
        first = engine.table(f"SELECT * FROM ({step}) AS step LIMIT {int(rows)}")
        yield StepResult(name, counted.column(0)[0].as_py(), first)
