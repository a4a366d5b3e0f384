"""What a page asks the project: a function with the action that it is, as an endpoint of the API has one.

A question is answered in a thread, from tables of one version of the lake; its answer is kept as long as that version is the
current one, unless it tells of people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from headwater.access.roles import Action, Caller
from headwater.core.project import Project
from headwater.flow.definitions import Definitions
from headwater.privacy.anonymity.counts import Counting, Exact, counting
from headwater.tables.workspace import Workspace

T = TypeVar("T")


class RefusedError(Exception):
    """Whoever asks may not."""


class SignedOutError(Exception):
    """Whoever asks is not signed in any more."""


@dataclass(frozen=True)
class Given:
    """What a question is answered from. `caller`: who asks."""

    workspace: Workspace
    definitions: Definitions
    caller: Caller

    @property
    def project(self) -> Project:
        """The project by the files that were last found sound."""
        return self.workspace.project

    @property
    def now(self) -> datetime:
        """The project's present, which may stand still: UTC, without zone."""
        return self.workspace.clock.now().astimezone(UTC).replace(tzinfo=None)

    @property
    def sees_small_counts(self) -> bool:
        """Whether counts of people are shown to the caller as they are."""
        return self.caller.may(Action.SEE_SMALL_COUNTS) or self.project.config.anonymity.least is None

    @contextmanager
    def counting(self) -> Iterator[Counting]:
        """What counts of people are shown to the caller by."""
        if self.sees_small_counts:
            yield Exact()
            return
        with counting(self.project, self.workspace.seals, self.caller.name) as found:
            yield found


@dataclass(frozen=True)
class Question(Generic[T]):
    """Something that a page asks.

    Attributes:
        name: by which the audit log tells of it, like `console audiences`.
        asks: the action that it is, which whoever asks must be allowed.
        answer: the one function that answers.
        seconds: how long an answer counts at most, while the lake's version is the same; 0: it is never kept.
        about: of what it is given, what says whom or what it is about, for the audit log.
        counts: how many people an answer tells of.
    """

    name: str
    asks: Action
    answer: Callable[..., T]
    seconds: float = float("inf")
    about: Callable[..., tuple[str, ...]] = lambda *_: ()
    counts: Callable[[Any], Mapping[str, int]] = lambda _: {}
