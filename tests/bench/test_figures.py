"""Figures say what was measured, and whether what was aimed at was reached."""

from __future__ import annotations

from bench.audiences.baselines.sequences import QUESTIONS
from bench.audiences.figures import GROWTH, Row, rows_of
from bench.audiences.generate import Size
from bench.audiences.results import Results
from bench.audiences.work import Done

SERIES = {
    "ask duckdb": ("first pass", "second pass", "rule"),
    "cold": ("refresh",),
    "first": ("refresh",),
    "warm": ("refresh", "evaluate", "hour later"),
    "new_rule_sizes": ("rule",),
    "overlaps": ("overlap",),
    "explained": ("explain",),
    "appended": ("lake", "follow"),
    "sequences": tuple(QUESTIONS),
    "sequences duckdb": tuple(QUESTIONS),
    "sequences clickhouse": tuple(QUESTIONS),
}


def results(events: int, **seconds: float) -> Results:
    """Two rounds in which everything took a second, but for these pieces."""
    done = {
        piece: [
            Done({key: [took] for key in series}, {}, took, 100)
            for took in (seconds.get(piece, 1.0), seconds.get(piece, 1.0) * 2)
        ]
        for piece, series in SERIES.items()
    }
    return Results(Size(events, events // 20), {"load duckdb": 3}, done)


def row(found: Results, name: str) -> Row:
    return next(each for each in rows_of(found) if name in each[0])


def test_ratios_are_of_pairs_of_one_round() -> None:
    found = results(20_000_000, cold=0.05)
    assert row(found, "cold refresh**") == (
        "**cold refresh**, whole process",
        "75.0 ms (50.0 to 100.0)",
        "20.0 (20.0 to 20.0)",
        "20 times",
        "yes",
    )


def test_an_aim_that_is_missed_is_said() -> None:
    found = results(20_000_000)
    assert row(found, "warm refresh**")[-2:] == ("100 times", "**no**")
    assert row(found, "p95")[-2:] == ("0.15 s", "**no**")


def test_the_large_size_has_aims_of_its_own_and_a_small_one_none() -> None:
    large = results(100_000_000, new_rule_sizes=0.5)
    assert row(large, "new rule**, p95")[-2:] == ("1 s", "yes")
    assert row(large, "peak memory")[-2:] == ("8,000 MB", "yes")
    assert not any(each[3] or each[4] for each in rows_of(results(2_000_000)))


def test_sequences_are_held_to_clickhouse() -> None:
    slow = results(20_000_000, sequences=2.5)
    assert row(slow, f"**{QUESTIONS['funnel'].text}")[-1] == "**no**"
    assert row(results(20_000_000), f"**{QUESTIONS['funnel'].text}")[-1] == "yes"


def test_growth_has_a_figure_for_every_column() -> None:
    assert all(show(results(2_000_000)) for show in GROWTH.values())
