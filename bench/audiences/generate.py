"""A project of any size, made from a seed: a folder that Headwater opens like any other.

    python -m bench.audiences.generate FOLDER --events 2000000 --profiles 100000 --days 90 --seed 1
    python -m bench.audiences.generate FOLDER --append 100000 --load 1

Writes `headwater.yaml`, `audiences/*.yaml`, and the tables `events`, `nodes`, `identity_map`, `profiles`, `traits`
through the lake; then `READY` and `size.json`, from which a later load is made.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from bench.audiences.happened import first_load, later_load
from bench.audiences.people import People
from bench.audiences.rules import write_audiences
from bench.audiences.shape import NOW, TRAITS
from headwater.core.project import open_project
from headwater.tables import events, identity_map, nodes, profiles, traits
from headwater.tables.table import SQL_TYPE, Table
from headwater.tables.workspace import Publication, Workspace, work

_NEW = "generated_rows"


@dataclass(frozen=True)
class Size:
    """How much there is to be; `days` of events before now."""

    events: int
    profiles: int
    days: int = 90
    seed: int = 1

    @property
    def buckets(self) -> int:
        """Folders a month is cut into: about one a million people, at least four."""
        return max(4, self.profiles // 1_000_000)


def make_project(folder: Path, size: Size) -> None:
    """Write a whole project into a folder that is new or empty."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "headwater.yaml").write_text(
        f"project: bench\nnow: {NOW:%Y-%m-%dT%H:%M}\nlake: {{buckets: {size.buckets}}}\n", encoding="utf-8"
    )
    write_audiences(folder / "audiences", size.seed)
    people = People(size.profiles, size.seed)
    with work(open_project(folder)) as workspace, workspace.publish() as out:
        for rows in first_load(people, size.events, size.days, size.buckets):
            append(events.TABLE, rows, workspace, out)
        for table, whole in (
            (nodes.TABLE, people.nodes()),
            (identity_map.TABLE, people.identity_map()),
            (profiles.TABLE, people.profiles()),
        ):
            append(table, whole, workspace, out)
        for name in TRAITS:
            append(traits.TABLE, people.trait(name), workspace, out)
    (folder / "size.json").write_text(json.dumps(asdict(size)), encoding="utf-8")
    (folder / "READY").touch()


def read_size(folder: Path) -> Size:
    """How large a generated project was made."""
    return Size(**json.loads((folder / "size.json").read_text(encoding="utf-8")))


def append_events(workspace: Workspace, n: int, load: int) -> None:
    """Add `n` events to a generated project, as load number `load` (from 1; each once)."""
    size = read_size(workspace.project.root)
    append_rows(workspace, later_load(People(size.profiles, size.seed), n, load, size.buckets))


def append_rows(workspace: Workspace, rows: pa.Table) -> None:
    """Add rows of `events` to a generated project."""
    with workspace.publish() as out:
        append(events.TABLE, rows, workspace, out)


def append(table: Table, rows: pa.Table, workspace: Workspace, out: Publication) -> None:
    """Add rows of a table in a publication, without the columns that they do not have; identifiers are sealed."""
    if table is nodes.TABLE:
        rows = _sealed(rows, workspace)
    constants = {
        column.name: f"CAST(NULL AS {SQL_TYPE[column.type]})"
        for column in table.columns
        if column.name not in rows.column_names
    }
    if table is events.TABLE:
        constants["source"] = "'shop'"
    workspace.engine.register(_NEW, rows)
    try:
        out.append(table, f"SELECT * FROM {_NEW}", constants=constants)
    finally:
        workspace.engine.drop(_NEW)


def _sealed(rows: pa.Table, workspace: Workspace) -> pa.Table:
    """Rows of `nodes`, all of one kind, as they lie at rest."""
    [place], values = nodes.TABLE.sealed, rows["value"]
    index = workspace.seals.blind_index(values, rows["identifier"][0].as_py())
    whole = rows.append_column("value_index", index)
    column = whole.schema.get_field_index(place.column)
    return whole.set_column(column, place.column, workspace.seals.seal(values, place))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a project to measure with.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--profiles", type=int, default=0, help="a twentieth of the events, if not given")
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--append", type=int, default=0, help="add so many events to the project instead")
    parser.add_argument("--load", type=int, default=1, help="the number of the load that is added")
    given = parser.parse_args()
    if given.append:
        with work(open_project(given.folder)) as workspace:
            append_events(workspace, given.append, given.load)
    else:
        make_project(
            given.folder, Size(given.events, given.profiles or given.events // 20, given.days, given.seed)
        )


if __name__ == "__main__":
    main()
