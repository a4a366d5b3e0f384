"""What the audit log is told of deliveries: which audience, to which destination, how many people, and how it ended.

Written after a run's deliveries have ended; what was planned and sent while they were under way is in their ledger from before
the first request on, also if the process is killed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headwater.access.audit.about import LOCAL, local_user
from headwater.access.audit.entry import Event, Outcome
from headwater.access.audit.log import open_audit
from headwater.access.roles import Action, Caller
from headwater.activate.records import Ending
from headwater.activate.send import Delivered
from headwater.core.project import Project

OUTCOMES = {
    Ending.DONE: Outcome.DONE,
    Ending.REFUSED: Outcome.REFUSED,
    Ending.FAILED: Outcome.FAILED,
    Ending.UNFINISHED: Outcome.FAILED,
}
"""Of an ending that has none, nothing was sent and nothing is told."""


def record_sent(
    delivered: Iterable[Delivered], project: Project, by: str, caller: Caller | None = None
) -> None:
    """Record what was sent, or was refused; `by`: what sent it, like `run`; `caller`: who asked for it, if somebody did.

    Raises:
        StorageError: it could not be recorded.
    """
    events = list(_events(delivered, by, caller))
    if events:
        with open_audit(project) as log:
            log.append(*events)


def _events(delivered: Iterable[Delivered], by: str, caller: Caller | None) -> Iterator[Event]:
    who, role = (caller.name, caller.role.value) if caller else (local_user(), LOCAL)
    for each in delivered:
        outcome = OUTCOMES.get(each.ending)
        if outcome is None:
            continue
        counts = {"added": each.n_added, "removed": each.n_removed, "refused": sum(each.refused.values())}
        about = (f"destination {each.destination}", f"audience {each.audience}")
        yield Event(who, role, Action.SEND, by, about, outcome, {name: n for name, n in counts.items() if n})
