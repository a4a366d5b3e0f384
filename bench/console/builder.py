"""Measures how long a change in the builder of audiences takes until its new exact count is there, asked as its page asks.

    python -m bench.console.builder --write                           1 million profiles, 20 million events
    python -m bench.console.builder --events 500000 --rounds 2        a trial, of a twentieth as many profiles

The project is the one that `bench.audiences` generates and refreshes; it stays in the folder and is used again. Of a rule of six
conditions in two groups one condition is changed at a time, to something that was never asked; what is measured is from the
question to the answer, through the desk, after its threads are warm. Aimed at: 200 ms at the 95th percentile.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import TypeVar

from bench import page
from bench.audiences.generate import Size
from bench.audiences.measure import Wanted, measure
from bench.audiences.place import Place
from bench.audiences.rules import Rule
from headwater.access.audit.log import log_over
from headwater.access.keys import AccessKeys
from headwater.access.roles import Caller, Role
from headwater.access.sessions import Session, Sessions
from headwater.console.builder.drafts import DRAFT_RULE, Draft
from headwater.console.builder.offered import OFFERED, Asked
from headwater.console.desk.desk import SEATS, Desk
from headwater.console.desk.question import Question
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.core.state import connect_state

T = TypeVar("T")
EVENTS, CHANGES = 20_000_000, 50
_RULE: list[Rule] = [
    {"did": "purchase", "within": {"last": "60 days"}},
    {"any": [
        {"did": "product_view", "where": {"department": "grocery"}, "at_least": 2, "within": {"last": "30 days"}},
        {"total": "revenue", "of": "purchase", "within": {"last": "90 days"}, "is": {"at_least": 50}},
    ]},
    {"not": {"did": "page", "exactly": 0, "within": {"last": "30 days"}}},
    {"did": "page", "at_least": 2, "within": {"last": "60 days"}},
    {"sequence": [{"did": "page"}, {"did": "purchase", "gap": "2 days"}], "within": {"last": "30 days"}},
]  # fmt: skip


class Builder:
    """Somebody at the desk of a project."""

    def __init__(self, root: Path) -> None:
        project = open_project(root)
        engine = connect_state(project, "bench")
        self.sessions = Sessions(engine, AccessKeys(engine))
        self.desk = Desk(root, self.sessions, log_over(engine, project), seals_of(project))
        self.session = self._session()

    def _session(self) -> Session:
        found = self.sessions.find(self.sessions.begin(Caller("bench", Role.ADMIN, Role.ADMIN.actions)))
        assert found is not None
        return found

    def ask(self, question: Question[T], given: Hashable) -> T:
        """An answer, in one of the desk's threads, which have its tables open."""
        return self.desk._threads.submit(self.desk.answer, question, self.session, (given,)).result()  # noqa: SLF001

    def count(self, rule: Rule) -> Draft:
        """The answer to a whole rule."""
        draft = self.ask(DRAFT_RULE, json.dumps(rule))
        assert not draft.problems, draft.problems
        return draft

    def warm(self, rule: Rule) -> float:
        """Seconds until every thread of the desk has answered; as after the console has begun."""
        begun = time.perf_counter()
        for number in range(4 * SEATS):
            self.count({"all": [*rule["all"], {"did": "page", "at_least": 1000 + number}]})
        return time.perf_counter() - begun


def changes(rng: random.Random, n: int) -> Iterator[tuple[str, Rule]]:
    """Rules in each of which one condition is another than in the one before: what was changed, and the rule."""
    parts = json.loads(json.dumps(_RULE))
    for number in range(n):
        match number % 5:
            case 0:
                parts[0] = {"did": "purchase", "at_least": rng.randint(1, 9), "within": _last(rng)}
                what = "how often, and when"
            case 1:
                parts[1]["any"][0] = {
                    "did": "product_view",
                    "where": {"revenue": {"at_least": rng.randint(1, 9999) / 100}},
                    "within": _last(rng),
                }
                what = "a filter"
            case 2:
                parts[1]["any"][1]["is"] = {"at_least": rng.randint(1, 99_999) / 100}
                what = "what a total must be"
            case 3:
                parts[4] = {"sequence": [{"did": "page"}, _bought(rng)], "within": {"last": "30 days"}}
                what = "how soon in a sequence"
            case _:
                parts[4] = {"sequence": [{"did": "page"}, _bought(rng)], "within": _last(rng)}
                what = "when a sequence is done"
        yield what, {"all": parts}


def _bought(rng: random.Random) -> dict[str, object]:
    return {"did": "purchase", "gap": f"{rng.randint(1, 9_999)} minutes"}


def run(folder: Path, size: Size, rounds: int) -> str:
    """Measure it; gives a table."""
    place = Place(folder / f"{size.events}_{size.profiles}")
    measure(
        size, ["cold"], 1, Wanted(folder, 1, (), 1, ("cold",))
    )  # generates and refreshes, if that is to be done
    builder, rng, seconds = Builder(place.refreshed), random.Random(7), dict[str, list[float]]()
    warm = builder.warm({"all": _RULE})
    for what, rule in changes(rng, CHANGES * rounds):
        begun = time.perf_counter()
        builder.count(rule)
        took = time.perf_counter() - begun
        for name in (what, "any of these"):
            seconds.setdefault(name, []).append(took)
    seconds["any of these"] = seconds.pop("any of these")  # the last of them
    for asked in (
        Asked("event", ""),
        Asked("property", "", "purchase"),
        Asked("value", "", "purchase", "category"),
    ):
        begun = time.perf_counter()
        builder.ask(OFFERED, asked)
        seconds.setdefault(f"what is offered first: {asked.kind}", []).append(time.perf_counter() - begun)
    builder.desk.close()
    rows = [_row(what, found) for what, found in seconds.items()]
    title = f"**{size.events:,} events, {size.profiles:,} profiles; warm after {warm:.1f} s**"
    return f"{title}\n\n{page.table(('change of', 'n', 'median, ms', '95 %, ms', 'longest, ms'), rows)}"


def _row(what: str, seconds: list[float]) -> tuple[str, ...]:
    found = sorted(1000 * each for each in seconds)
    at = [found[int(share * (len(found) - 1))] for share in (0.5, 0.95, 1.0)]
    return (what, f"{len(found)}", *(f"{each:,.0f}" for each in at))


def _last(rng: random.Random) -> Rule:
    return {"last": f"{rng.randint(1, 89 * 24)} hours"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the builder of audiences.")
    parser.add_argument("--events", type=int, default=EVENTS, help="a twentieth as many profiles")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "headwater-bench")
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    size = Size(given.events, given.events // 20)
    text = f"{page.machine('duckdb', 'numpy')}\n\n{run(given.folder, size, given.rounds)}"
    print(text)
    if given.write:
        page.write("console builder", text)


if __name__ == "__main__":
    main()
