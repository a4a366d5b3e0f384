"""Queries people can read: named steps that build on each other, rendered as one statement.

    query = (
        Query()
        .step("purchases", "SELECT * FROM events WHERE event = 'purchase'")
        .step("buyers", "SELECT profile_id, count(*) AS n FROM purchases GROUP BY ALL")
    )

Steps are SQL text in DuckDB's dialect or sqlglot expressions; each is parsed once. `sql(dialect)` renders the
statement for any engine; `engine.inspect` runs it step by step and shows what each yields.

Never paste a value into SQL text: use `literal`, or hand in an expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

import sqlglot
from sqlglot import exp

DIALECT = "duckdb"


@dataclass(frozen=True)
class Query:
    """A chain of named steps; the last one is the result."""

    steps: tuple[tuple[str, exp.Expression], ...] = ()

    def step(self, name: str, sql: str | exp.Expression) -> Query:
        """This query with one more step, which may select from any step before it by name."""
        return replace(self, steps=(*self.steps, (name, parse(sql) if isinstance(sql, str) else sql)))

    def sql(self, dialect: str = DIALECT, *, pretty: bool = False) -> str:
        """The whole as one statement."""
        *before, (_, result) = self.steps
        statement = result.copy()
        for name, step in reversed(before):
            statement = _prepend(statement, name, step)
        return statement.sql(dialect=dialect, pretty=pretty)

    def prefixes(self) -> Iterator[tuple[str, Query]]:
        """Each step's name with the query that ends there."""
        for count, (name, _) in enumerate(self.steps, start=1):
            yield name, Query(self.steps[:count])


@lru_cache(maxsize=4096)
def parse(sql: str) -> exp.Expression:
    """SQL text in DuckDB's dialect as an expression; the same text is parsed once."""
    # sqlglot's type for what it parses is a trait of every expression class, all of which derive from Expression.
    return cast("exp.Expression", sqlglot.parse_one(sql, dialect=DIALECT))


def column(name: str, table: str | None = None) -> exp.Column:
    """A column, safely quoted."""
    return exp.column(name, table=table, quoted=True)


def name(text: str) -> str:
    """An identifier as SQL text, safely quoted.

    >>> name('a"b')
    '"a""b"'
    """
    return exp.to_identifier(text, quoted=True).sql(dialect=DIALECT)


def literal(value: str | int | float | bool | datetime | None) -> exp.Expression:
    """A value as an expression, safely quoted; instants as UTC timestamps without zone, as tables hold them.

    >>> literal("O'Hara").sql("duckdb")
    "'O''Hara'"
    """
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(_utc(value)), "TIMESTAMP")
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, int):
        return _integer(value)
    return exp.cast(exp.Literal.string(repr(float(value))), "DOUBLE")


def literals(values: Iterable[str]) -> exp.Expression:
    """A list of texts as an expression, safely quoted.

    >>> literals(["tea", "O'Hara"]).sql("duckdb")
    "['tea', 'O''Hara']"
    """
    return exp.Array(expressions=[literal(value) for value in values])


def _utc(value: datetime) -> str:
    """An instant as tables hold it; one without zone comes from a table and is UTC already."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def _integer(value: int) -> exp.Expression:
    number = exp.Literal.number(abs(value))
    return exp.Neg(this=number) if value < 0 else number


def _prepend(statement: exp.Expression, name: str, step: exp.Expression) -> exp.Expression:
    """The statement with `name AS (step)` as its first common table expression."""
    own = statement.args.get("with_") or exp.With(expressions=[])
    cte = exp.CTE(this=step.copy(), alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
    statement.set("with_", exp.With(expressions=[cte, *own.expressions]))
    return statement
