"""The figures of results as rows of tables: what, how long, how many times as fast as DuckDB, what was aimed at."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence

from bench.audiences.baselines.sequences import QUESTIONS
from bench.audiences.headwater_work import N_APPENDED
from bench.audiences.results import Results, percentile, ratios, spread, times

HEADINGS = ("what", "median (range)", "times as fast as DuckDB", "aim", "reached")
ENGINES = {
    "duckdb": "DuckDB, sorted by event and time",
    "duckdb_by_time": "DuckDB, sorted by time",
    "clickhouse": "ClickHouse",
    "polars": "Polars",
}
Row = tuple[str, str, str, str, str]
P50, P95 = percentile(50), percentile(95)
AIMED_FROM = 20_000_000  # events; aims are for such sizes
LARGE = 100_000_000


def rows_of(results: Results) -> Iterator[Row]:
    """All rows of one size."""
    yield from _engines(results)
    for figures in (_refreshes, _new_rules, _questions, _appending, _sequences):
        for row in figures(results):
            yield row if results.size.events >= AIMED_FROM else (*row[:3], "", "")


def _engines(results: Results) -> Iterator[Row]:
    base = results.seconds("ask duckdb", "first pass")
    for engine, name in ENGINES.items():
        if not results.has(f"ask {engine}"):
            continue
        for passed in ("first pass", "second pass"):
            found = results.seconds(f"ask {engine}", passed)
            loaded = f" (loaded in {results.made[f'load {engine}']:.0f} s)" if passed == "first pass" else ""
            compared = "" if engine == "duckdb" else times(ratios(base, found))
            yield f"{name}, {passed}{loaded}", spread(found), compared, "", ""


def _refreshes(results: Results) -> Iterator[Row]:
    first = results.seconds("ask duckdb", "first pass")
    again = results.seconds("ask duckdb", "second pass")
    if results.has("first"):
        made = results.seconds("first", "refresh")
        yield (
            "**first refresh ever**, columns made, members written",
            spread(made),
            times(ratios(first, made)),
            "",
            "",
        )
    yield _faster("**cold refresh**, whole process", results.wall("cold"), first, 20)
    yield _faster("cold refresh, once Python has its modules", results.seconds("cold", "refresh"), first)
    if not results.has("warm"):
        return
    yield _faster("**warm refresh**, nothing moved", results.seconds("warm", "refresh"), again, 100)
    yield _faster("warm evaluation", results.seconds("warm", "evaluate"), again)
    yield _faster("warm refresh an hour later", results.seconds("warm", "hour later"), again)


def _new_rules(results: Results) -> Iterator[Row]:
    most = 1.0 if results.size.events >= LARGE else 0.15
    for name, pick, limit in (("p50", P50, None), ("p95", P95, most), ("longest", max, None)):
        found = results.seconds("new_rule_sizes", "rule", pick)
        base = results.seconds("ask duckdb", "rule", pick)
        label = f"**new rule**, {name}" if limit else f"new rule, {name}"
        yield _below(label, found, limit, times(ratios(base, found)))
    peak = results.peak("new_rule_sizes")
    aim = ("8,000 MB", _said(peak < 8_000)) if results.size.events >= LARGE else ("", "")
    yield "its peak memory", f"{peak:,.0f} MB", "", *aim


def _questions(results: Results) -> Iterator[Row]:
    if results.has("overlaps"):
        most = 1.0 if results.size.events < LARGE else None
        yield _below("**overlap** of all", results.seconds("overlaps", "overlap"), most)
    if results.has("explained"):
        yield _below("explaining one profile, p50", results.seconds("explained", "explain", P50), None)
        yield _below("**explaining** one profile, p95", results.seconds("explained", "explain", P95), 0.1)


def _appending(results: Results) -> Iterator[Row]:
    if results.has("appended"):
        yield _below(f"{N_APPENDED:,} events into the lake", results.seconds("appended", "lake"), None)
        yield _below("following them: evaluation and refresh", results.seconds("appended", "follow"), None)


def _sequences(results: Results) -> Iterator[Row]:
    if not results.has("sequences", "sequences duckdb"):
        return
    for name, question in QUESTIONS.items():
        base = results.seconds("sequences duckdb", name)
        found = results.seconds("sequences", name)
        aim = ("", "")
        if results.has("sequences clickhouse"):
            other = results.seconds("sequences clickhouse", name)
            aim = ("at most 2 times ClickHouse", _said(statistics.median(ratios(other, found)) >= 0.5))
            yield f"ClickHouse: {question.text}", spread(other), times(ratios(base, other)), "", ""
        yield f"DuckDB: {question.text}", spread(base), "", "", ""
        yield f"**{question.text}**", spread(found), times(ratios(base, found)), *aim


def _faster(name: str, found: Sequence[float], base: Sequence[float], least: float | None = None) -> Row:
    each = ratios(base, found)
    aim = ("", "") if least is None else (f"{least:.0f} times", _said(statistics.median(each) >= least))
    return name, spread(found), times(each), *aim


def _below(name: str, found: Sequence[float], most: float | None, compared: str = "") -> Row:
    aim = ("", "") if most is None else (f"{most:g} s", _said(statistics.median(found) < most))
    return name, spread(found), compared, *aim


def _said(reached: bool) -> str:
    return "yes" if reached else "**no**"


# How figures grow

GROWTH: dict[str, Callable[[Results], str]] = {
    "events": lambda results: f"{results.size.events:,}",
    "profiles": lambda results: f"{results.size.profiles:,}",
    "first refresh ever": lambda results: spread(results.seconds("first", "refresh")),
    "cold refresh": lambda results: spread(results.seconds("cold", "refresh")),
    "warm refresh": lambda results: spread(results.seconds("warm", "refresh")),
    "new rule, p95": lambda results: spread(results.seconds("new_rule_sizes", "rule", P95)),
    f"{N_APPENDED:,} events: lake": lambda results: spread(results.seconds("appended", "lake")),
    "following them": lambda results: spread(results.seconds("appended", "follow")),
    "peak memory, cold": lambda results: f"{results.peak('cold'):,.0f} MB",
    "making columns": lambda results: f"{results.peak('first'):,.0f} MB",
}
"""A column each."""
