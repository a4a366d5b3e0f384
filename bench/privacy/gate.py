"""What the gate takes of an audience's time: who of a million people may be sent, beside the refresh that finds them.

    python -m bench.privacy.gate --write

The lake is that of `bench.privacy.erase`, with a consent, a country and a day of birth each. Timed are `refresh` of one audience
that most are in, from nothing and again, where nobody moves, and `permit` for purposes that ask for more and more: as the first
of a run, which reads what people said and whose identifiers are, and as another of it, which is beside a refresh that has read
events before. The gate is asked whenever an audience is sent, which is after a refresh.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench import page
from bench.privacy.erase import make_lake
from headwater.activate.prepare import members_of
from headwater.audiences.refresh import refresh
from headwater.core.project import Project, open_project
from headwater.flow.definitions import read_definitions
from headwater.privacy.gate import PermitRequest, Use, permit
from headwater.privacy.labels import Label
from headwater.tables import consents, traits
from headwater.tables.workspace import work

AIM = 0.05
CONFIG = """
project: bench
purposes:
  service: {description: Nobody objected, lawful_basis: contract}
  news: {description: Who agreed}
  europe: {description: Who agreed and is in Europe, jurisdictions: [EEA]}
  adults: {description: Who agreed and is of age, minimum_age: 18}
  both: {description: Who agreed and is of age in Europe, jurisdictions: [EEA], minimum_age: 18}
gate: {country: country, birth_date: born}
"""
RULE = "rule: {all: [{did: page, at_least: 1}, {trait: trait0, is: {at_least: 0}}]}\n"
PURPOSES = ("service", "news", "europe", "adults", "both")
_COUNTRIES = "['DE', 'FR', 'AT', 'US', 'CN', 'IT', 'PL', 'NO']"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the gate takes.")
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    text = measured(given.events, given.people, given.rounds)
    print(text)
    if given.write:
        page.write("gate", text)


def measured(n_events: int, n_people: int, rounds: int) -> str:
    """The table of it."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        root = Path(folder) / "lake"
        make_lake(root, n_events, n_people)
        project = _widened(root, n_people)
        first, again = _refreshed(project), _refreshed(project)
        n_members, of_gate = _permitted(project, rounds)
    rows = [("refresh of the audience", f"{first:.2f} s", "", f"{again:.2f} s", "")]
    for purpose, seconds in of_gate.items():
        of_run, further = zip(*seconds, strict=True)
        rows.append((f"gate: `{purpose}`", *_told(of_run, first), *_told(further, again)))
    what = f"one audience of {n_members:,} people, {n_events:,} events"
    head = (what, "from nothing: median (range)", "share", "again: median (range)", "share")
    return f"{page.machine('duckdb', 'numpy')}\n\n{page.table(head, rows)}"


def _told(seconds: Sequence[float], of: float) -> tuple[str, str]:
    median = statistics.median(seconds)
    return (
        f"{1000 * median:.0f} ms ({1000 * min(seconds):.0f} to {1000 * max(seconds):.0f})",
        f"{median / of:.1%}",
    )


def _widened(root: Path, n: int) -> Project:
    """The lake with what the gate looks at, and an audience that everybody is in."""
    (root / "headwater.yaml").write_text(CONFIG, encoding="utf-8")
    (root / "audiences").mkdir()
    (root / "audiences" / "everybody.yaml").write_text(RULE, encoding="utf-8")
    project = open_project(root)
    empty = ", ".join(f"NULL AS {each}" for each in ("number", "boolean", "instant", "texts"))
    told = {
        "country": f"{_COUNTRIES}[1 + i % 8]",
        "born": "strftime(DATE '1940-01-01' + CAST(hash(i) % 28000 AS INTEGER), '%Y-%m-%d')",
    }
    with work(project) as workspace, workspace.publish() as out:
        for name, value in told.items():
            out.append(
                traits.TABLE,
                f"SELECT i AS profile_id, '{name}' AS trait, 'text' AS type, {value} AS text, {empty}, 'crm' AS origin "
                f"FROM range({n}) AS p(i)",
            )
        for purpose in PURPOSES:
            out.append(
                consents.TABLE,
                f"SELECT i AS node_id, '{purpose}' AS purpose, CASE WHEN i % 10 = 0 THEN 'denied' ELSE 'granted' END AS state, "
                "'crm' AS source, TIMESTAMP '2025-01-01 00:00:00' AS stated_at, CAST(NULL AS TIMESTAMP) AS until_at, "
                f"NULL AS signal, NULL AS string, NULL AS overruled FROM range({n}) AS t(i)",
            )
    return project


def _refreshed(project: Project) -> float:
    """Seconds to refresh the audience, the project just opened."""
    with work(project) as workspace:
        audiences = read_definitions(workspace).audiences
        return _seconds(lambda: refresh(audiences, workspace))


def _permitted(project: Project, rounds: int) -> tuple[int, dict[str, list[tuple[float, float]]]]:
    """How many are in the audience, and by purpose the seconds of each round: for the first of a run, for another."""
    found: dict[str, list[tuple[float, float]]] = {purpose: [] for purpose in PURPOSES}
    fields = {"email": frozenset({Label.PSEUDONYM}), "audience everybody": frozenset[Label]()}
    for purpose, seconds in found.items():
        for _ in range(rounds):
            with work(project) as workspace:
                members = members_of(workspace, "everybody")
                request = PermitRequest(
                    purpose, Use.DESTINATION, "crm", members, fields, frozenset({Label.PSEUDONYM})
                )
                asked = partial(permit, request, workspace)
                seconds.append((_seconds(asked), _seconds(asked)))
    assert len(np.unique(members)) == len(members)
    return len(members), found


def _seconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
