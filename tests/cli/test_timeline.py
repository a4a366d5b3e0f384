"""A person's timeline: everything of every kind, once, in order, whatever the pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headwater.activate.ledger import open_ledger
from headwater.core.errors import UserError
from headwater.core.project import open_project
from headwater.explore.timeline import Cursor, Happening, Kind, Wanted, read_cursor, timeline
from headwater.tables.workspace import Workspace, read

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater


@pytest.fixture(scope="module")
def opened(shop: Path) -> Iterator[Workspace]:
    with read(open_project(shop)) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def somebody(opened: Workspace) -> int:
    """The profile of somebody who was sent to a destination."""
    with open_ledger(opened.project) as ledger:
        first = next(iter(ledger.deliveries()))
        node = int(ledger.batches(first.delivery_id)[0].node_ids[0])
    found = opened.engine.table(f"SELECT profile_id FROM identity_map WHERE node_id = {node}")
    return int(found["profile_id"][0].as_py())


def pages(opened: Workspace, somebody: int, most: int) -> Iterator[Happening]:
    cursor: Cursor | None = Cursor()
    while cursor is not None:
        page = timeline(somebody, opened, Wanted(since=cursor, most=most))
        assert 0 < len(page.happenings) <= most
        yield from page.happenings
        cursor = read_cursor(page.next) if page.next else None


def test_it_tells_of_every_kind_as_the_tables_do(opened: Workspace, somebody: int) -> None:
    counts = Counter(each.kind for each in timeline(somebody, opened, Wanted(most=1000)).happenings)

    def n(sql: str) -> int:
        return int(opened.engine.table(f"SELECT count(*) AS n FROM {sql}")["n"][0].as_py())

    nodes = f"node_id IN (SELECT node_id FROM identity_map WHERE profile_id = {somebody})"
    assert counts[Kind.EVENT] == n(f"events WHERE {nodes}") > 5
    assert counts[Kind.CONSENT] == n(f"consents WHERE {nodes}") > 0
    assert counts[Kind.AUDIENCE] == n(f"membership_changes WHERE profile_id = {somebody}") > 0
    assert counts[Kind.DELIVERY] > 0


@pytest.mark.parametrize("most", [1, 2, 7])
def test_pages_tell_everything_once_and_newest_first(opened: Workspace, somebody: int, most: int) -> None:
    whole = timeline(somebody, opened, Wanted(most=1000))
    assert whole.next is None
    assert list(pages(opened, somebody, most)) == list(whole.happenings)
    moments = [each.at for each in whole.happenings]
    assert moments == sorted(moments, reverse=True)
    assert len(set(moments)) < len(moments), "some happen at once, or the test proves little"


def test_only_some_kinds_are_told(opened: Workspace, somebody: int) -> None:
    found = timeline(somebody, opened, Wanted(frozenset({Kind.CONSENT, Kind.DELIVERY}))).happenings
    assert {each.kind for each in found} == {Kind.CONSENT, Kind.DELIVERY}


def test_nothing_of_anybody_else_is_in_it(opened: Workspace, somebody: int) -> None:
    everyone = opened.engine.table("SELECT count(*) AS n FROM events")["n"][0].as_py()
    profiles = opened.engine.table("SELECT profile_id FROM profiles")["profile_id"].to_pylist()
    want = Wanted(frozenset({Kind.EVENT, Kind.DECISION}), most=1000)
    assert sum(len(timeline(each, opened, want).happenings) for each in profiles) == everyone


@pytest.mark.parametrize("text", ["soon", "", "2026-03-01,x", "2026-13-01"])
def test_a_cursor_that_is_none_is_told(text: str) -> None:
    with pytest.raises(UserError, match="is no moment"):
        read_cursor(text)


def test_a_role_sees_it_masked_and_the_log_tells_who_looked(shop: Path, headwater: Headwater) -> None:
    given = ("profile", "timeline", "user_id=m1", "-p", shop, "--json")
    plain = headwater(*given).json["happenings"]
    masked = headwater(*given, "--as", "read_only").json["happenings"]
    assert len(masked) == len(plain) > 0
    hidden = [each["others"] for each in masked if each["others"] is not None]
    assert hidden
    assert all(each.startswith("(hidden") for each in hidden)
    told = headwater("audit", "show", "-p", shop, "--json").json["entries"]
    assert "profile timeline" in {each["event"]["by"] for each in told}
    assert headwater("profile", "timeline", "user_id=m1", "--before", "soon", "-p", shop).exit_code == 2
