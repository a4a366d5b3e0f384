"""The SQL that means the same on every engine: a closed set of node kinds, each held to its meaning by a conformance sheet.

SQL dialects differ most where nobody notices: the same words give another answer. So what is asked of an engine other than the
one queries are written for consists of nothing but these kinds; `tests/engine/test_conformance.py` says what each must give,
and runs on every engine. What is not here is refused, not approximated.
"""

from __future__ import annotations

from sqlglot import exp

from headwater.core.errors import Bug
from headwater.engine.query import DIALECT

_ROWS = "CTE Distinct From Group Having Join Order Ordered Select Subquery Table TableAlias Union Where With"
_VALUES = "Alias Boolean Column DataType Identifier Interval Literal Null Paren Star Var"
_LOGIC = "And Case Coalesce EQ GT GTE If In Is LT LTE NEQ Not NullSafeEQ Nullif Or"
_NUMBERS = "Abs Add Cast DateDiff Div Floor Mul Neg Sub"
_TEXTS = "Contains DPipe MD5 StartsWith Substring"
_LISTS = "Array ArrayContainsAll ArrayOverlaps"
_GROUPS = "Count Max Min Rank Sum Window WindowSpec"
KINDS = frozenset(f"{_ROWS} {_VALUES} {_LOGIC} {_NUMBERS} {_TEXTS} {_LISTS} {_GROUPS}".split())


def portable_sql(query: exp.Expr, dialect: str, defined: frozenset[str] = frozenset()) -> str:
    """A query for an engine.

    Args:
        query: what is asked.
        dialect: the engine's.
        defined: functions that were defined in it from Python.

    Raises:
        Bug: something in it may mean another thing there.
    """
    if dialect != DIALECT:
        unknown = sorted(kinds_of(query) - KINDS | functions_of(query) - defined)
        if unknown:
            raise Bug(f"it is not known whether {', '.join(unknown)} means the same in {dialect}")
    return (query.transform(_in_spark) if dialect == "spark" else query).sql(dialect)


def _in_spark(node: exp.Expr) -> exp.Expr:
    """Tests of lists by Spark's functions; sqlglot would write DuckDB's operators, which Spark has not.

    `arrays_overlap` says NULL where nothing is shared and a list holds NULL, so NULLs are taken out first.
    """
    match node:
        case exp.ArrayOverlaps(this=one, expression=other):
            return exp.func("arrays_overlap", exp.func("array_compact", one), other)
        case exp.ArrayContainsAll(this=one, expression=other):
            missing = exp.ArraySize(this=exp.ArrayExcept(this=other, expression=one))
            return exp.EQ(this=missing, expression=exp.Literal.number(0))
    return node


def kinds_of(query: exp.Expr) -> set[str]:
    """The kinds of the nodes of a query, without functions called by name."""
    return {type(node).__name__ for node in query.walk() if not isinstance(node, exp.Anonymous)}


def functions_of(query: exp.Expr) -> set[str]:
    """The functions it calls by name."""
    return {node.name for node in query.find_all(exp.Anonymous)}
