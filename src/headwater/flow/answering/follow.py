"""What follows when a privacy request has changed tables: live profiles know at once, then traits, audiences and the base do.

Reads and writes live profiles, and what a run works out. The project is being worked on meanwhile, and the stream has let go.
"""

from __future__ import annotations

from collections.abc import Sequence

from headwater.flow.bases import replace_base
from headwater.flow.batch import follow_identities
from headwater.flow.definitions import Definitions
from headwater.flow.identity_guard import expect_small
from headwater.flow.live_log import Folders
from headwater.flow.treatment import make_treatment
from headwater.live.amend import Statement, amend
from headwater.live.base import current_base
from headwater.privacy.persons import Persons
from headwater.tables.workspace import Workspace


def expect_little_else(workspace: Workspace, definitions: Definitions) -> None:
    """Make sure that nothing else than what is asked for would follow.

    Raises:
        LargeChangeError: rules wait that would change too much; nothing was changed.
    """
    if _has_base(workspace):
        expect_small(workspace, definitions.identifiers)


def follow(
    persons: Persons, said: Sequence[Statement], workspace: Workspace, definitions: Definitions
) -> int:
    """Let everything follow from what tables say now; gives how many live profiles know it already."""
    folders = Folders.of(workspace.project.root)
    judge = make_treatment(definitions, workspace).judge
    n_live = amend(folders.store, workspace.seals, judge, persons.nodes, said)
    follow_tables(workspace, definitions)
    return n_live


def follow_tables(workspace: Workspace, definitions: Definitions) -> None:
    """Let traits, audiences and the base of live profiles be what tables say now."""
    run = follow_identities(workspace, definitions, anyway=True)
    if _has_base(workspace):
        replace_base(run)


def _has_base(workspace: Workspace) -> bool:
    return current_base(Folders.of(workspace.project.root).bases) is not None
