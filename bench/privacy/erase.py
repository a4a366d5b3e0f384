"""How long it takes to erase persons, proof included, from a lake of 20 million events.

    python -m bench.privacy.erase --write

The lake is generated: people with an address and a number each, events over a year, traits, consents, and audiences that one in
ten is in. Timed is `Privacy.erase`: from opening the project to the signed receipt, which says that nothing is left. Each round
works on a fresh copy of the lake and erases others.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from bench import page
from headwater.core.project import open_project
from headwater.flow.privacy import Privacy
from headwater.tables import (
    attributes,
    consents,
    events,
    identity_map,
    links,
    memberships,
    nodes,
    profiles,
    traits,
)
from headwater.tables.table import SQL_TYPE, Type
from headwater.tables.workspace import Workspace, work

AIMS = {1: 10, 1_000: 60}  # seconds, by how many persons are erased at once
N_TRAITS, N_AUDIENCES = 20, 50
_BEGIN = "TIMESTAMP '2025-01-01 00:00:00'"
_SECONDS = 365 * 86_400


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how long it takes to erase persons.")
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    text = measured(given.events, given.people, given.rounds)
    print(text)
    if given.write:
        page.write("erase", text)


def measured(n_events: int, n_people: int, rounds: int) -> str:
    """The table of it."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        lake = Path(folder) / "lake"
        make_lake(lake, n_events, n_people)
        found: dict[int, list[float]] = {n: [] for n in AIMS}
        for number in range(rounds):
            for n, seconds in found.items():
                first = n_people // 2 + number * 10_000
                seconds.append(_timed(lake, range(first, first + n)))
    rows = [
        (
            f"{n:,} person{'s' if n > 1 else ''} of {n_people:,}, {n_events:,} events",
            f"{statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f})",
            f"under {AIMS[n]} s: {'reached' if statistics.median(seconds) < AIMS[n] else 'not reached'}",
        )
        for n, seconds in found.items()
    ]
    return f"{page.machine('duckdb', 'pyarrow')}\n\n{page.table(('what', 'median (range)', 'aim'), rows)}"


def make_lake(root: Path, n_events: int, n_people: int) -> None:
    root.mkdir()
    (root / "headwater.yaml").write_text("project: bench\n", encoding="utf-8")
    with work(open_project(root)) as workspace:
        _write_people(workspace, n_people)
        _write_events(workspace, n_events, n_people)
        _write_computed(workspace, n_people)


def _write_people(workspace: Workspace, n: int) -> None:
    """Address i and number i are person i's; nodes are numbered addresses first."""
    value = (
        f"CASE WHEN i < {n} THEN concat('person', i, '@example.org') ELSE concat('customer-', i - {n}) END"
    )
    kind = f"CASE WHEN i < {n} THEN 'email' ELSE 'user_id' END"
    known = f"SELECT i AS node_id, {kind} AS identifier, {value} AS value FROM range({2 * n}) AS t(i)"
    moment = f"{_BEGIN} AS loaded_at"
    with workspace.publish() as out:
        out.append(
            nodes.TABLE,
            "SELECT node_id, identifier, seal('nodes.value', value) AS value, "
            f"blind_index(identifier, value) AS value_index, 'crm' AS first_source, {moment} FROM ({known}) AS known",
        )
        out.append(
            identity_map.TABLE, f"SELECT i AS node_id, i % {n} AS profile_id FROM range({2 * n}) AS t(i)"
        )
        out.append(
            links.TABLE,
            f"SELECT i AS node_id, i + {n} AS other_node_id, 'seen_together' AS rule, 'crm' AS source, "
            f"{_BEGIN} AS first_seen_at, 1.0 AS confidence, FALSE AS is_revoked FROM range({n}) AS t(i)",
        )
        empty = ", ".join(
            f"NULL AS {each}"
            for each in ("number", "boolean", "instant", "texts")
            if attributes.TABLE.has(each)
        )
        out.append(
            attributes.TABLE,
            f"SELECT i AS node_id, 'city' AS attribute, 'text' AS type, concat('town', i % 500) AS text, {empty}, "
            f"'crm' AS source, {_BEGIN} AS stated_at FROM range({n}) AS t(i)",
        )
        out.append(
            consents.TABLE,
            "SELECT i AS node_id, 'newsletter' AS purpose, 'granted' AS state, 'crm' AS source, "
            f"{_BEGIN} AS stated_at, NULL AS until_at, NULL AS signal, NULL AS string, NULL AS overruled FROM range({n}) AS t(i)",
        )


def _write_events(workspace: Workspace, n_events: int, n_people: int) -> None:
    """Twelve months, everyone's events spread over the year."""
    told = {
        "event_id": "concat('e', i)",
        "source": "'shop'",
        "event": "CASE i % 4 WHEN 0 THEN 'purchase' ELSE 'page' END",
        "occurred_at": "moment",
        "loaded_at": "moment",
        "node_id": f"{n_people} + person",
        "product_id": "concat('p', hash(i) % 5000)",
        "quantity": "i % 5",
        "revenue": "(hash(i) % 10000) / 100.0",
        "url": "concat('https://shop.example/', hash(i) % 20000)",
        "properties": """concat('{"colour": "', i % 7, '"}')""",
        "month": "strftime(moment, '%Y-%m')",
        "bucket": f"({n_people} + person) % {workspace.project.config.lake.buckets}",
    }
    columns = ", ".join(
        f"CAST({told.get(each.name, 'NULL')} AS {_sql(each.type)}) AS {each.name}"
        for each in events.TABLE.columns
    )
    rows = (
        f"SELECT i, hash(i) % {n_people} AS person, {_BEGIN} + to_seconds(CAST(hash(i + 7) % {_SECONDS} AS BIGINT)) AS moment "
        f"FROM range({n_events}) AS t(i)"
    )
    with workspace.publish() as out:
        out.append(events.TABLE, f"SELECT {columns} FROM ({rows}) AS made")


def _write_computed(workspace: Workspace, n: int) -> None:
    empty = ", ".join(f"NULL AS {each}" for each in ("text", "boolean", "instant", "texts"))
    with workspace.publish() as out:
        out.append(
            profiles.TABLE,
            "SELECT profile_id, 2 AS n_identifiers, count(*) AS n_events, min(occurred_at) AS first_event_at, "
            "max(occurred_at) AS last_event_at FROM events JOIN identity_map USING (node_id) GROUP BY profile_id",
        )
        out.append(
            traits.TABLE,
            f"SELECT i AS profile_id, concat('trait', t) AS trait, 'number' AS type, {empty}, (hash(i + t) % 1000) AS number, "
            f"'computed' AS origin FROM range({n}) AS p(i), range({N_TRAITS}) AS q(t)",
        )
        out.append(
            memberships.TABLE,
            f"SELECT concat('audience', a) AS audience, i AS profile_id, {_BEGIN} AS entered_at "
            f"FROM range({n}) AS p(i), range({N_AUDIENCES}) AS q(a) WHERE hash(i * 1000 + a) % 10 = 0",
        )


def _sql(kind: Type) -> str:
    return SQL_TYPE[kind]


def _timed(lake: Path, people: range) -> float:
    """Seconds to erase persons from a copy of the lake."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-", dir=lake.parent) as folder:
        root = Path(folder) / "project"
        shutil.copytree(lake, root, copy_function=os.link)
        began = time.perf_counter()
        receipt = Privacy(open_project(root)).erase(
            [f"email=person{number}@example.org" for number in people]
        )
        seconds = time.perf_counter() - began
        assert receipt.left == ()
        assert receipt.n_profiles == len(people)
        return seconds


if __name__ == "__main__":
    main()
