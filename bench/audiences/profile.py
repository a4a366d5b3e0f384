"""Where a cold refresh spends its time: seconds by part, in one new process.

python -m bench.audiences.profile ROOT    a folder that `run` left, such as /tmp/headwater-bench/20000000_1000000
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from pathlib import Path

PARTS = {
    "project files read": ("core/project.py", "open_project"),
    "rules read": ("flow/definitions.py", "read_definitions"),
    "everyone read": ("columns/people.py", "read_people"),
    "tests of values asked of DuckDB": ("engines/duckdb.py", "project"),
    "whose events they are": ("columns/resident.py", "who_of"),
    "events selected, with the line before": ("columns/columns.py", "_select"),
    "events counted": ("columns/columns.py", "counts"),
    "sums and numbers of values": ("columns/columns.py", "answer_of"),
    "traits tested": ("operators/trait.py", "to_bits"),
    "members as stored": ("audiences/stored.py", "read_stored"),
    "all of the refresh": ("audiences/refresh.py", "refresh"),
}
"""A part by the function that does it; parts overlap where one calls another."""


def main() -> None:
    begun = time.perf_counter()
    from bench.audiences.headwater_work import WORK  # noqa: PLC0415 - its modules are measured
    from bench.audiences.place import Place  # noqa: PLC0415

    print(f"{time.perf_counter() - begun:6.2f} s  modules of Python")
    profile = cProfile.Profile()
    begun = time.perf_counter()
    profile.runcall(WORK["cold"], Place(Path(sys.argv[1])), 1)
    whole = time.perf_counter() - begun
    for part, (file, function) in PARTS.items():
        print(f"{_seconds(profile, file, function):6.2f} s  {part}")
    print(f"{whole:6.2f} s  all after the modules")


def _seconds(profile: cProfile.Profile, file: str, function: str) -> float:
    """What a function took with all it called, in seconds."""
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return sum(
        float(row[3]) for (path, _, name), row in stats.items() if name == function and path.endswith(file)
    )


if __name__ == "__main__":
    main()
