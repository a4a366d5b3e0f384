"""Profiles are built from identities, events and statements: who wins where several sources speak, and who is counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.core.project import open_project
from headwater.profiles.build import build
from headwater.profiles.trait import read_traits
from headwater.tables import attributes, events, identity_map, nodes
from headwater.tables.table import Table
from headwater.tables.workspace import Workspace, work

NOW = datetime(2026, 6, 1)
CONFIG = "project: shop\nnow: 2026-06-01T00:00\nsource_priority: [crm, shop]\n"
RANK = {"crm": 0, "shop": 1}
Row = Mapping[str, object]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "traits").mkdir()
    (tmp_path / "traits" / "visits.yaml").write_text("{kind: count, description: Visits, event: page}")
    (tmp_path / "traits" / "city.yaml").write_text(
        "{kind: latest, description: City of the last shop, property: store_id}"
    )
    (tmp_path / "headwater.yaml").write_text(CONFIG)
    with work(open_project(tmp_path)) as opened:
        known = [{"node_id": n, "identifier": "user_id", "value_index": str(n)} for n in range(9)]
        owned = [{"node_id": n, "profile_id": n % 3} for n in range(9)]
        with opened.publish() as out:
            for table, rows in ((nodes.TABLE, known), (identity_map.TABLE, owned)):
                out.append_rows(table, pa.Table.from_pylist(rows, schema=table.schema))
        yield opened


def state(workspace: Workspace, table: Table, rows: Sequence[Row]) -> None:
    workspace.engine.register(table.name, pa.Table.from_pylist(list(rows), schema=table.schema))


def built(workspace: Workspace, columns: str, table: str = "traits") -> list[Row]:
    declared, problems = read_traits(workspace.project)
    assert problems == []
    build(declared, workspace, ("profiles", "test"))
    found: list[Row] = workspace.engine.table(f"SELECT {columns} FROM {table} ORDER BY ALL").to_pylist()
    return found


def said(node: int, attribute: str, value: str, source: str, days_ago: int) -> Row:
    at = NOW - timedelta(days=days_ago)
    return {
        "node_id": node,
        "attribute": attribute,
        "type": "text",
        "text": value,
        "source": source,
        "stated_at": at,
    }


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 8),
            st.sampled_from(["age", "name"]),
            st.sampled_from(["crm", "shop", "app", "web"]),
            st.integers(0, 4),
        ),
        max_size=25,
        unique=True,
    )
)
def test_the_source_of_highest_priority_wins_then_the_newest_statement(
    workspace: Workspace, drawn: list[tuple[int, str, str, int]]
) -> None:
    # Of statements of equal rank at one moment the smaller node's counts; of one node there must be only one.
    by_place = {(node, of, RANK.get(source, 2), days): source for node, of, source, days in drawn}
    rows = [
        said(node, of, f"{source} {node} {days}", source, days)
        for (node, of, _, days), source in by_place.items()
    ]
    state(workspace, attributes.TABLE, rows)
    state(workspace, events.TABLE, [])
    expected: dict[tuple[int, str], tuple[str, str]] = {}
    for node, of, rank, days in sorted(by_place, key=lambda place: (place[2], place[3], place[0])):
        source = by_place[node, of, rank, days]
        expected.setdefault((node % 3, of), (f"{source} {node} {days}", source))
    found = built(workspace, "*")
    stated = {
        (row["profile_id"], row["trait"]): (row["text"], row["origin"])
        for row in found
        if row["origin"] != "computed"
    }
    assert stated == expected


def test_a_computed_trait_wins_over_an_attribute_of_its_name_also_where_it_has_no_value(
    workspace: Workspace,
) -> None:
    state(workspace, attributes.TABLE, [said(0, "city", "Rome", "crm", 1), said(1, "city", "Oslo", "crm", 1)])
    visit = {
        "event_id": "1",
        "event": "page",
        "occurred_at": NOW,
        "node_id": 0,
        "store_id": "Berlin",
        "source": "web",
    }
    state(workspace, events.TABLE, [visit])
    found = built(workspace, "profile_id, trait, text, origin")
    assert [row for row in found if row["trait"] == "city"] == [
        {"profile_id": 0, "trait": "city", "text": "Berlin", "origin": "computed"}
    ]


def test_everyone_has_a_profile_and_events_after_now_do_not_count(workspace: Workspace) -> None:
    state(workspace, attributes.TABLE, [])
    moments = {0: NOW - timedelta(days=1), 3: NOW, 1: NOW + timedelta(microseconds=1)}
    rows = [
        {"event_id": str(node), "event": "page", "occurred_at": at, "node_id": node, "source": "web"}
        for node, at in moments.items()
    ]
    state(workspace, events.TABLE, rows)
    assert built(workspace, "profile_id, n_identifiers, n_events, last_event_at", "profiles") == [
        {"profile_id": 0, "n_identifiers": 3, "n_events": 2, "last_event_at": NOW},
        {"profile_id": 1, "n_identifiers": 3, "n_events": 0, "last_event_at": None},
        {"profile_id": 2, "n_identifiers": 3, "n_events": 0, "last_event_at": None},
    ]
    found = built(workspace, "profile_id, number")
    assert found == [{"profile_id": profile, "number": n} for profile, n in enumerate((2.0, 0.0, 0.0))]


def test_building_again_changes_nothing(workspace: Workspace) -> None:
    state(workspace, attributes.TABLE, [said(node, "age", str(node), "crm", node % 2) for node in range(9)])
    state(workspace, events.TABLE, [])
    assert built(workspace, "*") == built(workspace, "*")


@pytest.mark.parametrize("name", ["profile_id", "trait", "event_id", "occurred_at", "order", 'it\'s "odd"'])
def test_a_trait_may_have_any_name_a_file_may_have(workspace: Workspace, name: str) -> None:
    (workspace.project.root / "traits" / f"{name}.yaml").write_text("{kind: count, description: x}")
    state(workspace, attributes.TABLE, [])
    state(workspace, events.TABLE, [])
    again = open_project(workspace.project.root)
    declared, _ = read_traits(again)
    assert build(declared, workspace, ("profiles", "test")).n_traits == 2
    found = workspace.engine.table("SELECT DISTINCT trait, number FROM traits").to_pylist()
    assert {row["trait"]: row["number"] for row in found} == {"visits": 0.0, name: 0.0}
    assert len(found) == 2
