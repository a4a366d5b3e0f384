"""A workspace reads one snapshot and publishes the next."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from headwater.core.errors import BusyError
from headwater.core.project import Project, open_project
from headwater.tables import nodes, profiles
from headwater.tables.workspace import read, work

NODE = """
    SELECT {id} AS node_id, 'email' AS identifier, 'v{id}' AS value, 'i{id}' AS value_index, 's' AS first_source,
           TIMESTAMP '2026-01-01' AS loaded_at
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "headwater.yaml").write_text("project: shop\nsettings:\n  threads: 1\n")
    return open_project(tmp_path)


def node(number: int) -> str:
    return NODE.format(id=number)


def test_tables_of_a_new_project_are_there_and_empty(project: Project) -> None:
    with read(project) as workspace:
        assert workspace.engine.table("SELECT * FROM nodes").schema == nodes.TABLE.schema


def test_what_is_published_is_readable_at_once_and_afterwards(project: Project) -> None:
    with work(project) as workspace:
        with workspace.publish() as publication:
            publication.append(nodes.TABLE, node(1))
            publication.mark("stage", "one")
        assert workspace.engine.table("SELECT node_id FROM nodes").to_pydict() == {"node_id": [1]}
        assert workspace.is_done("stage", "one")
        assert not workspace.is_done("stage", "two")
    with read(project) as workspace:
        assert workspace.engine.table("SELECT value FROM nodes").to_pydict() == {"value": ["v1"]}


def test_columns_are_matched_by_name(project: Project) -> None:
    swapped = f"SELECT loaded_at, value, value_index, node_id, first_source, identifier, 1 AS unasked FROM ({node(7)})"
    with work(project) as workspace, workspace.publish() as publication:
        publication.replace(nodes.TABLE, swapped)
    with read(project) as workspace:
        assert workspace.engine.table("SELECT node_id, identifier FROM nodes").to_pylist() == [
            {"node_id": 7, "identifier": "email"}
        ]


def test_constants_stand_in_every_row_and_the_order_is_kept(project: Project) -> None:
    backwards = (
        "SELECT range AS node_id, 'v' || range AS value, 'i' AS value_index, TIMESTAMP '2026-01-01' AS loaded_at "
        "FROM range(1000, 0, -1)"
    )
    with work(project) as workspace, workspace.publish() as publication:
        publication.append(
            nodes.TABLE, backwards, constants={"identifier": "'email'", "first_source": "NULL"}
        )
    with read(project) as workspace:
        [file] = workspace.lake.files(nodes.TABLE.layout, workspace.snapshot)
        rows = pq.read_table(file)
    assert rows.column("node_id").to_pylist() == list(range(1, 1001))
    assert set(rows.column("identifier").to_pylist()) == {"email"}
    assert set(rows.column("first_source").to_pylist()) == {None}


def test_an_error_while_publishing_publishes_nothing(project: Project) -> None:
    with work(project) as workspace:
        with pytest.raises(RuntimeError), workspace.publish() as publication:
            publication.append(nodes.TABLE, node(1))
            raise RuntimeError
        assert workspace.engine.table("SELECT * FROM nodes").num_rows == 0
        assert workspace.engine.table("SELECT * FROM profiles").schema == profiles.TABLE.schema


def test_an_open_reader_goes_on_seeing_what_it_opened_until_it_refreshes(project: Project) -> None:
    with work(project) as owner, read(project) as reader:
        with owner.publish() as publication:
            publication.append(nodes.TABLE, node(1))
        assert reader.engine.table("SELECT * FROM nodes").num_rows == 0
        reader.refresh()
        assert reader.engine.table("SELECT * FROM nodes").num_rows == 1


def test_only_one_may_work_but_any_number_read(project: Project) -> None:
    with work(project):
        with pytest.raises(BusyError), work(project):
            pass
        with read(project), read(project):
            pass


def test_a_closed_workspace_leaves_no_spill_behind(project: Project) -> None:
    with work(project):
        pass
    assert [path.name for path in project.path("work").iterdir()] == ["owner.lock"]


def test_what_is_made_of_tables_is_made_anew_when_their_rows_are_others(project: Project) -> None:
    with work(project) as workspace:

        def kept(given: object = None) -> int:
            counted = "SELECT count(*) AS n FROM nodes"
            return workspace.kept(
                "n", ("nodes",), lambda: int(workspace.engine.table(counted)["n"][0].as_py()), given=given
            )

        assert kept() == 0
        with workspace.publish() as publication:
            publication.append(nodes.TABLE, node(1))
        assert kept() == 1
        more = workspace.engine.table("SELECT * FROM nodes UNION ALL SELECT * FROM nodes")
        workspace.engine.register("nodes", more)
        assert (kept(), kept("another")) == (
            1,
            2,
        )  # what was made before counts, unless it is of something else
        workspace.stand_ins.add("nodes")
        assert kept() == 2


def test_of_many_that_stay_each_becomes_what_it_is_to_become(project: Project) -> None:
    n = 300_000  # so many that the engine works on them in parts, in whatever order it likes
    rows = (
        "SELECT range AS node_id, 'email' AS identifier, 'v' AS value, 'i' AS value_index, 's' AS first_source, "
        "TIMESTAMP '2026-01-01' AS loaded_at"
    )
    chosen = list(range(7, n, 29_999))
    with work(project) as workspace:
        with workspace.publish() as publication:
            publication.append(nodes.TABLE, f"{rows} FROM range({n})")
        with workspace.publish() as publication:
            among = f"node_id IN ({', '.join(map(str, chosen))})"
            taken = publication.take_out(
                nodes.TABLE, f"{among} OR node_id = 3", "* REPLACE (CAST(node_id AS VARCHAR) AS value)", among
            )
        assert taken == len(chosen) + 1
        held = workspace.engine.table("SELECT node_id, value FROM nodes WHERE value <> 'v'").to_pylist()
        assert sorted(row["node_id"] for row in held) == chosen
        assert all(row["value"] == str(row["node_id"]) for row in held)
        left = workspace.engine.table("SELECT count(*) AS n, count(DISTINCT node_id) AS m FROM nodes")
        assert left.to_pylist() == [{"n": n - 1, "m": n - 1}]
