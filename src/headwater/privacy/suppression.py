"""Who asked to be forgotten, as blind indexes alone: so that they are known again, and kept out, without being kept.

Reads and writes `suppressions` in the database of operational state. Whoever reads it without the project's keys learns
nothing of whom it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa

from headwater.core.project import Project
from headwater.engine.bitmaps import Ids
from headwater.engine.query import DIALECT, literal
from headwater.engine.sealing import INDEX
from headwater.privacy.noted import NotedIdentifiers, noting, open_noted
from headwater.tables.workspace import Workspace

_SUPPRESSIONS = noting("suppressions")


@contextmanager
def open_suppressions(project: Project) -> Iterator[NotedIdentifiers]:
    """The project's suppressions.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    with open_noted(project, _SUPPRESSIONS) as suppressions:
        yield suppressions


RELATION = "suppressed_indexes"


def register_suppressed(workspace: Workspace) -> bool:
    """Let `RELATION` stand for who is to be kept out, for `is_suppressed`; gives whether anybody is."""
    indexes = suppressed_indexes(workspace.project)
    _register(indexes, workspace)
    return bool(indexes)


def is_suppressed(kind: str, value: str) -> str:
    """SQL: whether a normalised value of a kind, given as SQL, is one that is to be kept out."""
    of_kind = literal(kind).sql(dialect=DIALECT)
    return f"coalesce({INDEX}({of_kind}, {value}) IN (SELECT value_index FROM {RELATION}), FALSE)"


def suppressed_profiles(workspace: Workspace) -> Ids:
    """The profiles any of whose identifiers is to be kept out: they are about to be erased. int64, ascending."""
    return profiles_with(suppressed_indexes(workspace.project), workspace)


def profiles_with(indexes: frozenset[str], workspace: Workspace) -> Ids:
    """The profiles any of whose identifiers has one of these blind indexes. int64, ascending."""
    if not indexes:
        return np.zeros(0, dtype=np.int64)
    return workspace.kept(
        "profiles with some identifiers",
        ("nodes", "identity_map"),
        lambda: _profiles_with(indexes, workspace),
        given=indexes,
    )


def _profiles_with(indexes: frozenset[str], workspace: Workspace) -> Ids:
    _register(indexes, workspace)
    found = workspace.engine.table(
        "SELECT DISTINCT profile_id FROM nodes JOIN identity_map USING (node_id) "
        f"WHERE value_index IN (SELECT value_index FROM {RELATION}) ORDER BY profile_id"
    )
    return np.asarray(found["profile_id"].to_numpy(), dtype=np.int64)


def suppressed_indexes(project: Project) -> frozenset[str]:
    """The blind indexes of all identifiers that are kept out."""
    with open_suppressions(project) as suppressions:
        return frozenset(each.value_index for each in suppressions.all())


def _register(indexes: Collection[str], workspace: Workspace) -> None:
    workspace.engine.register(RELATION, pa.table({"value_index": pa.array(sorted(indexes), pa.string())}))
