"""What a record of a log costs to seal and to open by a key of its own, beside one key a writer, on one core.

    python -m bench.live.sealing --write

Both seal the same payloads in turn; time is the processor's, and of the rounds the median counts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import page
from headwater.core.sealing.keys import new_ring
from headwater.core.sealing.pieces import Pieces
from headwater.core.sealing.records import Records
from headwater.core.sealing.seals import Place, Seals

PAYLOAD = b"." * 700  # about what a request of one event holds


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a key for each record of a log costs.")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = measured(Path(folder), given.records, given.rounds)
    print(text)
    if given.write:
        page.write("sealing", f"{page.machine('cryptography')}\n\n{text}")


def measured(folder: Path, n_records: int, n_rounds: int) -> str:
    """The table of it."""
    seals = Seals(new_ring("bench", datetime.now(UTC)), record_keys=folder)
    ways: dict[str, Pieces | Records] = {
        "one key a writer": Pieces(seals, Place("log", "requests")),
        "a key for each record": Records(seals, "requests"),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(n_rounds):
        for name, way in ways.items():
            found[name].append(_round(way, n_records))
    rows = [
        (name, *(f"{statistics.median(each):.1f}" for each in zip(*times, strict=True)))
        for name, times in found.items()
    ]
    return page.table(("sealed by", "µs to seal", "µs to open"), rows)


def _round(way: Pieces | Records, n_records: int) -> tuple[float, float]:
    """Microseconds to seal and to open one."""
    sealed: list[bytes] = []
    seal = _timed(lambda: sealed.extend(way.seal(PAYLOAD) for _ in range(n_records)))
    opened = _timed(lambda: [way.open(each) for each in sealed])
    return seal / n_records * 1e6, opened / n_records * 1e6


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
