"""What a project holds, as values that can be compared: every table without the moments at which it was written."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from tests.tables.sealed import opened

from headwater.core.project import open_project
from headwater.tables.table import all_tables
from headwater.tables.workspace import read

# A file's fingerprint holds its moment of writing; indexes are of a project's own keys.
_NOT_STATE = {"loaded_at", "fingerprint", "value_index"}


def state_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Each table's number of rows and a hash of its sorted rows; deliveries as the people each file names."""
    state = {}
    with read(open_project(folder)) as workspace:
        for name, table in all_tables().items():
            columns = ", ".join(
                f'"{column.name}"' for column in table.columns if column.name not in _NOT_STATE
            )
            rows = workspace.engine.table(f"SELECT {columns} FROM {opened(name)} ORDER BY ALL").to_pylist()
            state[name] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
    sent = sorted(line for path in folder.glob("deliveries/**/*.csv") for line in _lines(path))
    return {**state, "sent": (len(sent), hashlib.sha256(repr(sent).encode()).hexdigest())}


def _lines(path: Path) -> list[str]:
    """The rows of a delivered file with the audience they are of (file names hold the moment of delivery)."""
    audience = re.sub(r"_\d{8}T\w+-\w+-\d+$", "", path.stem)
    return [f"{audience}: {line}" for line in path.read_text(encoding="utf-8").splitlines()[1:]]
