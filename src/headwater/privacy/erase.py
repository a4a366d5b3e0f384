"""Erase persons from the tables: every row that names them goes, and every file and note of what the tables were before.

Reads and writes each table whose declaration says that a column names a person. A row of another person that only names one
of them beside (`events.other_node_ids`) stays, without them.
"""

from __future__ import annotations

from headwater.privacy.naming import Naming, Normalise, looking
from headwater.privacy.persons import Persons
from headwater.tables import nodes
from headwater.tables.table import all_tables
from headwater.tables.workspace import Workspace

NUMBERED = "nodes numbered until"
"""The mark under which the lake keeps the greatest number that an erased identifier had: it is given to nobody again."""


def count_rows(persons: Persons, normalise: Normalise, workspace: Workspace) -> dict[str, int]:
    """In how many rows of which table they are named; tables without any are left out."""
    with looking(persons, normalise, workspace) as namings:
        counts = {each.table.name: _count(each, workspace) for each in namings}
    return {name: n for name, n in counts.items() if n}


def erase_rows(persons: Persons, normalise: Normalise, workspace: Workspace) -> dict[str, int]:
    """Erase them from every table, in one publication; gives how many rows of which table named them.

    Afterwards nothing of an older version of any table that may name somebody is on the disk, whoever erased the rows.
    """
    erased: dict[str, int] = {}
    with looking(persons, normalise, workspace) as namings, workspace.publish() as out:
        for each in namings:
            if n := out.take_out(each.table, each.concerns, each.without, stays=each.beside):
                erased[each.table.name] = n
        if erased:
            out.mark(NUMBERED, str(_greatest(workspace)))
    held = workspace.snapshot.versions
    workspace.lake.forget(name for name, table in all_tables().items() if table.naming() and name in held)
    workspace.refresh()
    return erased


def _count(naming: Naming, workspace: Workspace) -> int:
    query = f"SELECT count(*) AS n FROM {naming.rows} WHERE {naming.concerns}"
    return int(workspace.engine.table(query)["n"][0].as_py())


def _greatest(workspace: Workspace) -> int:
    """The greatest number that an identifier has, or had."""
    held = workspace.engine.table(f"SELECT coalesce(max(node_id), -1) AS node_id FROM {nodes.TABLE.name}")
    return max(int(held["node_id"][0].as_py()), int(workspace.snapshot.stages.get(NUMBERED, "-1")))
