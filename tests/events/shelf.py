"""A project with one source, written from Python values: what the tests of this room load."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from headwater.core.project import open_project
from headwater.events.process import Taken
from headwater.flow.batch import Run, load_sources
from headwater.flow.definitions import read_definitions
from headwater.tables.workspace import read, work

CONFIG = "project: shop\nnow: 2026-06-01T00:00\ntime_zone: Europe/Berlin\npurposes:\n  news: {description: News.}\n"
EVENT: Mapping[str, object] = {"name": "purchase", "time": "at"}


def declare(folder: Path, **source: object) -> None:
    """The source `shop`, of CSV files; JSON is YAML."""
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "headwater.yaml").write_text(CONFIG)
    declared = {"kind": "files", "read": {"path": "data/shop*.csv"}, **source}
    (folder / "sources" / "shop.yaml").write_text(json.dumps(declared))


def write(folder: Path, columns: Sequence[str], rows: Sequence[Sequence[str]], file: str = "shop") -> None:
    """A CSV file with these columns and rows."""
    with (folder / "data" / f"{file}.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, lineterminator="\n").writerows([columns, *rows])


def load(folder: Path) -> Taken:
    """Take in what is new; what became of it (of the last object, if there were several)."""
    with work(open_project(folder)) as workspace:
        run = Run(workspace, read_definitions(workspace))
        load_sources(run)
        return run.taken[-1]


def select(folder: Path, sql: str) -> list[dict[str, object]]:
    """Rows of the tables at rest."""
    with read(open_project(folder)) as workspace:
        found: list[dict[str, object]] = workspace.engine.table(sql).to_pylist()
        return found
