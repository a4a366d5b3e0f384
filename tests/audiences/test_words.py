"""Which words a rule may use is known without reading what tables hold of people, and stays true as tables change."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.audiences import event_names as names
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import read_vocabulary
from headwater.core.project import open_project
from headwater.tables import events, traits
from headwater.tables.workspace import Workspace, read


def asked_of_tables(workspace: Workspace) -> tuple[frozenset[str], dict[str, ValueType]]:
    found = workspace.engine.table("SELECT DISTINCT event FROM events WHERE event IS NOT NULL")
    types = workspace.engine.table("SELECT trait, min(type) AS type FROM traits GROUP BY trait").to_pylist()
    return frozenset(found["event"].to_pylist()), {row["trait"]: ValueType(row["type"]) for row in types}


def words(workspace: Workspace) -> tuple[frozenset[str], dict[str, ValueType]]:
    found = read_vocabulary(workspace)
    return found.events, dict(found.traits)


def test_words_are_those_of_the_tables_after_every_change(workspace: Workspace) -> None:
    assert words(workspace) == asked_of_tables(workspace)
    assert words(workspace)[1] == {
        "age": ValueType.TEXT,
        "score": ValueType.NUMBER,
        "is_member": ValueType.BOOLEAN,
        "interests": ValueType.TEXTS,
    }
    with workspace.publish() as out:
        out.append(events.TABLE, "SELECT * REPLACE (event || '_2' AS event) FROM events")
        out.append(traits.TABLE, "SELECT * REPLACE ('boolean' AS type) FROM traits WHERE trait = 'age'")
    assert words(workspace) == asked_of_tables(workspace)
    assert words(workspace)[0] == {"purchase", "purchase_2"}
    assert words(workspace)[1]["age"] is ValueType.BOOLEAN
    with workspace.publish() as out:
        out.replace(events.TABLE, "SELECT * FROM events WHERE event = 'purchase_2'")
        out.replace(traits.TABLE, "SELECT * FROM traits WHERE trait = 'score'")
    assert words(workspace) == asked_of_tables(workspace) == ({"purchase_2"}, {"score": ValueType.NUMBER})


def test_a_file_of_events_is_asked_once(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with read(open_project(shop)) as workspace:
        found = words(workspace)
    monkeypatch.setattr(names, "_names_in", lambda path: pytest.fail(f"read again: {path}"))
    with read(open_project(shop)) as workspace:
        assert words(workspace) == found


def test_an_event_without_a_name_has_none(workspace: Workspace) -> None:
    with workspace.publish() as out:
        out.replace(events.TABLE, "SELECT * REPLACE (CAST(NULL AS VARCHAR) AS event) FROM events")
    assert words(workspace)[0] == frozenset()
