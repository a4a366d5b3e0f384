"""The desk of a project, asked in this process by somebody of each role."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TypeVar

from headwater.access.audit.entry import Entry
from headwater.access.audit.log import Wanted, log_over
from headwater.access.keys import AccessKeys
from headwater.access.roles import Caller, Role
from headwater.access.sessions import Session, Sessions
from headwater.console.desk.desk import Desk
from headwater.console.desk.question import Question
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.core.state import connect_state

T = TypeVar("T")


class Asking:
    """A desk, and sessions."""

    def __init__(self, root: Path) -> None:
        project = open_project(root)
        self.engine = connect_state(project, "tests")
        self.sessions = Sessions(self.engine, AccessKeys(self.engine))
        self.audit = log_over(self.engine, project)
        self.desk = Desk(root, self.sessions, self.audit, seals_of(project))

    def session(self, role: Role) -> Session:
        """Somebody of a role who is signed in."""
        found = self.sessions.find(self.sessions.begin(Caller(f"the_{role}", role, role.actions)))
        assert found is not None
        return found

    def ask(self, question: Question[T], *given: Hashable, role: Role = Role.ADMIN) -> T:
        """The answer, as a role has it."""
        return self.desk.answer(question, self.session(role), given)

    def recorded(self) -> list[Entry]:
        """What the audit log tells, newest first."""
        return self.audit.entries(Wanted(most=50))

    def close(self) -> None:
        """Let go of everything."""
        self.desk.close()
        self.engine.dispose()
