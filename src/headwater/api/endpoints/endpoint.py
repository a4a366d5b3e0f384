"""What an endpoint is, and what it is given: the project, and who asks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.access.audit.log import AuditLog
from headwater.access.keys import AccessKeys
from headwater.access.roles import Action, Caller
from headwater.api.bodies.body import MOST_BYTES, Body
from headwater.core.project import Project, open_project
from headwater.flow.generation import sound_project
from headwater.flow.identities import Identities
from headwater.flow.privacy import Privacy

WAIT_SECONDS = 10.0  # for the core to let go of the project, which it owns while it works


@dataclass(frozen=True)
class Asked:
    """One request: of which project, by whom; the project's keys and its audit log."""

    root: Path
    caller: Caller
    keys: AccessKeys
    audit: AuditLog

    @property
    def project(self) -> Project:
        """The project by the files that were last found sound, whatever is being written meanwhile."""
        return sound_project(self.root)

    @property
    def identities(self) -> Identities:
        """Who is who by the files that were last found sound."""
        return self._by(self.project)

    @property
    def identities_as_written(self) -> Identities:
        """Who is who by the files as they are now."""
        return self._by(open_project(self.root))

    @property
    def privacy(self) -> Privacy:
        """What persons ask for, by the files that were last found sound."""
        return Privacy(self.project, wait_seconds=WAIT_SECONDS)

    def _by(self, project: Project) -> Identities:
        return Identities(project, wait_seconds=WAIT_SECONDS)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint.

    Attributes:
        asks: the action that it is, which whoever asks must be allowed.
        takes: its body; a GET has none.
        gives: what is answered, as a dataclass.
        call: the one function it calls; its docstring says what the endpoint does.
        counts: how many people an answer tells of, or something was changed for.
        most_bytes: how large its body may be.
    """

    method: str
    path: str
    asks: Action
    takes: type[Body]
    gives: type
    call: Callable[[Asked, Any], object]
    counts: Callable[[Any], Mapping[str, int]] = lambda _: {}
    most_bytes: int = MOST_BYTES

    @property
    def does(self) -> str:
        """What it does, in a sentence."""
        return inspect.getdoc(self.call) or ""


COUNTS, PEOPLE, IDENTITY = Action.SEE_COUNTS, Action.SEE_PEOPLE, Action.CHANGE_IDENTITY
SHARE, PRIVACY, KEYS, AUDIT = Action.SHARE, Action.PRIVACY_REQUESTS, Action.MANAGE_KEYS, Action.SEE_AUDIT


def one_seen(_found: object) -> dict[str, int]:
    """That an answer shows one person."""
    return {"seen": 1}
