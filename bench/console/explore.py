"""What exploring takes: trends, a funnel and top traits, as the console asks them of a project that is open.

    python -m bench.console.explore                                       1 million people, 20 million events
    python -m bench.console.explore --people 20000 --events 400000        to see that it runs
    python -m bench.console.explore --write                               and write docs/benchmarks.md

The lake is that of `bench.privacy.erase`. Each question is asked as a page asks it, of a project just opened: the first time,
when what it looks at is not yet in memory (unless a question before it has looked at it), and then again and again, as when
somebody changes another field.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import page
from bench.privacy.erase import make_lake
from headwater.console.explore.asked import Events, Filter, FunnelAsked, Span, TrendAsked
from headwater.console.explore.reading import read_funnel_asked, read_trend_asked
from headwater.core.project import open_project
from headwater.explore.funnel import funnel
from headwater.explore.top_traits import Wanted, top_traits
from headwater.explore.trend import trend
from headwater.flow.definitions import Definitions, read_definitions, read_vocabulary_of
from headwater.tables.workspace import Workspace, read

RULE = "rule: {did: purchase, at_least: 3}\n"
EVER = Span("ever")
TRENDS: Mapping[str, TrendAsked] = {
    "trend: events by week": TrendAsked(Events("page"), EVER),
    "trend: people by week": TrendAsked(Events("page"), EVER, count="people"),
    "trend: people by week, of an audience, by product": TrendAsked(
        Events("purchase", (Filter("revenue", "at_least", "20"),)),
        EVER,
        count="people",
        split="product_id",
        audience="buyers",
    ),
    "trend: events by month, by a trait": TrendAsked(Events("page"), EVER, "month", split="trait:trait0"),
    "trend: sum of revenue by week": TrendAsked(Events("purchase"), EVER, count="sum", of="revenue"),
}
FUNNELS: Mapping[str, FunnelAsked] = {
    "funnel: page, purchase, page in 7 days": FunnelAsked(
        (Events("page"), Events("purchase"), Events("page")), EVER
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what exploring takes.")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    text = measured(given.events, given.people, given.rounds)
    print(text)
    if given.write:
        page.write("exploring", text)


def measured(n_events: int, n_people: int, rounds: int) -> str:
    """The table of it."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        root = Path(folder) / "lake"
        make_lake(root, n_events, n_people)
        (root / "audiences").mkdir(exist_ok=True)
        (root / "audiences" / "buyers.yaml").write_text(RULE, encoding="utf-8")
        rows = []
        for name in (*TRENDS, *FUNNELS, "top traits of an audience"):
            with read(open_project(root)) as workspace:
                ask = _asked(name, workspace, read_definitions(workspace))
                first, again = _seconds(ask), [_seconds(ask) for _ in range(rounds)]
            told = f"{1000 * statistics.median(again):.0f} ms ({1000 * min(again):.0f} to {1000 * max(again):.0f})"
            rows.append((name, f"{first:.1f} s", told))
    head = (f"{n_people:,} people, {n_events:,} events", "first", "again: median (range)")
    return f"{page.machine('duckdb', 'numpy')}\n\n{page.table(head, rows)}"


def _asked(name: str, workspace: Workspace, definitions: Definitions) -> Callable[[], object]:
    """A question, read anew each time, as a page does."""
    known = definitions.audiences

    def ask() -> object:
        vocabulary = read_vocabulary_of(definitions, workspace)
        if name in TRENDS:
            return trend(read_trend_asked(TRENDS[name], vocabulary), workspace, known)
        if name in FUNNELS:
            return funnel(read_funnel_asked(FUNNELS[name], vocabulary), workspace, known)
        return top_traits(Wanted("buyers"), workspace, known)

    return ask


def _seconds(what: Callable[[], object]) -> float:
    begun = time.perf_counter()
    what()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
