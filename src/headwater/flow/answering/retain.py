"""Let go of what was kept long enough, now and not only once a day: tables first, then all that is computed of them.

Reads and writes what `privacy/retain.py` does, what a run works out, and live profiles' base.
"""

from __future__ import annotations

from headwater.core.errors import UserError
from headwater.core.project import Project
from headwater.flow.answering.follow import expect_little_else, follow_tables
from headwater.flow.definitions import read_definitions
from headwater.privacy.retain import count_old_rows, take_out_old_rows
from headwater.tables.workspace import Workspace


def foresee_retention(workspace: Workspace) -> dict[str, int]:
    """How many rows of which table would go.

    Raises:
        UserError: the project does not say how long data is kept.
    """
    _expect_declared(workspace.project)
    return count_old_rows(workspace)


def retain(workspace: Workspace) -> dict[str, int]:
    """Let them go; gives how many rows of which table went. Profiles, traits and audiences have followed then.

    Raises:
        UserError: the project does not say how long data is kept.
        LargeChangeError: rules wait that would change too much; nothing was changed.
    """
    _expect_declared(workspace.project)
    definitions = read_definitions(workspace)
    expect_little_else(workspace, definitions)
    taken = take_out_old_rows(workspace)
    if taken:
        follow_tables(workspace, definitions)
    return taken


def _expect_declared(project: Project) -> None:
    if project.config.retention is None:
        raise UserError(
            "headwater.yaml does not say how long data is kept",
            next_step="write `retention: {}` for what the pages of the tables say, or `retention: {events: 25 months}`",
        )
