"""One destination brought up to date now, as the next full run would bring it: what somebody asks for who does not wait for that.

Reads `memberships`, `identity_map`, `nodes`, `consents` and the ledger, as they are: nothing is taken in or computed anew.
Writes the ledger, sends, and records in the audit log what was sent.
"""

from __future__ import annotations

from headwater.access.audit.sent import record_sent
from headwater.access.roles import Caller
from headwater.activate.declare import find_destination
from headwater.activate.send import Delivered, deliver
from headwater.core.progress import Progress
from headwater.core.project import Project
from headwater.flow.answering.quiet import tables_work
from headwater.flow.definitions import read_definitions


def deliver_now(
    project: Project,
    name: str,
    *,
    progress: Progress,
    wait_seconds: float = 0,
    by: str,
    caller: Caller | None = None,
) -> list[Delivered]:
    """Send a destination who entered and who left its audiences since it last acknowledged a delivery.

    Args:
        project: the project.
        name: of the destination.
        progress: is told of each audience.
        wait_seconds: how long to wait for whoever works on the project.
        by: what sends it, as the audit log tells it.
        caller: who asked for it.

    Raises:
        BusyError: another process owns the project, for longer than that.
        NotFoundError: there is no such destination.
        ProjectError: the project's files are not sound.
    """
    with tables_work(project, wait_seconds) as workspace:
        workspace.progress = progress
        definitions = read_definitions(workspace)
        to = find_destination(name, definitions.destinations)
        delivered = deliver(workspace, [to], definitions.outgoing, are_all=False)
        record_sent(delivered, project, by, caller)
    return delivered
