"""The conformance sheet: what each kind of SQL node must give, on every engine. The figures were worked out by hand."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from sqlglot import exp

from headwater.core.errors import Bug
from headwater.engine import exact
from headwater.engine.engine import Engine
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.portable import KINDS, functions_of, kinds_of, portable_sql
from headwater.engine.query import column, literal, literals, parse

NAN = float("nan")
NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)


def day(text: str) -> exp.Expr:
    return exp.cast(exp.Literal.string(text), "DATE")


def days_between(last: str, first: str) -> exp.Expr:
    return exp.DateDiff(this=day(last), expression=day(first), unit=exp.var("DAY"))


def contains(text: str, part: str) -> exp.Expr:
    return exp.Contains(this=literal(text), expression=literal(part))


def starts(text: str, part: str) -> exp.Expr:
    return exp.StartsWith(this=literal(text), expression=literal(part))


def joined(left: object, right: object) -> exp.Expr:
    return exp.DPipe(this=_value(left), expression=_value(right), safe=True)


def _value(given: object) -> exp.Expr:
    return given if isinstance(given, exp.Expr) else literal(given)  # type: ignore[arg-type]


def ago(seconds: int) -> exp.Expr:
    length = exp.Interval(this=exp.Literal.string(str(seconds)), unit=exp.var("SECOND"))
    return exp.Sub(this=literal(NOON), expression=length)


def list_with_null(text: str) -> exp.Expr:
    return exp.Array(expressions=[literal(text), exp.Null()])


AS_TEXT, AS_DOUBLE = "VARCHAR", "DOUBLE"
NO_ITEMS, NO_LIST = exp.cast(exp.Array(), "VARCHAR[]"), exp.cast(exp.Null(), "VARCHAR[]")
VALUES: list[tuple[str, exp.Expr, object]] = [
    # what is NULL, and what follows from it
    ("nothing equals NULL", parse("1 = NULL").copy(), None),
    ("unless asked so", exp.NullSafeEQ(this=exp.Null(), expression=exp.Null()), True),
    ("NULL is like no value", exp.NullSafeEQ(this=exp.Null(), expression=literal(1)), False),
    ("true or NULL", parse("TRUE OR NULL").copy(), True),
    ("false or NULL", parse("FALSE OR NULL").copy(), None),
    ("false and NULL", parse("FALSE AND NULL").copy(), False),
    ("not NULL", parse("NOT CAST(NULL AS BOOLEAN)").copy(), None),
    ("a list without a match, but NULL", parse("1 IN (2, NULL)").copy(), None),
    ("a list with a match, and NULL", parse("1 IN (1, NULL)").copy(), True),
    ("the first that is there", parse("coalesce(NULL, 2, 3)").copy(), 2),
    ("no value where equal", parse("nullif(2, 2)").copy(), None),
    ("a value where it differs", parse("nullif(2, 3)").copy(), 2),
    (
        "the first case that holds",
        parse("CASE WHEN CAST(NULL AS BOOLEAN) THEN 1 WHEN TRUE THEN 2 ELSE 3 END").copy(),
        2,
    ),
    ("a case of nothing", parse("CASE WHEN FALSE THEN 1 END").copy(), None),
    ("nothing differs from NULL", parse("1 <> NULL").copy(), None),
    ("is NULL", parse("(1 = NULL) IS NULL").copy(), True),
    # numbers
    ("doubles add as doubles do", exp.Add(this=literal(0.1), expression=literal(0.2)), 0.1 + 0.2),
    ("a negative number", exp.Sub(this=literal(-3), expression=literal(4)), -7),
    ("minus of a column is a number", exp.Neg(this=exp.cast(literal(3), AS_DOUBLE)), -3.0),
    ("the size of a number", exp.Abs(this=literal(-2.5)), 2.5),
    ("halves are whole numbers plus a half", exp.Floor(this=literal(-2.5)), -3.0),
    ("a half up", parse("CAST(floor(CAST('0.0000005' AS DOUBLE) * 1000000 + 0.5) AS BIGINT)").copy(), 1),
    ("a division of doubles", exp.Div(this=literal(1.0), expression=literal(8.0), typed=True), 0.125),
    ("NaN is NaN", literal(NAN).eq(exp.cast(exp.Literal.string("NaN"), AS_DOUBLE)), True),
    ("NaN is greater than all", literal(NAN) > literal(math.inf), True),
    ("NaN can be taken out", parse("nullif(CAST('NaN' AS DOUBLE), CAST('NaN' AS DOUBLE))").copy(), None),
    ("two zeros are one", literal(-0.0).eq(literal(0.0)), True),
    ("infinity", literal(math.inf) > literal(1e308), True),
    ("a large whole number", exp.Mul(this=literal(2**40), expression=literal(2**20)), 2**60),
    # text
    ("text is told apart by case", literal("a").eq(literal("A")), False),
    ("and by trailing space", literal("a").eq(literal("a ")), False),
    ("and by composition", literal("\u00e9").eq(literal("e\u0301")), False),
    ("text is in order of code points", literal("Z") < literal("a"), True),
    ("beyond the first plane too", literal("\ufffd") < literal("\U0001f600"), True),
    ("nothing is text", literal("").is_(exp.Null()), False),
    ("quotes, backslashes and new lines", literal('it\'s \\ "q"\n'), 'it\'s \\ "q"\n'),
    ("a part", contains("100% a_b", "0% a_"), True),
    ("no part", contains("abc", "ac"), False),
    ("every text has nothing in it", contains("", ""), True),
    ("a beginning", starts("%a", "%"), True),
    ("no beginning", starts("ba", "a"), False),
    ("texts joined", joined("a:", exp.cast(literal(12), AS_TEXT)), "a:12"),
    ("a text joined with nothing", joined("a", exp.cast(exp.Null(), AS_TEXT)), None),
    ("a digest", exp.MD5(this=literal("ß:1")), hashlib.md5("ß:1".encode()).hexdigest()),
    ("the first letters", parse("substring('abcdef', 1, 3)").copy(), "abc"),
    ("a negative number as text", exp.cast(literal(-7), AS_TEXT), "-7"),
    # lists
    ("a list", literals(["b", "a'"]), ["b", "a'"]),
    ("one shared", exp.ArrayOverlaps(this=literals("ab"), expression=literals("bc")), True),
    ("none shared", exp.ArrayOverlaps(this=literals("ab"), expression=literals("BC")), False),
    ("none shared, and NULL", exp.ArrayOverlaps(this=list_with_null("a"), expression=literals("b")), False),
    ("one shared, and NULL", exp.ArrayOverlaps(this=list_with_null("a"), expression=literals("ba")), True),
    ("none of nothing", exp.ArrayOverlaps(this=NO_ITEMS, expression=literals("a")), False),
    ("none of NULL", exp.ArrayOverlaps(this=NO_LIST, expression=literals("a")), None),
    ("all there", exp.ArrayContainsAll(this=literals("abc"), expression=literals("ca")), True),
    ("all there, with repeats", exp.ArrayContainsAll(this=literals("aab"), expression=literals("aa")), True),
    ("not all there", exp.ArrayContainsAll(this=literals("ab"), expression=literals("ac")), False),
    ("all there, and NULL", exp.ArrayContainsAll(this=list_with_null("a"), expression=literals("a")), True),
    ("not all, and NULL", exp.ArrayContainsAll(this=list_with_null("a"), expression=literals("ab")), False),
    ("not all of nothing", exp.ArrayContainsAll(this=NO_ITEMS, expression=literals("a")), False),
    ("not all of NULL", exp.ArrayContainsAll(this=NO_LIST, expression=literals("a")), None),
    # time
    ("an instant", literal(NOON), NOON.replace(tzinfo=None)),
    ("microseconds count", literal(NOON.replace(microsecond=1)) > literal(NOON), True),
    ("seconds before", ago(86_401), datetime(2026, 3, 7, 11, 59, 59)),
    ("the day of an instant", exp.cast(literal(NOON), "DATE"), date(2026, 3, 8)),
    ("days between", days_between("2026-03-10", "2026-03-08"), 2),
    ("days back", days_between("2026-02-28", "2026-03-01"), -1),
    ("a leap day", days_between("2024-03-01", "2024-02-28"), 2),
    (
        "minutes of a whole year",
        parse("TIMESTAMP '2026-03-08' - INTERVAL '525600' MINUTE").copy(),
        datetime(2025, 3, 8),
    ),
]

ROWS = pa.table(
    {
        "who": pa.array([1, 1, 1, 2, 2, 3], pa.int64()),
        "at": pa.array([datetime(2026, 1, n) for n in (1, 2, 3, 1, 2, 1)], pa.timestamp("us")),
        "money": pa.array([0.1, 0.2, None, 1e13, -0.5, None], pa.float64()),
        "kind": pa.array(["a", "b", "a", "a", "a", None], pa.string()),
    }
)
OTHERS = pa.table(
    {"who": pa.array([2, 3, 3, None], pa.int64()), "mark": pa.array(["x", "y", "y", "z"], pa.string())}
)
LATER = '(PARTITION BY who ORDER BY "at" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)'
QUESTIONS: list[tuple[str, str, list[tuple[object, ...]]]] = [
    ("rows that hold", "SELECT money FROM rows WHERE money > 0", [(0.1,), (0.2,), (1e13,)]),
    ("distinct rows", "SELECT DISTINCT kind FROM rows", [("a",), ("b",), (None,)]),
    (
        "groups",
        "SELECT who, count(*), count(money) FROM rows GROUP BY who",
        [(1, 3, 2), (2, 2, 2), (3, 1, 0)],
    ),
    ("groups that hold", "SELECT who FROM rows GROUP BY who HAVING count(*) >= 2", [(1,), (2,)]),
    ("different values", "SELECT who, count(DISTINCT kind) FROM rows GROUP BY who", [(1, 2), (2, 1), (3, 0)]),
    ("least and greatest", "SELECT min(money), max(money), max(kind) FROM rows", [(-0.5, 1e13, "b")]),
    ("of nothing", "SELECT count(*), max(money) FROM rows WHERE who = 9", [(0, None)]),
    (
        "exact sums",
        f"SELECT who, {exact.total_sql('money')} FROM rows GROUP BY who",
        [(1, 0.3), (2, -0.5), (3, None)],
    ),
    (
        "a join",
        "SELECT rows.who, mark FROM rows JOIN others ON rows.who = others.who",
        [(2, "x"), (2, "x"), (3, "y"), (3, "y")],
    ),
    (
        "a join that keeps the left",
        "SELECT DISTINCT rows.who, mark FROM rows LEFT JOIN others ON rows.who = others.who",
        [(1, None), (2, "x"), (3, "y")],
    ),
    (
        "those in a question",
        "SELECT DISTINCT who FROM rows WHERE who IN (SELECT who FROM others)",
        [(2,), (3,)],
    ),
    (
        "those not in a question",
        "SELECT DISTINCT who FROM rows WHERE NOT who IN (SELECT who FROM others WHERE NOT who IS NULL)",
        [(1,)],
    ),
    (
        "one after the other",
        "SELECT who FROM others UNION ALL SELECT who FROM others",
        [(2,), (3,), (3,), (None,)] * 2,
    ),
    ("named steps", "WITH a AS (SELECT 1 AS n), b AS (SELECT n + 1 AS n FROM a) SELECT n FROM b", [(2,)]),
    (
        "what went before",
        f'SELECT who, max("at") OVER {LATER} FROM rows WHERE who = 1',
        [(1, None), (1, datetime(2026, 1, 1)), (1, datetime(2026, 1, 2))],
    ),
    (
        "ranks share the first place of a tie",
        "SELECT mark, rank() OVER (ORDER BY mark DESC NULLS LAST), count(*) OVER () FROM others",
        [("x", 4, 4), ("y", 2, 4), ("y", 2, 4), ("z", 1, 4)],
    ),
    (
        "a bare rank",
        "SELECT money, rank() OVER (ORDER BY money ASC NULLS LAST) FROM rows WHERE NOT money IS NULL",
        [(-0.5, 1), (0.1, 2), (0.2, 3), (1e13, 4)],
    ),
]


@pytest.fixture(scope="module")
def duckdb() -> Iterator[DuckDB]:
    session = DuckDB(threads=1)
    yield session
    session.close()


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


def test_every_value_is_as_written(engine: Engine) -> None:
    asked = exp.select(*(exp.alias_(value.copy(), f"v{n}") for n, (_, value, _) in enumerate(VALUES)))
    row = engine.table(portable_sql(asked, engine.dialect)).to_pylist()[0]
    found = {name: row[f"v{n}"] for n, (name, _, _) in enumerate(VALUES)}
    assert found == {name: wanted for name, _, wanted in VALUES}


@pytest.mark.parametrize(
    ("asked", "wanted"), [each[1:] for each in QUESTIONS], ids=[each[0] for each in QUESTIONS]
)
def test_every_question_has_these_rows(engine: Engine, asked: str, wanted: list[tuple[object, ...]]) -> None:
    engine.register("rows", ROWS)
    engine.register("others", OTHERS)
    found = engine.table(portable_sql(parse(asked), engine.dialect))
    rows = [
        tuple(row.values())
        for row in found.rename_columns([str(n) for n in range(found.num_columns)]).to_pylist()
    ]
    assert sorted(rows, key=repr) == sorted(wanted, key=repr)


def test_the_sheet_has_every_kind() -> None:
    queries = [value for _, value, _ in VALUES] + [parse(asked) for _, asked, _ in QUESTIONS]
    seen = set().union(*(kinds_of(each) for each in queries))
    assert seen - KINDS == set()
    assert KINDS - seen == set()


def test_what_is_not_on_the_sheet_is_refused_by_name() -> None:
    asked = parse("SELECT string_agg(kind), my_own(kind) FROM rows")
    assert functions_of(asked) == {"my_own"}
    with pytest.raises(Bug, match="GroupConcat, my_own means the same in spark"):
        portable_sql(asked, "spark")
    assert portable_sql(asked, "duckdb")
    assert column("a").sql("spark") == "`a`"
