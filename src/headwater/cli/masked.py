"""Answers about people as a role sees them: what it may not see in the clear is masked."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from headwater.access.masking import Mask
from headwater.access.roles import Role
from headwater.api.masks import labels_declared
from headwater.cli.asking import counted_as
from headwater.flow.definitions import Definitions
from headwater.tables.workspace import Workspace


def masked(answer: Any, role: Role | None, workspace: Workspace, definitions: Definitions) -> Any:
    """An answer as plain data, masked for a role; for whoever sits at the machine itself (None) as it is."""
    if role is None:
        return answer
    with ExitStack() as stack:
        mask = Mask(
            role.labels,
            lambda: workspace.seals,
            lambda: labels_declared(definitions),
            lambda: stack.enter_context(counted_as(role, workspace)),
        )
        return mask.shown(answer, type(answer))
