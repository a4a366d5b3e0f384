"""What is measured of Headwater: each function works in a process of its own, and gives seconds by name and what it counted.

A list of seconds has one entry a question. "Cold": the project is at rest, the process is new; "warm": the same process
has refreshed before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bench.audiences.baselines.sequences import OF, QUESTIONS
from bench.audiences.found import N_CHECKED, Found, new_rules
from bench.audiences.generate import append_rows, read_size
from bench.audiences.happened import later_load
from bench.audiences.people import People
from bench.audiences.place import Place
from bench.audiences.rules import Rule
from headwater.audiences.evaluate import evaluate
from headwater.audiences.explain import explain
from headwater.audiences.overlap import overlap
from headwater.audiences.parse import parse_rule
from headwater.audiences.refresh import refresh
from headwater.audiences.size import size
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.core.project import open_project
from headwater.flow.definitions import Definitions, read_definitions, read_vocabulary_of
from headwater.tables.workspace import Workspace, work

AGAIN = 10  # times, of what is quick
N_NEW_RULES, N_EXPLAINED, N_APPENDED, N_LOADS = 200, 100, 100_000, 3


def cold(place: Place, _: int) -> Found:
    """Open, read definitions, refresh; columns and memberships are there, and nothing has changed."""
    return _run(place.refreshed)


def first(place: Place, _: int) -> Found:
    """The same where nobody has refreshed yet: columns are made, all members enter."""
    with place.copy(place.project) as copy:
        return _run(copy)


def first_kept(place: Place, _: int) -> Found:
    """The same; what comes of it stays."""
    return _run(place.refreshed)


def warm(place: Place, _: int, times: int = AGAIN) -> Found:
    """Again in the same process, with nothing moved; and with an hour passing each time."""
    found = Found()
    with place.copy(place.refreshed) as copy, _opened(copy) as (workspace, definitions):
        for _ in range(times):
            with found.timed("evaluate"):
                evaluate(definitions.audiences, workspace)
            with found.timed("refresh"):
                refresh(definitions.audiences, workspace)
        for _ in range(max(1, times // 3)):
            clock = workspace.clock
            workspace.clock = Clock(clock.zone, clock.now() + timedelta(hours=1))
            with found.timed("hour later"):
                refresh(definitions.audiences, workspace)
    return found


def new_rule_sizes(place: Place, seed: int, n: int = N_NEW_RULES) -> Found:
    """How many meet a rule that was never asked: read the rule, count."""
    found = Found()
    with _opened(place.refreshed) as (workspace, definitions):
        vocabulary = read_vocabulary_of(definitions, workspace)
        for number, rule in enumerate(new_rules(seed, n)):
            with found.timed("rule"):
                counted = _size(rule, vocabulary, workspace, definitions)
            if number < N_CHECKED:
                found.counts[f"new rule {number}"] = counted
    return found


def overlaps(place: Place, _: int) -> Found:
    """Every audience with every other one."""
    found = Found()
    with _opened(place.refreshed) as (workspace, definitions):
        for _ in range(3):
            with found.timed("overlap"):
                overlap(sorted(definitions.audiences), workspace)
    return found


def explained(place: Place, seed: int, n: int = N_EXPLAINED) -> Found:
    """Why random people are in random audiences, or are not."""
    found, rng = Found(), random.Random(f"explained {seed}")
    most = read_size(place.refreshed).profiles
    with _opened(place.refreshed) as (workspace, definitions):
        names = sorted(definitions.audiences)
        for _ in range(n):
            audience = definitions.audiences[rng.choice(names)]
            with found.timed("explain"):
                explain(rng.randint(1, most), audience, workspace, definitions.audiences)
    return found


def appended(place: Place, _: int, loads: int = N_LOADS) -> Found:
    """Loads come in while the project is open: each into the lake, and then the refresh that follows it."""
    found = Found()
    with place.copy(place.refreshed) as copy, _opened(copy) as (workspace, definitions):
        shape = read_size(copy)
        people = People(shape.profiles, shape.seed)
        for load in range(1, loads + 1):
            rows = later_load(people, N_APPENDED, load, shape.buckets)
            with found.timed("lake"):
                append_rows(workspace, rows)
            with found.timed("evaluate"):
                evaluate(definitions.audiences, workspace)
            with found.timed("refresh"):
                refresh(definitions.audiences, workspace)
    found.seconds["follow"] = [
        a + b for a, b in zip(found.seconds["evaluate"], found.seconds["refresh"], strict=True)
    ]
    return found


def sequences(place: Place, _: int) -> Found:
    """What people did one after the other: questions that were never asked, of columns in memory."""
    found = Found()
    with _opened(place.refreshed) as (workspace, definitions):
        vocabulary = read_vocabulary_of(definitions, workspace)
        for name, question in QUESTIONS.items():
            for category in OF:
                with found.timed(name):
                    counted = _size(question.rule(category), vocabulary, workspace, definitions)
                found.counts[f"{name} {category}"] = counted
    return found


WORK: dict[str, Callable[..., Found]] = {
    each.__name__: each
    for each in (cold, first, first_kept, warm, new_rule_sizes, overlaps, explained, appended, sequences)
}


def _run(project: Path) -> Found:
    found = Found()
    with found.timed("refresh"), work(open_project(project)) as workspace:
        definitions = read_definitions(workspace)
        refreshed = refresh(definitions.audiences, workspace)
    found.counts = {each.name: each.size for each in refreshed}
    return found


@contextmanager
def _opened(project: Path) -> Iterator[tuple[Workspace, Definitions]]:
    """A project that has just been refreshed."""
    with work(open_project(project)) as workspace:
        definitions = read_definitions(workspace)
        refresh(definitions.audiences, workspace)
        yield workspace, definitions


def _size(rule: Rule, vocabulary: Vocabulary, workspace: Workspace, definitions: Definitions) -> int:
    read = parse_rule(rule, vocabulary)
    assert not isinstance(read, list), f"a rule of the benchmark is wrong: {read[0]}"
    return size(read, workspace, definitions.audiences)
