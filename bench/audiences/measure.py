"""All work on one size: what must be there first is made once, pieces of work take turns, counts are compared."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.audiences.generate import Size
from bench.audiences.place import Place, linked
from bench.audiences.results import Results
from bench.audiences.work import Done, do, generate

SELDOM = {"ask duckdb_by_time": 1, "ask clickhouse": 1, "ask polars": 1, "appended": 2, "first": 2}
"""Work that takes long: in so many rounds at most."""


@dataclass(frozen=True)
class Wanted:
    """What is to be measured; `only`: these pieces of work, in this order, if any are named."""

    folder: Path
    rounds: int
    engines: tuple[str, ...]
    every: int
    only: tuple[str, ...] = ()

    def pieces(self) -> Iterator[str]:
        """All work of a round, so that engines take turns."""
        if self.only:
            yield from self.only
            return
        own = iter(("cold", "warm", "new_rule_sizes", "overlaps"))
        for engine in self.engines:
            yield f"ask {engine}"
            yield next(own)
        yield from own
        yield "sequences"
        yield from (f"sequences {each}" for each in self.engines if each in ("duckdb", "clickhouse"))
        yield from ("explained", "appended", "first")


def measure(size: Size, pieces: Sequence[str], rounds: int, wanted: Wanted) -> Results:
    """One size.

    Raises:
        SystemExit: engines do not count the same.
    """
    place = Place(wanted.folder / f"{size.events}_{size.profiles}")
    results = Results(size, _prepared(place, size, [each for each in pieces if each.startswith("ask ")]))
    for number in range(1, rounds + 1):
        for piece in pieces:
            if number > SELDOM.get(piece, rounds):
                continue
            arguments = (number, wanted.every) if piece.startswith("ask ") else (number,)
            done = do(piece, place.root, *(() if piece.startswith("sequences ") else arguments))
            results.done.setdefault(piece, []).append(done)
            _tell(
                f"{size.events:,} events, round {number}: {piece} {done.wall:.1f} s, {done.megabytes:,.0f} MB"
            )
        check_counts({piece: done[-1] for piece, done in results.done.items() if len(done) == number})
    return results


def check_counts(round_: dict[str, Done]) -> None:
    """Hold what baselines counted in a round to what Headwater counted.

    Raises:
        SystemExit: something differs.
    """
    own: dict[str, int] = {}
    for piece in ("cold", "new_rule_sizes", "sequences"):
        own |= round_[piece].counts if piece in round_ else {}
    wrong = [
        f"{piece}: {name}: {counted:,}, Headwater {own.get(name)}"
        for piece, done in round_.items()
        for name, counted in done.counts.items()
        if own.get(name) != counted
    ]
    if wrong:
        sys.exit("\n".join([f"{len(wrong)} counts differ:", *wrong[:20]]))


def _prepared(place: Place, size: Size, asks: Sequence[str]) -> dict[str, float]:
    """Make what is not there yet; gives the seconds that it took, now or once."""
    notes = place.root / "made.json"
    made: dict[str, float] = json.loads(notes.read_text()) if notes.exists() else {}
    if not (place.project / "READY").exists():
        _tell(f"{size.events:,} events: generating")
        shutil.rmtree(place.root, ignore_errors=True)
        made = {}
        generate(place.project, size)
    work = ["first_kept", *(["plain"] if asks else []), *(each.replace("ask ", "load ") for each in asks)]
    for piece in [each for each in work if each not in made]:
        _tell(f"{size.events:,} events: {piece}")
        target = {"first_kept": place.refreshed, "plain": place.plain}.get(
            piece, place.store(piece.removeprefix("load "))
        )
        shutil.rmtree(target, ignore_errors=True)
        if piece == "first_kept":
            linked(place.project, place.refreshed)
        done = do(piece, place.root, *([1] if piece == "first_kept" else []))
        made[piece] = sum(seconds for each in done.seconds.values() for seconds in each)
        notes.write_text(json.dumps(made))
    return made


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
