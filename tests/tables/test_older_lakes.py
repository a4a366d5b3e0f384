"""A lake written before a column was declared: it opens, holds NULL there, and takes rows that have it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from headwater.audiences.evaluate import evaluate
from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Rule
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.project import open_project
from headwater.tables import attributes, identity_map, profiles, traits
from headwater.tables.table import Table
from headwater.tables.workspace import Workspace, read, work

VOCABULARY = Vocabulary(traits={"city": ValueType.TEXT, "likes": ValueType.TEXTS})
CITY = {"profile_id": 1, "trait": "city", "type": "text", "text": "Rome", "origin": "crm"}
LIKES = {"profile_id": 1, "trait": "likes", "type": "texts", "texts": ["art", "tea"], "origin": "crm"}
STATED = {"node_id": 1, "attribute": "city", "type": "text", "text": "Rome", "source": "crm"}


class Tried:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule


def publish(workspace: Workspace, table: Table, *rows: dict[str, object], add: bool = False) -> None:
    workspace.engine.register("rows", pa.Table.from_pylist(list(rows), table.schema))
    with workspace.publish() as out:
        (out.append if add else out.replace)(table, "SELECT * FROM rows")


def before_lists(table: Table) -> Table:
    """A table as it was declared when nothing could be a list."""
    columns = tuple(each for each in table.columns if each.name != "texts")
    assert len(columns) == len(table.columns) - 1
    return replace(table, columns=columns)


def make_older(folder: Path) -> None:
    (folder / "headwater.yaml").write_text("project: shop\n")
    with work(open_project(folder)) as workspace:
        publish(workspace, profiles.TABLE, {"profile_id": 1}, {"profile_id": 2})
        publish(workspace, identity_map.TABLE, {"node_id": 1, "profile_id": 1})
        publish(workspace, before_lists(traits.TABLE), CITY)
        publish(workspace, before_lists(attributes.TABLE), {**STATED, "stated_at": datetime(2026, 1, 1)})


def members(workspace: Workspace, data: object, *, by_columns: bool) -> list[int]:
    rule = parse_rule(data, VOCABULARY)
    assert not isinstance(rule, list), rule
    ids: list[int] = evaluate({"a": Tried(rule)}, workspace, by_columns=by_columns).members("a").tolist()
    return ids


def test_what_an_older_lake_lacks_is_null(tmp_path: Path) -> None:
    make_older(tmp_path)
    with read(open_project(tmp_path)) as workspace:
        for table in ("traits", "attributes"):
            assert workspace.engine.table(f"SELECT text, texts FROM {table}").to_pylist() == [
                {"text": "Rome", "texts": None}
            ]
        for by_columns in (True, False):
            assert members(workspace, {"trait": "city", "is": "Rome"}, by_columns=by_columns) == [1]
            likes = {"trait": "likes", "is": {"contains_any": ["tea"]}}
            assert members(workspace, likes, by_columns=by_columns) == []


def test_it_takes_lists_beside_what_it_holds(tmp_path: Path) -> None:
    make_older(tmp_path)
    stated = {**STATED, "attribute": "likes", "type": "texts", "text": None, "texts": ["art", "tea"]}
    with work(open_project(tmp_path)) as workspace:
        publish(workspace, attributes.TABLE, {**stated, "stated_at": datetime(2026, 1, 2)}, add=True)
        publish(workspace, traits.TABLE, CITY, LIKES)
    with read(open_project(tmp_path)) as again:
        for table in ("traits", "attributes"):  # other engines read the columns that Delta names
            assert "texts" in [each.name for each in DeltaTable(again.lake.folder(table)).schema().fields]
        held = again.engine.table("SELECT attribute, text, texts FROM attributes ORDER BY attribute")
        assert held.to_pylist() == [
            {"attribute": "city", "text": "Rome", "texts": None},
            {"attribute": "likes", "text": None, "texts": ["art", "tea"]},
        ]
        likes = {"trait": "likes", "is": {"contains_all": ["tea", "art"]}}
        assert [members(again, likes, by_columns=way) for way in (True, False)] == [[1], [1]]
