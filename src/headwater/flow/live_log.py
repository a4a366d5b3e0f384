"""Where a project's live things are, and how far the stream has come.

Reads the live store and the log of outcomes. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from headwater.collect.log.reader import read_all
from headwater.collect.outcome import Moved, unpacked
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.engine.lake import Lake
from headwater.events.collected import MARK
from headwater.live.store import Store

MOVED = "moved"  # the stage of the lake that notes how far moves were written


@dataclass(frozen=True)
class Folders:
    """Where the stream's things are in a project."""

    requests: Path
    outcomes: Path
    store: Path
    bases: Path

    @staticmethod
    def of(root: Path) -> Folders:
        """Those of a project folder."""
        log, live = root / "log", root / "live"
        return Folders(log / "requests", log / "outcomes", live / "store", live / "base")


def taken_until(project: Project) -> int:
    """The position in the log of outcomes up to which the stream stands by what it wrote; 0: it never ran."""
    return _noted(project, "outcomes")


def taken_requests(project: Project) -> int:
    """The position in the log of requests up to which the stream has taken them in; what was written of them is before
    `taken_until`, asked afterwards.
    """
    return _noted(project, "position")


def _noted(project: Project, name: str) -> int:
    folder = Folders.of(project.root).store
    if not folder.exists():
        return 0
    store = Store(folder, seals_of(project))
    try:
        with store.reading() as view:
            return view.number(name)
    finally:
        store.close()


def sealed_until(project: Project) -> int:
    """The position in the log of outcomes up to which the tables at rest have all of it, moves included."""
    stages = Lake(project.path("lake")).snapshot().stages
    return min(int(stages.get(MARK, "0")), int(stages.get(MOVED, "0")))


def moved_between(project: Project, begin: int, end: int) -> Iterator[Moved]:
    """Who entered and left audiences live, from one position in the log of outcomes to another."""
    for record in read_all(Folders.of(project.root).outcomes, seals_of(project), begin, end):
        for outcome in unpacked(record.payload):
            if isinstance(outcome, Moved):
                yield outcome
