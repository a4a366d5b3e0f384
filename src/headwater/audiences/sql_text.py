"""SQL that a person wrote as a condition: what it may say, and the query that comes of it.

    SELECT profile_id FROM traits WHERE trait = 'city' AND text ILIKE 'new%' AND ...

One SELECT in DuckDB's dialect (WITH, UNION and the like are fine) that gives the column `profile_id`. It reads the
project's tables and nothing else: no files, no settings. It answers the same whenever it is asked about the same tables:
no chance, and no present but `:now`, the run's (UTC). A text is judged twice: as a tree of sqlglot's, and by a session
of the engine that has no rows and can reach nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from headwater.core.clock import Clock
from headwater.core.errors import suggest
from headwater.engine.query import DIALECT, column, literal
from headwater.engine.trial import ROWS_FROM, Trial, Trials
from headwater.tables.table import all_tables

MOST_LETTERS = 50_000
_NOW = "now"
_CHANCE = ("random", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "reservoir_quantile")
_PRESENT = (
    "now",
    "today",
    "get_current_timestamp",
    "get_current_time",
    "transaction_timestamp",
    "ago",
    "age",
)
# What the engine takes for a function though nothing is called: unless a table has a column of that name.
_BARE = frozenset(
    {
        *(
            "current_catalog",
            "current_date",
            "current_role",
            "current_schema",
            "current_time",
            "current_timestamp",
        ),
        *("current_user", "localtime", "localtimestamp", "session_user", "user"),
    }
)
_CLOCKS = (
    exp.CurrentDate,
    exp.CurrentTime,
    exp.CurrentTimestamp,
    exp.CurrentDatetime,
    exp.Localtime,
    exp.Localtimestamp,
)
_HINT_NOW = "write :now, the moment of the run (UTC, the same for all audiences)"
_HINT_CHANCE = "draw people with the condition `sample`, which draws the same ones every time"
_INTEGERS = frozenset({"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "UBIGINT", "UINTEGER"})
_SHAPE = "SELECT profile_id FROM …"


@dataclass(frozen=True)
class Fault:
    """Something that such a query may not say, and what to do about it."""

    message: str
    expected: str = ""


def faults(text: str) -> list[Fault]:
    """All that keeps a text from being a condition; empty if nothing does."""
    if len(text) > MOST_LETTERS:
        return [Fault(f"is longer than {MOST_LETTERS:,} letters")]
    try:
        return _judged(_parse(text))
    except SqlglotError as error:
        return [Fault(f"is no SQL that can be read: {_said(error)}", "write DuckDB's SQL")]
    except RecursionError:
        return [Fault("is no SQL that can be read: it is nested too deep")]


def _judged(query: exp.Expr) -> list[Fault]:
    if not isinstance(query, exp.Query):
        return [Fault("must be one SELECT", _SHAPE)]
    found = list(dict.fromkeys([*_statements(query), *_tables(query), *_values(query)]))
    return found or list(_tried(query))


def tables_of(text: str) -> frozenset[str]:
    """The project's tables that a sound text reads."""
    named = {table.name.lower() for table in _parse(text).find_all(exp.Table) if table.name}
    return frozenset(named & all_tables().keys())


def query_of(text: str, clock: Clock) -> exp.Select:
    """A sound text as a query for this present: the column `profile_id`, a BIGINT; repeats and NULL may be in it."""
    asked = exp.replace_placeholders(_parse(text).copy(), now=literal(clock.now()))
    inner = exp.Subquery(this=asked, alias=exp.TableAlias(this=exp.to_identifier("asked", quoted=True)))
    number = exp.cast(column("profile_id", "asked"), "BIGINT")
    return exp.select(exp.alias_(number, "profile_id", quoted=True)).from_(inner)


@lru_cache(maxsize=1024)
def _parse(text: str) -> exp.Expr:
    statements = [each for each in sqlglot.parse(text, dialect=DIALECT) if each is not None]
    return statements[0] if len(statements) == 1 else exp.Null()


