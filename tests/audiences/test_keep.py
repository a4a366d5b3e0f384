"""Memberships kept as rows at rest and moves: whatever is written whole and when, the table says who is in, and since when."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from headwater.audiences import keep
from headwater.audiences.parse import Audience, read_audiences
from headwater.audiences.refresh import refresh
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.core.project import open_project
from headwater.tables import memberships, profiles, traits
from headwater.tables.table import Table
from headwater.tables.workspace import Workspace, read, work

pytestmark = pytest.mark.slow

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
COLOURS = ["red", "green", "blue"]
VOCABULARY = Vocabulary(traits={"colour": ValueType.TEXT})
Members = dict[tuple[str, int], datetime]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    (tmp_path / "audiences").mkdir()
    for colour in COLOURS:
        rule = f"rule: {{trait: colour, is: {colour}}}\n"
        (tmp_path / "audiences" / f"likes_{colour}.yaml").write_text(rule)
    with work(open_project(tmp_path)) as opened:
        yield opened


@pytest.fixture
def audiences(workspace: Workspace) -> Mapping[str, Audience]:
    found, problems = read_audiences(workspace.project, VOCABULARY)
    assert not problems
    return found


def write(table: Table, rows: list[dict[str, object]], workspace: Workspace) -> None:
    workspace.engine.register("new_rows", pa.Table.from_pylist(rows, table.schema))
    with workspace.publish() as out:
        out.replace(table, "SELECT * FROM new_rows")


def let_like(colours: Mapping[int, str], workspace: Workspace) -> None:
    """Let these be all profiles, each with a colour."""
    write(profiles.TABLE, [{"profile_id": person} for person in colours], workspace)
    rows: list[dict[str, object]] = [
        {"profile_id": person, "trait": "colour", "type": "text", "text": colour}
        for person, colour in colours.items()
    ]
    write(traits.TABLE, rows, workspace)


def held(workspace: Workspace) -> Members:
    found = workspace.engine.table("SELECT audience, profile_id, entered_at FROM memberships").to_pylist()
    assert len({(row["audience"], row["profile_id"]) for row in found}) == len(found)
    return {(row["audience"], row["profile_id"]): row["entered_at"] for row in found}


def told(workspace: Workspace) -> Members:
    """What all changes from the beginning come to."""
    rows = workspace.engine.table("SELECT * FROM membership_changes ORDER BY changed_at").to_pylist()
    members: Members = {}
    for row in rows:
        key = (row["audience"], row["profile_id"])
        assert (row["change"] == "entered") is (key not in members)
        if row["change"] == "entered":
            members[key] = row["changed_at"]
        else:
            del members[key]
    return members


@pytest.mark.parametrize("most_moves", [0, 3, 10**9], ids=["never whole", "sometimes", "always whole"])
@pytest.mark.parametrize("seed", [1, 2])
def test_members_are_what_all_changes_come_to(
    workspace: Workspace,
    audiences: Mapping[str, Audience],
    monkeypatch: pytest.MonkeyPatch,
    most_moves: int,
    seed: int,
) -> None:
    monkeypatch.setattr(keep, "MOST_MOVES", most_moves)
    chance, now = random.Random(seed), BEGIN
    colours = {person: chance.choice(COLOURS) for person in range(1, 40)}
    expected: Members = {}
    for step in range(9):
        now += timedelta(hours=1)
        workspace.clock = Clock(UTC, now)
        for person in chance.sample(range(1, 50), 6):
            colours[person] = chance.choice(COLOURS)
        if step % 3 == 2:  # someone is no profile any more
            del colours[chance.choice(sorted(colours))]
        let_like(colours, workspace)
        given = dict(audiences)
        if step == 4:  # a file that cannot be read for once: who was in stays
            del given["likes_red"]
        refresh(given, workspace)
        now_in = {(f"likes_{colour}", person) for person, colour in colours.items()}
        stays = {key for key in expected if key[0] not in given}
        entered_at = now.replace(tzinfo=None)
        expected = {
            key: expected.get(key, entered_at) for key in stays | {key for key in now_in if key[0] in given}
        }
        assert held(workspace) == expected
        assert told(workspace) == expected
        with read(workspace.project) as again:  # as any other process sees it
            assert held(again) == expected


def test_a_small_change_of_large_audiences_is_a_small_write(
    workspace: Workspace, audiences: Mapping[str, Audience]
) -> None:
    colours = dict.fromkeys(range(1, 1001), "red")
    let_like(colours, workspace)
    refresh(audiences, workspace)
    files = workspace.lake.files(memberships.TABLE.layout, workspace.snapshot)
    let_like(colours | {7: "blue"}, workspace)
    refresh(audiences, workspace)
    assert workspace.lake.files(memberships.TABLE.layout, workspace.snapshot) == files
    moves = workspace.engine.table("SELECT * FROM membership_moves").to_pylist()
    assert [(row["audience"], row["profile_id"], row["is_there"]) for row in moves] == [
        ("likes_blue", 7, True),
        ("likes_red", 7, False),
    ]


def test_moves_end_when_the_table_is_written_whole(
    workspace: Workspace, audiences: Mapping[str, Audience]
) -> None:
    colours = dict.fromkeys(range(1, 101), "red")
    let_like(colours, workspace)
    refresh(audiences, workspace)
    let_like(colours | {7: "blue"}, workspace)
    refresh(audiences, workspace)
    before = held(workspace)
    let_like(dict.fromkeys(range(1, 51), "red") | dict.fromkeys(range(51, 101), "green"), workspace)
    refresh(audiences, workspace)
    assert workspace.engine.table("SELECT * FROM membership_moves").num_rows == 0
    assert held(workspace)["likes_red", 8] == before["likes_red", 8]
    assert ("likes_blue", 7) not in held(workspace)
