"""The names of events there are: asked of each file of the lake once, because files never change.

Reads the table `events`; remembers in `work/event_names.json`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.compute as pc
from pyarrow import parquet

from headwater.core.remembered import remembered_in
from headwater.tables.events import TABLE as EVENTS
from headwater.tables.workspace import Workspace

FORM = "1"


def event_names(workspace: Workspace) -> frozenset[str]:
    """Every name."""
    if EVENTS.name in workspace.stand_ins:
        found = workspace.engine.table("SELECT DISTINCT event FROM events WHERE event IS NOT NULL")
        return frozenset(found["event"].to_pylist())
    remembered = remembered_in(workspace.project.path("work", "event_names.json"), FORM)
    names: set[str] = set()
    for path in workspace.lake.files(EVENTS.layout, workspace.snapshot):
        key = os.path.relpath(path, workspace.lake.root)
        held = remembered.get(key)
        if held is None:
            held = _names_in(path)
            remembered.put(key, held)
        names.update(held)
    remembered.keep()
    return frozenset(names)


def _names_in(path: Path) -> list[str]:
    """The different names in a file; in Parquet they are a dictionary, so this reads little."""
    with parquet.ParquetFile(path, read_dictionary=["event"]) as file:
        rows = file.read(["event"])
    return sorted(pc.unique(rows["event"].drop_null()).to_pylist())
