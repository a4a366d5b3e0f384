"""A small shop with five people, in a real project folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from headwater.audiences.example import bought, person
from headwater.audiences.history import tables_of
from headwater.audiences.parse import Audience, read_audiences
from headwater.audiences.vocabulary import read_vocabulary
from headwater.core.project import open_project
from headwater.tables import events, identity_map, profiles, traits
from headwater.tables.workspace import Workspace, work

HISTORIES = [
    person(bought(1, category="COFFEE", revenue=5), bought(10, category="COFFEE", revenue=7), age="25-34"),
    person(bought(2, category="TEA", revenue=4), bought(100, category="COFFEE", revenue=9), age="25-34"),
    person(bought(3, category="COFFEE", revenue=1), score=3.0, interests=("tea", "tea")),
    person(age="45-54", is_member=True, interests=("books", "tea")),
    person(bought(-2, category="COFFEE", revenue=50)),
]
AUDIENCES = {
    "coffee": "rule: {did: purchase, where: {category: COFFEE}, within: {last: 90 days}}\n",
    "young": "rule: {trait: age, is: [25-34]}\n",
    "young_coffee": "rule: {all: [{in_audience: coffee}, {in_audience: young}]}\n",
    "nothing": "rule: {trait: age, is: none}\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder of the project, with its tables published."""
    (tmp_path / "audiences").mkdir()
    (tmp_path / "headwater.yaml").write_text("project: shop\nnow: 2017-07-01T12:00\n")
    for name, text in AUDIENCES.items():
        (tmp_path / "audiences" / f"{name}.yaml").write_text(text)
    with work(open_project(tmp_path)) as workspace:
        for name, rows in tables_of(HISTORIES).items():
            workspace.engine.register(f"new_{name}", _with_folders(name, rows))
        with workspace.publish() as out:
            for table in (events.TABLE, identity_map.TABLE, profiles.TABLE, traits.TABLE):
                out.replace(table, f"SELECT * FROM new_{table.name}")
    return tmp_path


@pytest.fixture
def workspace(shop: Path) -> Iterator[Workspace]:
    with work(open_project(shop)) as opened:
        yield opened


@pytest.fixture
def audiences(workspace: Workspace) -> dict[str, Audience]:
    return read(workspace)


def read(workspace: Workspace) -> dict[str, Audience]:
    found, problems = read_audiences(workspace.project, read_vocabulary(workspace))
    assert problems == []
    return found


def _with_folders(name: str, rows: pa.Table) -> pa.Table:
    if name != "events":
        return rows
    months = [moment.strftime("%Y-%m") for moment in rows["occurred_at"].to_pylist()]
    return (
        rows.drop_columns(["month", "bucket"])
        .append_column("month", pa.array(months, pa.string()))
        .append_column("bucket", pa.array([0] * len(months), pa.int32()))
    )
