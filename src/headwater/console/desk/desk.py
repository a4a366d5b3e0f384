"""Where pages ask the project: a few threads, each with the tables of the lake's current version open.

Opening a project takes half a second, asking one that is open a few milliseconds: so it stays open until its files change, and
catches up with its lake, which under `serve` changes every few seconds. Only reads; never owns the project. Records what the
audit log is to tell of.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from headwater.access.audit.about import told
from headwater.access.audit.entry import Event, Outcome
from headwater.access.audit.log import AuditLog
from headwater.access.roles import Caller
from headwater.access.sessions import Session, Sessions
from headwater.console.desk.question import Given, Question, RefusedError, SignedOutError
from headwater.core.errors import HeadwaterError
from headwater.core.project import CONFIG, KINDS
from headwater.core.sealing.seals import Seals
from headwater.engine.lake import SNAPSHOT
from headwater.flow.definitions import Definitions, judge
from headwater.flow.generation import generation, sound_project
from headwater.tables.workspace import Workspace, read

T = TypeVar("T")
SEATS = 2  # threads: as many cores as the smallest machine has
MOST_KEPT = 512  # answers
LOOK_SECONDS = 0.5  # between two looks whether files or lake have changed


@dataclass(frozen=True)
class Version:
    """What changes when the project's files do, and what when its lake does."""

    files: Hashable
    lake: Hashable


@dataclass
class _Seat:
    """One thread's own: the tables of one version."""

    version: Version | None = None
    workspace: Workspace | None = None
    definitions: Definitions | None = None
    held: ExitStack = field(default_factory=ExitStack)


class Desk:
    """Answers the questions of one project's console."""

    def __init__(self, root: Path, sessions: Sessions, audit: AuditLog, seals: Seals) -> None:
        self.root = root
        self._sessions = sessions
        self._audit = audit
        self.seals = seals
        self._threads = ThreadPoolExecutor(SEATS, "desk")
        self._own = threading.local()
        self._seats: list[_Seat] = []
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, tuple[Version, float, Any]] = OrderedDict()
        self._judged: tuple[Version, Definitions] | None = None
        self._seen: tuple[float, Version | None] = (float("-inf"), None)
        self._n_changes = 0  # that were asked for here

    async def ask(self, question: Question[T], session: Session, *given: Hashable) -> T:
        """The answer, at once if it is known.

        Raises:
            SignedOutError: the session has ended. RefusedError: its role may not ask that. HeadwaterError: it cannot be answered.
        """
        if not question.asks.is_recorded:
            expect_right(question, session.caller)
            kept = self._kept(question, session.caller, given)
            if kept is not None:
                return kept[0]
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.answer, question, session, given)

    def answer(self, question: Question[T], session: Session, given: tuple[Hashable, ...] = ()) -> T:
        """The same, in a thread."""
        found = self._sessions.by_hash(session.hash)
        if found is None:
            raise SignedOutError
        caller = found.caller
        event = self._event(question, caller, given)
        try:
            expect_right(question, caller)
            if question.asks.changes:
                self._record(event, Outcome.BEGUN)
            value = self._answered(question, caller, given)
        except Exception as error:
            self._record(event, Outcome.REFUSED if isinstance(error, RefusedError) else Outcome.FAILED)
            raise
        finally:
            if question.asks.changes:
                self.changed()  # whoever asks next sees it
        self._record(event, Outcome.DONE, question.counts(value))
        return value

    def warm(self) -> None:
        """Open the tables before somebody asks; each thread does it for itself. Who asks is told what is in the way."""
        for _ in range(SEATS):
            self._threads.submit(self._open)

    def _open(self) -> None:
        with suppress(HeadwaterError):
            self._sit(self.version())

    async def is_over(self, session: Session, *, is_used: bool = False) -> bool:
        """Whether a session has ended; `is_used`: somebody does something in it just now."""
        loop = asyncio.get_running_loop()
        find = partial(self._sessions.by_hash, session.hash, is_used=is_used)
        return await loop.run_in_executor(self._threads, find) is None

    def changed(self) -> None:
        """Look anew whether files or lake have changed, at the next question."""
        self._n_changes += 1
        self._seen = (float("-inf"), None)

    def close(self) -> None:
        """Let go of everything."""
        self._threads.shutdown(cancel_futures=True)
        for seat in self._seats:
            seat.held.close()

    def _answered(self, question: Question[T], caller: Caller, given: tuple[Hashable, ...]) -> T:
        kept = self._kept(question, caller, given)
        if kept is not None:
            return kept[0]
        version = self.version()
        seat = self._sit(version)
        assert seat.workspace is not None  # noqa: S101 - just opened
        assert seat.definitions is not None  # noqa: S101
        value = question.answer(Given(seat.workspace, seat.definitions, caller), *given)
        if question.seconds:
            with self._lock:
                self._answers[_key(question, caller, given)] = (version, time.monotonic(), value)
                while len(self._answers) > MOST_KEPT:
                    self._answers.popitem(last=False)
        return value

    def _kept(self, question: Question[T], caller: Caller, given: tuple[Hashable, ...]) -> tuple[T] | None:
        with self._lock:
            kept = self._answers.get(_key(question, caller, given))
        if kept is None:
            return None
        version, at, value = kept
        is_fresh = version == self.version() and time.monotonic() - at < question.seconds
        return (value,) if is_fresh else None

    def version(self) -> Version:
        """What changes when the project's files or its lake do."""
        at, version = self._seen
        if version is None or time.monotonic() - at > LOOK_SECONDS:
            n_changes = self._n_changes
            version = _look(self.root)
            if n_changes == self._n_changes:  # nothing was changed while it looked
                self._seen = (time.monotonic(), version)
        return version

    def _sit(self, version: Version) -> _Seat:
        """This thread's tables, of this version."""
        seat: _Seat | None = getattr(self._own, "seat", None)
        if seat is None:
            seat = self._own.seat = _Seat()
            self._seats.append(seat)
        before, seat.version = seat.version, None  # until it stands there whole
        if before != version:
            if seat.workspace is not None and before is not None and before.files == version.files:
                seat.workspace.catch_up()
            else:
                seat.held.close()
                seat.workspace, seat.held = None, ExitStack()
                seat.workspace = seat.held.enter_context(read(sound_project(self.root)))
            seat.definitions = self._definitions(version, seat.workspace)
        seat.version = version
        return seat

    def _definitions(self, version: Version, workspace: Workspace) -> Definitions:
        """The project's definitions of a version, judged once for all threads."""
        judged = self._judged
        if judged is None or judged[0] != version:
            judged = self._judged = version, judge(workspace)[0]
        return judged[1]

    def _event(self, question: Question[T], caller: Caller, given: tuple[Hashable, ...]) -> Event:
        about = told(question.about(*given), self.seals) if question.asks.is_recorded else ()
        return Event(caller.name, caller.role, question.asks, question.name, about, Outcome.DONE)

    def _record(self, event: Event, outcome: Outcome, counts: Mapping[str, int] | None = None) -> None:
        if event.action.is_recorded:
            said = (event.who, event.role, event.action, event.by, event.about)
            self._audit.append(Event(*said, outcome, counts or {}))


