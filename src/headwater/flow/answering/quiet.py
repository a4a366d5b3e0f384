"""A project to work on for a privacy request, while nobody else writes tables or live profiles.

Owns the project; the stream of a served one lets go of the live store meanwhile, and what is collected still comes in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from headwater.core.errors import BusyError
from headwater.core.owner import QUIET, own
from headwater.core.project import Project
from headwater.flow.live_log import Folders
from headwater.live.store import is_written
from headwater.tables.workspace import Workspace, work

_LOOK_SECONDS = 0.05
_LETTING_GO_SECONDS = 30.0  # for the stream to end what it is at
T = TypeVar("T")


@contextmanager
def quiet_work(project: Project, wait_seconds: float) -> Iterator[Workspace]:
    """The project to work on.

    Raises:
        BusyError: another process owns it, for longer than that.
    """
    until = time.monotonic() + wait_seconds
    with ExitStack() as held:
        _enter(held, lambda: own(project.root, QUIET), until)
        _enter(held, lambda: _free_store(Folders.of(project.root).store), until + _LETTING_GO_SECONDS)
        yield _enter(held, lambda: work(project), until)


@contextmanager
def tables_work(project: Project, wait_seconds: float) -> Iterator[Workspace]:
    """The project's tables to work on; the stream of a served one keeps the live store.

    Raises:
        BusyError: another process owns them, for longer than that.
    """
    until = time.monotonic() + wait_seconds
    with ExitStack() as held:
        _enter(held, lambda: own(project.root, QUIET), until)
        yield _enter(held, lambda: work(project), until)


def _enter(held: ExitStack, make: Callable[[], AbstractContextManager[T]], until: float) -> T:
    """Have something as soon as whoever has it lets go of it; until a moment."""
    while True:
        try:
            return held.enter_context(make())
        except BusyError:
            if time.monotonic() >= until:
                raise
        time.sleep(_LOOK_SECONDS)


@contextmanager
def _free_store(folder: Path) -> Iterator[None]:
    if is_written(folder):
        raise BusyError("the stream does not let go of live profiles", next_step="try again")
    yield
