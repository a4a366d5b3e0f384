"""Whether a command is recorded in the audit log: each says so, by one of the two decorators here.

`audited` opens the log before the command does anything, so that nothing is done that could not be recorded; of what changes
something it records that it begins, and of everything how it ended. What it was about is told by pseudonym; options that say what
somebody wrote freely are not told at all.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import typer

from headwater.access.audit.about import LOCAL, local_user, told
from headwater.access.audit.entry import Event, Outcome
from headwater.access.audit.log import AuditLog, open_audit
from headwater.access.roles import Action
from headwater.cli.output import opened
from headwater.core.errors import Refusal
from headwater.core.sealing.keeping import seals_of

P = ParamSpec("P")
R = TypeVar("R")
Given = Mapping[str, Any]
_SAYS = "audited_by"
_counts: ContextVar[dict[str, int]] = ContextVar("counts")


def audited(
    words: str, action: Action | Callable[[Given], Action], *about: str
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A command that is recorded; it has a parameter `project`.

    Args:
        words: by which it is called, like `identity link`.
        action: what it is, or what its parameters make of it.
        about: the parameters that say whom or what it is about: identifiers as kind=value, numbers of profiles, or names.
    """

    def recorded(command: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(command)

        @functools.wraps(command)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            asked = action if isinstance(action, Action) else action(given)
            if not asked.is_recorded:
                return command(*args, **kwargs)
            project = opened(Path(given["project"]))
            what = told(_texts(given, about), seals_of(project))
            event = Event(local_user(), LOCAL, asked, words, what, Outcome.BEGUN)
            with open_audit(project) as log, _recorded(event, log):
                return command(*args, **kwargs)

        return _says(call, words)

    return recorded


def not_audited(command: Callable[P, R]) -> Callable[P, R]:
    """A command that changes nothing that is recorded, and shows nobody in particular."""
    return _says(command, "")


def is_audited(command: object) -> str | None:
    """The words that a command is recorded by; empty if it is not; None if it does not say."""
    return getattr(command, _SAYS, None)


def count(**counts: int) -> None:
    """Tell the log, if there is one, how many people a command shows, changes or sends; added up by name."""
    so_far = _counts.get(None)
    if so_far is not None:
        for name, n in counts.items():
            so_far[name] = so_far.get(name, 0) + n


@contextmanager
def _recorded(event: Event, log: AuditLog) -> Iterator[None]:
    """Record that something begins, if it changes something, and how it ended."""
    if event.action.changes:
        log.append(event)
    counts: dict[str, int] = {}
    token, outcome = _counts.set(counts), Outcome.FAILED
    try:
        yield
        outcome = Outcome.DONE
    except Refusal:
        outcome = Outcome.REFUSED
        raise
    except typer.Exit as ended:
        outcome = Outcome.FAILED if ended.exit_code else Outcome.DONE
        raise
    finally:
        _counts.reset(token)
        log.append(replace(event, outcome=outcome, counts=counts))


def _texts(given: Given, about: Iterable[str]) -> Iterator[str]:
    """The texts that some parameters were given; nothing of those that were left out."""
    for name in about:
        value = given[name]
        yield from [value] if isinstance(value, str) else value or ()


def _says(command: Callable[P, R], words: str) -> Callable[P, R]:
    setattr(command, _SAYS, words)
    return command
