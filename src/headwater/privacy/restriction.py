"""Whose data may be kept, and used for nothing (GDPR art. 18): as blind indexes of their identifiers.

Reads and writes `restrictions` in the database of operational state. The gate leaves a profile out of every purpose while any
identifier of it is restricted, so also who is joined with somebody restricted later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from headwater.core.project import Project
from headwater.engine.bitmaps import Ids
from headwater.privacy.noted import NotedIdentifiers, noting, open_noted
from headwater.privacy.suppression import profiles_with
from headwater.tables.workspace import Workspace

_RESTRICTIONS = noting("restrictions")


@contextmanager
def open_restrictions(project: Project) -> Iterator[NotedIdentifiers]:
    """The project's restrictions.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    with open_noted(project, _RESTRICTIONS) as restrictions:
        yield restrictions


def restricted_indexes(project: Project) -> frozenset[str]:
    """The blind indexes of all identifiers of whose persons nothing may be used."""
    with open_restrictions(project) as restrictions:
        return frozenset(each.value_index for each in restrictions.all())


def restricted_profiles(workspace: Workspace) -> Ids:
    """The profiles of which nothing may be used. int64, ascending."""
    return profiles_with(restricted_indexes(workspace.project), workspace)