def _statements(query: exp.Query) -> Iterator[Fault]:
    """Anything in it that is more than a question."""
    others = (exp.DDL, exp.DML, exp.Command, exp.Set, exp.Into)
    for node in query.walk():
        if isinstance(node, others) and not isinstance(node, exp.Query):
            yield Fault(f"may only ask: {node.key.upper()} is refused", _SHAPE)
        if isinstance(node, exp.TableSample):
            yield Fault("may not draw rows by chance: SAMPLE is refused", _HINT_CHANCE)


def _tables(query: exp.Query) -> Iterator[Fault]:
    """Tables that are none of the project's, and functions that stand for tables."""
    known = all_tables()
    own = {each.alias.lower() for each in query.find_all(exp.CTE)}
    for name in sorted(own):
        if not re.fullmatch(r"\w+", name):
            yield Fault(f"may not call a part of it '{name}'", "use letters, digits and underscores")
    for table in query.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            yield from _rows_from(table.this)
        elif table.args.get("db") or table.name.lower() not in {*known, *own}:
            shown = ".".join(part.name for part in table.parts)
            yield Fault(f"there is no table '{shown}'", suggest(table.name, [*known, *own]))


def _rows_from(function: exp.Expr) -> Iterator[Fault]:
    name = function.name if isinstance(function, exp.Anonymous) else function.key
    if not isinstance(function, (exp.GenerateSeries, exp.Unnest)) and name.lower() not in ROWS_FROM:
        yield Fault(f"may not read from {name.lower()}(): only the project's tables can be read")


def _values(query: exp.Query) -> Iterator[Fault]:
    """Chance, the present, and placeholders that stand for nothing."""
    for node in query.walk():
        if isinstance(node, _CLOCKS):
            yield Fault(
                f"may not ask for {node.sql(DIALECT).lower()}: it is another one each time", _HINT_NOW
            )
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in _BARE:
            hint = _HINT_NOW if "time" in node.name.lower() else "say of which table it is the column"
            yield Fault(f"may not ask for {node.name.lower()}: it is none of the tables' columns", hint)
        if isinstance(node, (exp.Placeholder, exp.Parameter)) and node.name != _NOW:
            yield Fault("has a placeholder that stands for nothing", "only :now is known")


def _tried(query: exp.Query) -> Iterator[Fault]:
    """What the engine says to it."""
    dated = exp.replace_placeholders(query.copy(), now=literal(_SOME_TIME))
    trial = _trial(dated.sql(DIALECT))
    for name in trial.unsteady:
        yield _unsteady(name)
    if trial.error:
        yield Fault(f"the engine refuses it: {trial.error}")
    elif not trial.unsteady:
        yield from _columns(trial)


def _unsteady(name: str) -> Fault:
    if name in _PRESENT:
        return Fault(f"may not ask for {name}(): it is another one each time", _HINT_NOW)
    if name in _CHANCE:
        return Fault(f"may not call {name}(): it is another one each time", _HINT_CHANCE)
    return Fault(f"may not call {name}(): it looks outside the project's tables, or changes by itself")


def _columns(trial: Trial) -> Iterator[Fault]:
    names = [name for name, _ in trial.columns]
    if [name.lower() for name in names] != ["profile_id"]:
        shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        yield Fault(f"must give the one column profile_id, and gives {shown}", _SHAPE)
    elif trial.columns[0][1] not in _INTEGERS:
        yield Fault(f"must give profile ids, which are whole numbers, and gives {trial.columns[0][1]}")


@lru_cache(maxsize=1024)
def _trial(sql: str) -> Trial:
    with closing(Trials({name: table.schema for name, table in all_tables().items()})) as session:
        return session.try_out(sql)


def _said(error: Exception) -> str:
    """The first line of an error, without the marks for terminals in it."""
    return re.sub(r"\x1b\[\d*m", "", str(error)).strip().splitlines()[0]


_SOME_TIME = Clock().now()
