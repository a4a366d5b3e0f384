"""The process that keeps the tables: seals what the stream took in, runs everything now and then, delivers.

Owns the project while it works, and lets others have it in between. Reads the project's files; says to the others when they
have changed and are sound.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from headwater.collect.log.reader import retire
from headwater.core.errors import BusyError, HeadwaterError, LargeChangeError
from headwater.core.giving_way import give_way
from headwater.core.lifeline import end_with_starter
from headwater.core.progress import Silent, Step
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.engine.lake import Lake
from headwater.flow.bases import run_and_keep_base
from headwater.flow.batch import seal
from headwater.flow.definitions import read_definitions
from headwater.flow.generation import (
    announce,
    files_as_they_are,
    generation,
    keep_files,
    project_of,
    sound_project,
)
from headwater.flow.identity_guard import are_applied
from headwater.flow.live_log import Folders, sealed_until, taken_requests
from headwater.flow.privacy import Privacy
from headwater.serve import counts
from headwater.serve.live_moves import LiveMoves
from headwater.tables.workspace import work

DELIVER_SECONDS = 2.0  # between two deliveries to live destinations, at the least
LOOK_SECONDS = 1.0
REQUESTS_SECONDS = 10.0  # between two looks for privacy requests that wait


class _EndedError(Exception):
    """The process is told to end: what is not done yet is left to the next run, as after a kill."""


class _UntilTold:
    """Progress that nobody watches, of work that is broken off between two steps when the process is to end."""

    def __init__(self, is_told: Callable[[], bool]) -> None:
        self._is_told = is_told

    def step(self, title: str, total: int | None = None) -> AbstractContextManager[Step]:
        """Begin a piece of work.

        Raises:
            _EndedError: it is not to be begun any more.
        """
        if self._is_told():
            raise _EndedError
        return Silent().step(title, total)


class CoreProcess:
    """Runs until told to end."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._is_ending = False
        self._told = self._unsound = ""
        self._refused = ""  # files whose rules would change too much: they wait until somebody applies them
        project = sound_project(root)
        self._settings = project.settings
        self._moves = LiveMoves(Folders.of(root).outcomes, seals_of(project))
        self._is_waited_for = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def run(self) -> None:
        """Seal, deliver and run, each in its time."""
        sealed_at = ran_at = delivered_at = resumed_at = float("-inf")
        while not self._is_ending:
            now = time.monotonic()
            files = self._new_files()
            self._is_waited_for |= self._moves.have_come()
            if files or now - ran_at >= self._settings.refresh_minutes * 60:
                if self._work("run", files):
                    sealed_at = ran_at = time.monotonic()
                    if files and files != self._refused:
                        announce(self._root, files)
            elif self._is_waited_for and now - delivered_at >= DELIVER_SECONDS:
                if self._work("deliver"):
                    self._is_waited_for = False
                    sealed_at = delivered_at = time.monotonic()
            elif now - sealed_at >= self._settings.seal_seconds and self._work("seal"):
                sealed_at = time.monotonic()
            if now - resumed_at >= REQUESTS_SECONDS:
                resumed_at = now
                self._carry_out_requests()
            self._wait(LOOK_SECONDS)

    def _new_files(self) -> str:
        """The hash of a copy of the project's files, if they are others than those that are worked by, and sound; or empty."""
        files = files_as_they_are(self._root)
        if files in (generation(self._root), self._unsound) or self._waits_for_word(files):
            return ""
        try:
            files = keep_files(self._root)
            with work(project_of(self._root, files)) as workspace:
                read_definitions(workspace)
        except (BusyError, OSError):
            return ""
        except HeadwaterError as error:
            self._unsound = files
            self._tell(
                f"the project's files have changed, and are not sound; what was before stays: {error.message}"
            )
            return ""
        return files

    def _waits_for_word(self, files: str) -> bool:
        """Whether these are the files that were refused, and nobody has applied their rules since."""
        if files != self._refused:
            return False
        project = project_of(self._root, files)
        return not are_applied(project, Lake(project.path("lake")).snapshot())

    def _work(self, kind: str, files: str = "") -> bool:
        """One seal, delivery or full run, by new files if there are; False: another process owns the project now."""
        began = time.monotonic()
        self._refused = "" if files else self._refused
        try:
            failures = self._worked(kind, files or generation(self._root))
        except BusyError as error:
            self._tell(error.message)
            return False
        except _EndedError:
            return False
        except HeadwaterError as error:
            failures = [error]
        for failure in failures:
            self._tell(failure.message)
        if generation(self._root) and any(isinstance(each, LargeChangeError) for each in failures):
            self._refused = files or self._refused
        counts.RUNS.labels(kind, "failed" if failures else "done").inc()
        counts.RUN_SECONDS.labels(kind).set(time.monotonic() - began)
        return True

    def _worked(self, kind: str, files: str) -> list[HeadwaterError]:
        project = project_of(self._root, files)
        self._settings = project.settings
        taken = taken_requests(project)
        with work(project, _UntilTold(lambda: self._is_ending)) as workspace:
            definitions = read_definitions(workspace)
            self._moves.wait_for(definitions.destinations.values())
            if kind == "run":
                failures = run_and_keep_base(workspace, definitions)
            else:
                failures = seal(workspace, definitions, delivers=kind == "deliver").failures
        self._retire(project, taken)
        return failures

    def _carry_out_requests(self) -> None:
        """What persons asked for while somebody else had the project."""
        try:
            for receipt in Privacy(sound_project(self._root)).resume():
                self._tell(f"carried out the privacy request {receipt.request_id}")
        except BusyError:
            return  # whoever is at it carries it out, or the next look does
        except HeadwaterError as error:
            self._tell(f"a privacy request is not carried out: {error.message}")

    def _retire(self, project: Project, until: int) -> None:
        """Let go of the log's oldest files, up to a position: all before it is in the tables."""
        older = datetime.now(UTC) - timedelta(days=project.settings.log_days)
        folders, seals = Folders.of(self._root), seals_of(project)
        retire(folders.requests, seals, until, older)
        retire(folders.outcomes, seals, sealed_until(project), older)

    def _tell(self, message: str) -> None:
        if message != self._told:
            print(f"core: {message}", file=sys.stderr)
        self._told = message

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._is_ending and time.monotonic() < until:
            time.sleep(0.05)

    def _end(self, *_: object) -> None:
        self._is_ending = True


if __name__ == "__main__":
    end_with_starter()
    give_way()
    CoreProcess(Path(sys.argv[1])).run()
