"""Who is who, from Python: ask why, look ahead, decide, apply rules. What the command line and the API call, too.

    from headwater.core.project import open_project
    from headwater.flow.identities import Identities

    who = Identities(open_project(Path("shop")))
    who.explain("email=ann@example.org", "user_id=17").is_one
    who.simulate().n_merged

Identifiers are written as kind=value. What only looks works while another process is at work; what changes something owns the
project meanwhile, and profiles, traits and audiences have followed when it returns.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from headwater.core.errors import BusyError
from headwater.core.project import Project
from headwater.flow.bases import follow_and_keep_base
from headwater.flow.definitions import read_definitions
from headwater.flow.identity_effects import Effect, apply, foresee_effect
from headwater.flow.identity_guard import expect_small
from headwater.flow.matching import Matching, match_records
from headwater.identity.decide import decide, decision_rows, decisions, node_of
from headwater.identity.evidence import DIFFERENT, SAME, WITHDRAWN
from headwater.identity.explain import Explained, explain
from headwater.identity.identifier import identifier_kinds
from headwater.identity.junk import Suspect, find_junk
from headwater.identity.simulate import history
from headwater.profiles.show import Profile, find_profile, read_identifier, show_profile
from headwater.tables.workspace import Workspace, read, work

_LOOK_SECONDS = 0.05


class Identities:
    """Who is who in a project.

    Raises:
        UserError: of what is asked: an identifier is not valid, or nobody has it (NobodyError).
        ProjectError: where rules or audiences matter: the project's files are not sound.
        BusyError: of what changes something: another process owns the project, for longer than `wait_seconds`.
    """

    def __init__(self, project: Project, *, wait_seconds: float = 0) -> None:
        self._project = project
        self._wait_seconds = wait_seconds

    def explain(self, one: str, other: str) -> Explained:
        """Why two identifiers are one person: the path of evidence; or why not."""
        with read(self._project) as workspace:
            return _explained(one, other, workspace)

    def profile(self, identifier: str, *, n_events: int = 10) -> Profile:
        """All that is held about the person who has an identifier, or about the profile of a number."""
        with read(self._project) as workspace:
            return show_profile(find_profile(identifier, workspace), workspace, n_events=n_events)

    def history(self, identifier: str) -> list[Mapping[str, Any]]:
        """Which identifiers came to a profile when, from which other, and which left."""
        with read(self._project) as workspace:
            return history(find_profile(identifier, workspace), workspace)

    def decisions(self) -> list[Mapping[str, Any]]:
        """What somebody decided and did not take back, newest first."""
        with read(self._project) as workspace:
            return decisions(workspace)

    def junk(self) -> list[Suspect]:
        """Identifiers that look as if they named nobody."""
        with read(self._project) as workspace:
            return find_junk(workspace, identifier_kinds())

    def simulate(
        self, *, link: tuple[str, str] | None = None, unmerge: tuple[str, str] | None = None
    ) -> Effect:
        """What the rules in `identifiers/`, as they are written now, would change; nothing is written.

        Args:
            link: two identifiers that are supposed to be decided to be one person.
            unmerge: two that are supposed to be decided to be two.
        """
        with read(self._project) as workspace:
            rows = [
                decision_rows(*_pair(*pair), verdict, "", "", workspace)
                for pair, verdict in ((link, SAME), (unmerge, DIFFERENT))
                if pair is not None
            ]
            return foresee_effect(workspace, read_definitions(workspace), rows)

    def apply(self, *, anyway: bool = False) -> Effect:
        """Let the rules in `identifiers/` take effect now; gives what that changed.

        Args:
            anyway: also if it changes more than may happen by the way (see `warnings` of what `simulate` gives).

        Raises:
            LargeChangeError: it would, and it is not to be done anyway; nothing was changed.
        """
        with self._work() as workspace:
            return apply(workspace, read_definitions(workspace), anyway=anyway)

    def match(self, *models: str, applying: bool = False) -> Matching:
        """Find records of one person, or household, that are alike, by models of `matching/`, or by all of them.

        Args:
            models: their names.
            applying: let what is found count; profiles and audiences follow at once.

        Raises:
            NotFoundError: there is no model of a name.
        """
        with self._work() if applying else read(self._project) as workspace:
            return match_records(models, workspace, read_definitions(workspace), applying=applying)

    def link(self, one: str, other: str, *, reason: str, by: str) -> Explained:
        """Decide that two identifiers are one person."""
        return self._decide(one, other, SAME, reason, by)

    def unmerge(self, one: str, other: str, *, reason: str, by: str) -> Explained:
        """Decide that two identifiers are two people."""
        return self._decide(one, other, DIFFERENT, reason, by)

    def withdraw(self, one: str, other: str, *, reason: str = "", by: str) -> Explained:
        """Take a decision of two identifiers back: evidence counts again."""
        return self._decide(one, other, WITHDRAWN, reason, by)

    def _decide(self, one: str, other: str, verdict: str, reason: str, by: str) -> Explained:
        with self._work() as workspace:
            definitions, pair = read_definitions(workspace), _pair(one, other)
            expect_small(workspace, definitions.identifiers)  # rules that wait are no part of the decision
            decide(*pair, verdict, reason, by, workspace)
            follow_and_keep_base(workspace, definitions, anyway=True)
            return _explained(one, other, workspace)

    @contextmanager
    def _work(self) -> Iterator[Workspace]:
        """The project to work on, as soon as whoever owns it lets go of it."""
        until = time.monotonic() + self._wait_seconds
        with ExitStack() as held:
            while True:
                try:
                    workspace = held.enter_context(work(self._project))
                    break
                except BusyError:
                    if time.monotonic() >= until:
                        raise
                    time.sleep(_LOOK_SECONDS)
            yield workspace


def _pair(one: str, other: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return read_identifier(one), read_identifier(other)


def _explained(one: str, other: str, workspace: Workspace) -> Explained:
    first, second = (node_of(each, workspace) for each in _pair(one, other))
    return explain(first, second, workspace)
