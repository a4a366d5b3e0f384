"""Conditions answered by an engine's SQL: one a statement, or many in one where every statement takes its time.

Reads what a condition's SQL reads, through a scope; writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from sqlglot import ErrorLevel, exp
from sqlglot.errors import UnsupportedError

from headwater.audiences.rule import Condition, Rule, SetCondition, conditions
from headwater.audiences.scope import Scope
from headwater.core.errors import Bug, SourceError
from headwater.engine.bitmaps import Bits, Ids, Universe
from headwater.engine.engine import Engine
from headwater.engine.query import column, literal

MOST_TOGETHER = 16
_QUOTED, _HIDDEN = re.compile(r"'.*'|\".*\""), "'…'"


class QueryError(Exception):
    """A query that a person wrote gave no answer; its text says why. It is told on as the error of the audience it is in."""


def answered(condition: Condition, scope: Scope, universe: Universe) -> Bits:
    """Who meets a condition.

    Raises:
        QueryError: it is a query that a person wrote, and it fails.
    """
    asked = condition.to_sql(scope)
    if isinstance(condition, SetCondition) and condition.is_free:
        return universe.set_of(_free_ids(scope.engine, asked))
    return universe.set_of(ids_of(scope.engine, scope.said(asked)))


def answered_together(rules: Iterable[Rule], scope: Scope, universe: Universe) -> dict[Condition, Bits]:
    """Who meets each condition of these rules that does not depend on other audiences."""
    every = dict.fromkeys(each for rule in rules for each in conditions(rule) if not each.needs().audiences)
    wanted = list(every)
    found: dict[Condition, Bits] = {}
    for first in range(0, len(wanted), MOST_TOGETHER):
        some = wanted[first : first + MOST_TOGETHER]
        rows = scope.engine.table_of([scope.said(each) for each in _numbered(some, scope)])
        number, ids = (np.asarray(rows[name].to_numpy()) for name in ("number", "profile_id"))
        found |= {each: universe.set_of(ids[number == place]) for place, each in enumerate(some)}
    return found


def ids_of(engine: Engine, sql: str) -> Ids:
    """The one column of a query; rows without a profile are left out."""
    found = engine.table(sql).column(0).drop_null()
    return np.asarray(found.to_numpy(), dtype=np.int64)


def _numbered(some: Sequence[Condition], scope: Scope) -> Iterator[exp.Select]:
    """Who meets each of these conditions: the columns `number`, its place among them, and `profile_id`."""
    for place, condition in enumerate(some):
        yield (
            exp.select(exp.alias_(literal(place), "number"), column("profile_id"))
            .from_(condition.to_sql(scope).subquery("asked"))
            .where(exp.not_(column("profile_id").is_(exp.Null())))
        )


def _free_ids(engine: Engine, asked: exp.Select) -> Ids:
    """What a query that a person wrote gives; repeats are as they come.

    Raises:
        QueryError: it fails, takes too long or too much memory, or cannot be said to this engine.
    """
    try:
        sql = asked.sql(engine.dialect, unsupported_level=ErrorLevel.RAISE)
        found = engine.table_in_time(sql)
    except TimeoutError as error:
        raise QueryError(f"{error}; make it ask for less, or raise the setting sql_seconds") from error
    except MemoryError as error:
        raise QueryError(f"{error}; make it ask for less, or raise the setting memory_mb") from error
    except UnsupportedError as error:
        raise QueryError(f"cannot be said in the SQL of {engine.dialect}: {error}") from error
    except SourceError as error:  # a value of somebody's that does not fit: it is not told
        raise QueryError(f"fails: {_QUOTED.sub(_HIDDEN, _first_line(error))}") from None
    except Bug as error:
        raise QueryError(f"fails: {_first_line(error)}") from error
    return np.asarray(found.column(0).drop_null().to_numpy(), dtype=np.int64)


def _first_line(error: Exception) -> str:
    return str(error.__cause__ or error).strip().splitlines()[0]
