"""What the audit log is told of data that was kept long enough: of which table how many rows went."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.access.audit.about import LOCAL, local_user
from headwater.access.audit.entry import Event, Outcome
from headwater.access.audit.log import open_audit
from headwater.access.roles import Action
from headwater.core.project import Project


def record_retained(rows: Mapping[str, int], project: Project, by: str) -> None:
    """Record how many rows of which table went; `by`: what made them go, like `run`.

    Raises:
        StorageError: it could not be recorded.
    """
    if rows:
        about = tuple(f"table {name}" for name in rows)
        counts = {"removed": sum(rows.values())}
        with open_audit(project) as log:
            log.append(Event(local_user(), LOCAL, Action.OPERATE, by, about, Outcome.DONE, counts))
