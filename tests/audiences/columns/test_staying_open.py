"""Columns that stay in memory while tables and time move on say what SQL says, after every step."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from headwater.audiences.columns import follow, store
from headwater.audiences.evaluate import evaluate
from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Rule
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.core.project import open_project
from headwater.tables import events, identity_map, list_entries, nodes, profiles, traits
from headwater.tables.table import Table
from headwater.tables.workspace import Workspace, read, work

pytestmark = pytest.mark.slow

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
NAMES, CATEGORIES = ["page", "purchase", "search"], ["COFFEE", "TEA", "MILK"]
VOCABULARY = Vocabulary(
    events=frozenset(NAMES),
    traits={"age": ValueType.TEXT, "score": ValueType.NUMBER, "likes": ValueType.TEXTS},
    audiences=frozenset({"rule 9"}),
    lists=frozenset({"vip"}),
)
RULES: list[object] = [
    {"did": "purchase", "where": {"category": "COFFEE"}, "at_least": 2, "within": {"last": "7 days"}},
    {"did": "purchase", "exactly": 0, "within": {"last": "3 days"}},
    {"did": "page", "at_most": 2},
    {"did": "search", "where": {"colour": "red"}, "within": {"last": "5 days"}},
    {"total": "revenue", "of": "purchase", "within": {"last": "10 days"}, "is": {"at_least": 20}},
    {"average": "revenue", "of": "purchase", "is": {"less_than": 10}},
    {"distinct": "category", "of": "purchase", "within": {"last": "20 days"}, "is": {"at_least": 2}},
    {"minimum": "revenue", "of": "purchase", "is": {"at_most": 3}},
    {"maximum": "revenue", "of": "purchase", "within": {"last": "9 days"}, "is": {"at_least": 8}},
    {"trait": "age", "is": ["18-24", "25-34"]},
    {"trait": "age", "is": {"exists": False}},
    {"trait": "likes", "is": {"contains_any": ["milk", "tea"]}},
    {"trait": "likes", "is": {"contains_all": ["coffee", "tea"]}},
    {"trait": "likes", "is": {"exists": False}},
    {"did": "search", "where": {"colour": {"contains_any": ["red", "green"]}}},
    {"sequence": [{"did": "page"}, {"did": "purchase", "gap": "2 days"}], "lasting": "2 days"},
    {"did_on_days": "page", "at_least": 2, "within": {"last": "14 days"}},
    {"days_since_last": "purchase", "is": {"at_least": 4}},
    {"first_time": "page", "is": {"after": "2026-03-04"}},
    {"last_time": "search", "within": {"more_than_ago": "2 days"}, "is": {"before": "2026-03-06"}},
    {
        "sequence": [
            {"did": "page"},
            {"did": "purchase", "same": {"category": 1}, "without": {"did": "search"}},
        ],
        "at_least": 2,
        "within": {"last": "20 days"},
    },
    {"top": 2, "by": "score"},
    {"top": "30%", "by": "score", "order": "lowest"},
    {"sample": "50%", "salt": "winter"},
    {"split": "B", "parts": {"A": 20, "B": 40}, "salt": "winter"},
    {"in_list": "vip"},
    {"household_of": "rule 9", "by": "score"},
]


class Tried:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule


def tried() -> dict[str, Tried]:
    found = {f"rule {number}": parse_rule(data, VOCABULARY) for number, data in enumerate(RULES)}
    assert not [each for each in found.values() if isinstance(each, list)]
    return {name: Tried(rule) for name, rule in found.items() if not isinstance(rule, list)}


def agree(workspace: Workspace) -> None:
    """Columns and SQL give the same now, and again when nothing has changed."""
    by_sql = evaluate(tried(), workspace, by_columns=False)
    for _ in range(2):
        by_columns = evaluate(tried(), workspace)
        assert np.array_equal(by_columns.universe.profile_ids, by_sql.universe.profile_ids)
        for name, members in by_sql.sets.items():
            assert np.array_equal(by_columns.sets[name], members), RULES[int(name.split()[1])]


class Shop:
    """A project whose tables grow at random."""

    def __init__(self, workspace: Workspace, seed: int) -> None:
        self.workspace, self.random = workspace, random.Random(seed)
        self.now, self.n_nodes, self.number = BEGIN + timedelta(days=10), 8, 0
        self.owners = {node: node for node in range(1, 9)}
        self.set_clock()
        self.people()
        self.ages()
        self.enlist()
        self.load()

    def set_clock(self) -> None:
        self.workspace.clock = Clock(UTC, self.now)

    def write(self, table: Table, rows: list[dict[str, object]], *, add: bool = False) -> None:
        self.workspace.engine.register("new_rows", pa.Table.from_pylist(rows, table.schema))
        with self.workspace.publish() as out:
            (out.append if add else out.replace)(table, "SELECT * FROM new_rows")

    def load(self) -> None:
        """More events; some late, some in the future, some of nobody yet."""
        rows: list[dict[str, object]] = []
        for _ in range(self.random.randrange(1, 40)):
            self.number += 1
            at = self.now + timedelta(hours=self.random.randrange(-400, 60))
            row: dict[str, object] = {
                "event_id": str(self.number),
                "source": "till",
                "event": self.random.choice(NAMES),
            }
            row |= {
                "occurred_at": at.replace(tzinfo=None),
                "node_id": self.random.randrange(1, self.n_nodes + 3),
            }
            row |= {
                "category": self.random.choice([*CATEGORIES, None]),
                "revenue": self.random.choice([None, 2.5, 8.0, 0.1]),
            }
            row |= {
                "properties": json.dumps(
                    {"colour": self.random.choice(["red", "blue", 3, None, ["red", "blue"], [], [1]])}
                )
            }
            row |= {"month": at.strftime("%Y-%m"), "bucket": self.random.randrange(2)}
            rows.append(row)
        self.write(events.TABLE, rows, add=True)

    def pass_time(self) -> None:
        self.now += timedelta(hours=self.random.choice([0, 1, 24, 24 * 30]))
        self.set_clock()

    def go_back(self) -> None:
        self.now -= timedelta(hours=7)
        self.set_clock()

    def come(self) -> None:
        """New identifiers; some are of people known already."""
        self.n_nodes += 1
        self.owners[self.n_nodes] = self.random.choice([self.n_nodes, self.n_nodes, 1])
        self.people()

    def merge(self) -> None:
        one, other = sorted(self.random.sample(sorted(set(self.owners.values())), 2))
        self.owners = {node: one if owner == other else owner for node, owner in self.owners.items()}
        self.people()

    def people(self) -> None:
        rows: list[dict[str, object]] = [
            {"node_id": node, "profile_id": owner} for node, owner in self.owners.items()
        ]
        self.write(identity_map.TABLE, rows)
        self.write(profiles.TABLE, [{"profile_id": owner} for owner in sorted(set(self.owners.values()))])
        known: list[dict[str, object]] = [
            {"node_id": node, "identifier": "user_id", "value_index": str(node)} for node in self.owners
        ]
        self.write(nodes.TABLE, known)

    def enlist(self) -> None:
        """Another list, of some who are known and some who will be."""
        rows: list[dict[str, object]] = [
            {
                "list": "vip",
                "identifier": "user_id",
                "value_index": str(self.random.randrange(1, self.n_nodes + 4)),
            }
            for _ in range(4)
        ]
        self.write(list_entries.TABLE, rows)

    def ages(self) -> None:
        ages = ["18-24", "25-34", "65+"]
        chosen = [owner for owner in sorted(set(self.owners.values())) if self.random.random() < 0.7]
        rows: list[dict[str, object]] = [
            {"profile_id": owner, "trait": "age", "type": "text", "text": self.random.choice(ages)}
            for owner in chosen
        ]
        rows += [
            {
                "profile_id": owner,
                "trait": "score",
                "type": "number",
                "number": self.random.choice([1.0, 2.5, 7.0]),
            }
            for owner in chosen
        ]
        likes = [self.random.sample(["coffee", "tea", "milk"], self.random.randrange(4)) for _ in chosen]
        rows += [
            {"profile_id": owner, "trait": "likes", "type": "texts", "texts": each}
            for owner, each in zip(chosen[1:], likes[1:], strict=True)
        ]
        self.write(traits.TABLE, rows)

    def forget(self) -> None:
        """The events of one identifier are erased, which writes the others anew."""
        gone = self.random.randrange(1, self.n_nodes)
        with self.workspace.publish() as out:
            out.replace(events.TABLE, f"SELECT * FROM events WHERE node_id <> {gone}")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    with work(open_project(tmp_path)) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_columns_follow_every_change_of_the_tables_and_of_time(
    workspace: Workspace, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed % 2:  # bring every answer up to date, however many people it concerns
        monkeypatch.setattr(follow, "MOST_ANEW", 0)
    shop = Shop(workspace, seed)
    agree(workspace)
    steps = [shop.load, shop.pass_time, shop.come, shop.ages, shop.load, shop.pass_time, shop.go_back]
    steps += [shop.merge, shop.forget, shop.enlist]
    for _ in range(14):
        shop.random.choice(steps)()
        agree(workspace)


def test_what_was_kept_on_disk_serves_the_next_process(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    Shop(workspace, 1)
    agree(workspace)
    with read(workspace.project) as again:
        monkeypatch.setattr(store, "_scanned", lambda *_: pytest.fail("read the events again"))
        again.clock = workspace.clock
        assert evaluate(tried(), again).leaves == len(RULES)


def test_a_second_load_reads_only_what_is_new(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(workspace, 2)
    agree(workspace)
    before = set(workspace.lake.files(events.TABLE.layout, workspace.snapshot))
    shop.load()
    scanned: list[Path] = []
    scan = store._scanned
    monkeypatch.setattr(store, "_scanned", lambda files, *rest: scanned.extend(files) or scan(files, *rest))
    agree(workspace)
    assert scanned
    assert not before & set(scanned)


def test_many_small_loads_are_joined(workspace: Workspace) -> None:
    shop = Shop(workspace, 3)
    for _ in range(2 * store.MOST_SMALL):
        shop.load()
        agree(workspace)
    root = workspace.project.path("work") / "columns"
    now = store.segments_of(workspace, {})
    assert len(now) <= store.MOST_SMALL + 1
    store.tidy(workspace, now)
    assert {path.parent.name for path in root.glob("*/base.json")} == set(now)
    agree(workspace)


@pytest.mark.parametrize("damage", ["base.json", "at.npy", "*.arrow"])
def test_damaged_or_missing_files_are_made_again(workspace: Workspace, damage: str) -> None:
    Shop(workspace, 4)
    agree(workspace)
    for path in (workspace.project.path("work") / "columns").glob(f"*/{damage}"):
        path.write_bytes(b"")
    with read(workspace.project) as again:
        again.clock = workspace.clock
        agree(again)


def test_without_room_on_disk_columns_stay_in_memory(workspace: Workspace) -> None:
    shop = Shop(workspace, 5)
    (workspace.project.path("work") / "columns").write_text("in the way")
    agree(workspace)
    shop.load()
    agree(workspace)
