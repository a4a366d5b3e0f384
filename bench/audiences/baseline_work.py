"""What is measured of the baselines: loading, the audiences, sequences; each function works in a process of its own.

An engine is imported only where it is asked, so that one that is not installed is not missed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from bench.audiences.baselines.sequences import OF, QUESTIONS
from bench.audiences.found import N_CHECKED, Found, new_rules
from bench.audiences.generate import read_size
from bench.audiences.place import Place
from bench.audiences.rules import Rule, audiences

ENGINES = {
    "duckdb": "in_duckdb",
    "duckdb_by_time": "in_duckdb",
    "clickhouse": "in_clickhouse",
    "polars": "in_polars",
}
"""By name, the module that asks."""


def load(engine: str, place: Place) -> Found:
    """Lay the rows out for an engine."""
    found, module = Found(), _module(engine)
    loads = module.load_as_it_comes if engine == "duckdb_by_time" else module.load
    with found.timed("load"):
        loads(place.plain, place.store(engine))
    return found


def ask(engine: str, place: Place, seed: int, every: int) -> Found:
    """The audiences, one query each, twice; then a few new rules. `every`: only every so many of the audiences."""
    found = Found()
    known = audiences(read_size(place.project).seed)
    chosen = dict(list(known.items())[::every])
    with _module(engine).opened(place.store(engine), known) as count:
        for name in ("first pass", "second pass"):
            with found.timed(name):
                found.counts |= {name: count(rule) for name, rule in chosen.items()}
            found.seconds[name] = [each * len(known) / len(chosen) for each in found.seconds[name]]
        _ask_new(new_rules(seed, N_CHECKED), count, found)
    return found


def ask_sequences(engine: str, place: Place) -> Found:
    """What people did one after the other; every question once of a category that is not timed."""
    found = Found()
    with _module(engine).statements(place.store(engine)) as count:
        for name, question in QUESTIONS.items():
            statement: Callable[[str], str] = getattr(question, engine)
            count(statement("no category"))
            for category in OF:
                with found.timed(name):
                    counted = count(statement(category))
                found.counts[f"{name} {category}"] = counted
    return found


def _ask_new(rules: list[Rule], count: Callable[[Rule], int], found: Found) -> None:
    for number, rule in enumerate(rules):
        with found.timed("rule"):
            counted = count(rule)
        found.counts[f"new rule {number}"] = counted


def _module(engine: str) -> Any:
    return import_module(f"bench.audiences.baselines.{ENGINES[engine]}")