def expect_right(question: Question[Any], caller: Caller) -> None:
    """Go on only if a caller may ask something.

    Raises:
        RefusedError: they may not.
    """
    if not caller.may(question.asks):
        raise RefusedError(question.asks)


def _key(question: Question[Any], caller: Caller, given: tuple[Hashable, ...]) -> Hashable:
    return (question.name, caller.name, caller.role, caller.actions, given)


def _look(root: Path) -> Version:
    """The state of files and lake, by names, sizes and times of change: nothing is read."""
    files = (stamp for kind in KINDS for stamp in sorted(_stamps(root / kind)))
    lake = root / "lake"
    return Version((generation(root), _stamp(root / CONFIG), _place(lake), *files), _stamp(lake / SNAPSHOT))


def _place(folder: Path) -> int:
    """Which folder it is: a rebuild puts another lake in this one's place, which is to be opened anew."""
    try:
        return folder.stat().st_ino
    except OSError:
        return 0


def _stamps(folder: Path) -> list[tuple[str, int, int]]:
    """The state of each file in a folder of the project; there may be thousands, and pages wait meanwhile."""
    found = []
    with suppress(FileNotFoundError), os.scandir(folder) as held:
        for each in held:
            if each.name.endswith(".yaml"):
                with suppress(OSError):  # it has just gone
                    stat = each.stat()
                    found.append((each.path, stat.st_mtime_ns, stat.st_size))
            elif "." not in each.name and each.is_dir(follow_symlinks=False):
                found += _stamps(Path(each.path))
    return found


def _stamp(path: Path) -> Hashable:
    try:
        found = path.stat()
    except OSError:
        return (path.name, 0, 0)
    return (path.name, found.st_mtime_ns, found.st_size)
