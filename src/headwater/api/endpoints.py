"""Every endpoint, one line each in `ENDPOINTS`: what it takes, what it gives, and which right it asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from headwater.access.rights import Right
from headwater.api import bodies
from headwater.core.project import Project, open_project
from headwater.flow.generation import sound_project
from headwater.flow.identities import Identities
from headwater.flow.identity_effects import Effect
from headwater.flow.matching import Matching
from headwater.identity.explain import Explained
from headwater.identity.junk import Suspect
from headwater.profiles.show import Profile

WAIT_SECONDS = 10.0  # for the core to let go of the project, which it owns while it works


@dataclass(frozen=True)
class Decided:
    """A decision that stands; `is_contradicted`: by a newer one."""

    identifier: str
    value: str
    other_identifier: str
    other_value: str
    verdict: str
    reason: str
    decided_by: str
    decided_at: datetime
    is_contradicted: bool


@dataclass(frozen=True)
class Decisions:
    """What was decided and not taken back, newest first."""

    decisions: tuple[Decided, ...]


@dataclass(frozen=True)
class Happened:
    """Something that happened to an identifier of a profile; `profile`: where it came from, or went to."""

    happened_at: datetime
    identifier: str
    value: str
    happened: str
    profile: int | None


@dataclass(frozen=True)
class History:
    """How a profile came to be, by time."""

    history: tuple[Happened, ...]


@dataclass(frozen=True)
class Junk:
    """Identifiers that look as if they named nobody."""

    junk: tuple[Suspect, ...]


@dataclass(frozen=True)
class Asked:
    """One request: of which project, by whose key."""

    root: Path
    key: str

    @property
    def identities(self) -> Identities:
        """Who is who by the files that were last found sound, whatever is being written meanwhile."""
        return self._by(sound_project(self.root))

    @property
    def identities_as_written(self) -> Identities:
        """Who is who by the files as they are now."""
        return self._by(open_project(self.root))

    def _by(self, project: Project) -> Identities:
        return Identities(project, wait_seconds=WAIT_SECONDS)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint.

    Attributes:
        may: the right that it asks for.
        takes: its body; a GET has none.
        gives: what is answered, as a dataclass.
        call: the one function it calls; its docstring says what the endpoint does.
    """

    method: str
    path: str
    may: Right
    takes: type[bodies.Body]
    gives: type
    call: Callable[[Asked, Any], object]

    @property
    def does(self) -> str:
        """What it does, in a sentence."""
        return inspect.getdoc(self.call) or ""


def _explain(asked: Asked, body: bodies.Pair) -> Explained:
    """Why two identifiers are one person, or why not."""
    return asked.identities.explain(*body.texts)


def _history(asked: Asked, body: bodies.Identified) -> History:
    """Which identifiers came to a profile when, and which left."""
    return History(tuple(Happened(**row) for row in asked.identities.history(body.text)))


def _decisions(asked: Asked, _body: bodies.Nothing) -> Decisions:
    """What somebody decided and did not take back."""
    return Decisions(tuple(Decided(**row) for row in asked.identities.decisions()))


def _link(asked: Asked, body: bodies.Decision) -> Explained:
    """Decide that two identifiers are one person."""
    return asked.identities.link(*body.texts, reason=body.reason, by=asked.key)


def _unmerge(asked: Asked, body: bodies.Decision) -> Explained:
    """Decide that two identifiers are two people."""
    return asked.identities.unmerge(*body.texts, reason=body.reason, by=asked.key)


def _withdraw(asked: Asked, body: bodies.Withdrawal) -> Explained:
    """Take a decision back: evidence counts again."""
    return asked.identities.withdraw(*body.texts, reason=body.reason, by=asked.key)


def _simulate(asked: Asked, body: bodies.Supposition) -> Effect:
    """What the rules as they are written now, or a decision, would change; nothing is written."""
    link, unmerge = (pair.texts if pair else None for pair in (body.link, body.unmerge))
    return asked.identities_as_written.simulate(link=link, unmerge=unmerge)


def _apply(asked: Asked, body: bodies.Application) -> Effect:
    """Let the rules as they are written now take effect."""
    return asked.identities_as_written.apply(anyway=body.anyway)


def _match(asked: Asked, body: bodies.Models) -> Matching:
    """Which records are of one person or household because they are alike, and what would become of profiles by it."""
    return asked.identities.match(*body.models)


def _match_and_apply(asked: Asked, body: bodies.Models) -> Matching:
    """Let records that are alike count as evidence; profiles and audiences follow."""
    return asked.identities.match(*body.models, applying=True)


def _junk(asked: Asked, _body: bodies.Nothing) -> Junk:
    """Identifiers that look as if they named nobody."""
    return Junk(tuple(asked.identities.junk()))


def _profile(asked: Asked, body: bodies.Sought) -> Profile:
    """All that is held about the person who has an identifier."""
    return asked.identities.profile(body.text, n_events=body.n_events)


READ, MANAGE = Right.READ, Right.MANAGE
ENDPOINTS = (
    Endpoint("POST", "/v1/identity/explain", READ, bodies.Pair, Explained, _explain),
    Endpoint("POST", "/v1/identity/history", READ, bodies.Identified, History, _history),
    Endpoint("GET", "/v1/identity/decisions", READ, bodies.Nothing, Decisions, _decisions),
    Endpoint("POST", "/v1/identity/link", MANAGE, bodies.Decision, Explained, _link),
    Endpoint("POST", "/v1/identity/unmerge", MANAGE, bodies.Decision, Explained, _unmerge),
    Endpoint("POST", "/v1/identity/withdraw", MANAGE, bodies.Withdrawal, Explained, _withdraw),
    Endpoint("POST", "/v1/identity/simulate", READ, bodies.Supposition, Effect, _simulate),
    Endpoint("POST", "/v1/identity/apply", MANAGE, bodies.Application, Effect, _apply),
    Endpoint("POST", "/v1/identity/match", READ, bodies.Models, Matching, _match),
    Endpoint("POST", "/v1/identity/match/apply", MANAGE, bodies.Models, Matching, _match_and_apply),
    Endpoint("GET", "/v1/identity/junk", READ, bodies.Nothing, Junk, _junk),
    Endpoint("POST", "/v1/profiles/find", READ, bodies.Sought, Profile, _profile),
)
