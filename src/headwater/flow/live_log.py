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
from headwater.engine.lake import Lake
from headwater.events.collected import MARK
from headwater.live.store import Store


@dataclass(frozen=True)
class Folders:
    """Where the stream's things are in a project."""

    requests: Path
    outcomes: Path
    store: Path

    @staticmethod
    def of(root: Path) -> Folders:
        """Those of a project folder."""
        return Folders(root / "log" / "requests", root / "log" / "outcomes", root / "live" / "store")


def taken_until(project: Project) -> int:
    """The position in the log of outcomes up to which the stream stands by what it wrote; 0: it never ran."""
    folder = Folders.of(project.root).store
    if not folder.exists():
        return 0
    store = Store(folder)
    try:
        with store.reading() as view:
            return view.number("outcomes")
    finally:
        store.close()


def sealed_requests(project: Project) -> int:
    """The position in the log of requests up to which all is in the tables at rest, as far as is known."""
    folder = Folders.of(project.root).store
    if not folder.exists():
        return 0
    store = Store(folder)
    try:
        with store.reading() as view:
            is_sealed = _sealed_outcomes(project) >= view.number("outcomes")
            return view.number("position") if is_sealed else 0
    finally:
        store.close()


def _sealed_outcomes(project: Project) -> int:
    return int(Lake(project.path("lake")).snapshot().stages.get(MARK, "0"))


def moved_between(project: Project, begin: int, end: int) -> Iterator[Moved]:
    """Who entered and left audiences live, from one position in the log of outcomes to another."""
    for record in read_all(Folders.of(project.root).outcomes, begin, end):
        for outcome in unpacked(record.payload):
            if isinstance(outcome, Moved):
                yield outcome
