"""Measures audiences beside other engines, and writes the figures into docs/benchmarks.md.

    python -m bench.audiences.run                                  2 and 20 million events; growth from 2 to 20 million
    python -m bench.audiences.run --large                          100 million events
    python -m bench.audiences.run --events 500000 --rounds 1       a trial: shows its figures, writes nothing

What is generated stays in the folder and is used again. Every count is held to what DuckDB and the others count.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import page
from bench.audiences.figures import AIMED_FROM, ENGINES, GROWTH, HEADINGS, LARGE, rows_of
from bench.audiences.generate import Size
from bench.audiences.measure import Wanted, measure
from bench.audiences.results import Results
from bench.audiences.rules import N_AUDIENCES

EVENTS, GROWN = (2_000_000, AIMED_FROM), (2_000_000, 5_000_000, 10_000_000, AIMED_FROM)
OF_LARGE = ("ask duckdb", "cold", "new_rule_sizes", "overlaps")
OF_GROWTH = ("cold", "warm", "new_rule_sizes", "appended", "first")


def _text(results: Results, wanted: Wanted) -> str:
    size = results.size
    shown = N_AUDIENCES // wanted.every
    scaled = "" if wanted.every == 1 else f"; of other engines {shown} were asked, and the time scaled"
    title = f"**{size.events:,} events, {size.profiles:,} profiles, {N_AUDIENCES} audiences{scaled}**"
    return f"{title}\n\n{page.table(HEADINGS, list(rows_of(results)))}"


def _growth(measured: Sequence[Results]) -> str:
    rows = [[show(results) for show in GROWTH.values()] for results in measured]
    return f"**Growth**\n\n{page.table(list(GROWTH), rows)}"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(",") if each)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure audiences.")
    parser.add_argument("--events", type=_numbers, help="sizes, comma between; a twentieth as many profiles")
    parser.add_argument("--growth", type=_numbers, help="sizes of the table that shows how figures grow")
    parser.add_argument("--large", action="store_true", help="100 million events")
    parser.add_argument("--rounds", type=int, default=0, help="3; of the large size 1")
    parser.add_argument(
        "--every", type=int, default=0, help="ask other engines only every so many of the audiences"
    )
    parser.add_argument(
        "--engines", default="", help=f"of {', '.join(ENGINES)}; DuckDB always; large: only it"
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "headwater-bench")
    parser.add_argument("--write", action="store_true", help="write the page, also if sizes are given")
    given = parser.parse_args()
    engines = given.engines.split(",") if given.engines else ["duckdb"] if given.large else list(ENGINES)
    wanted = Wanted(
        given.folder,
        given.rounds or (1 if given.large else 3),
        tuple(each for each in ENGINES if each in {*engines, "duckdb"}),
        given.every or (5 if given.large else 1),
        OF_LARGE if given.large else (),
    )
    events = given.events or ((LARGE,) if given.large else EVENTS)
    is_usual = not given.events and not given.large
    grown = given.growth or (GROWN if is_usual else ())
    text = _measured(events, grown, wanted)
    if given.write or not given.events:
        page.write("large audiences" if given.large else "audiences", text)


def _measured(events: Sequence[int], grown: Sequence[int], wanted: Wanted) -> str:
    """Everything, as it stands in the page."""
    found: dict[int, Results] = {}
    tables: list[str] = []
    for n in events:
        found[n] = measure(_size(n), list(wanted.pieces()), wanted.rounds, wanted)
        tables.append(_text(found[n], wanted))
        print(f"{tables[-1]}\n", flush=True)  # at once: what follows may take long
    for n in grown:
        found[n] = found.get(n) or measure(_size(n), OF_GROWTH, 1, wanted)
    if grown:
        tables.append(_growth([found[n] for n in sorted(grown)]))
        print(tables[-1])
    libraries = ["duckdb", "numpy", *_packages(wanted.engines)]
    return "\n\n".join([page.machine(*libraries), *tables])


def _packages(engines: Sequence[str]) -> list[str]:
    return [
        {"clickhouse": "chdb", "polars": "polars"}[each]
        for each in engines
        if each in ("clickhouse", "polars")
    ]


def _size(events: int) -> Size:
    return Size(events, events // 20 if events < LARGE else events // 10)


if __name__ == "__main__":
    main()
