"""A run from the console: what is new is taken in, what that changes is worked out, who entered and left is delivered.

Where the project is served a run follows by itself, and one that is asked for waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.access.roles import Action
from headwater.activate.records import Ending
from headwater.console.desk.question import Given, Question
from headwater.console.works.work import Work
from headwater.core.owner import SERVE, is_owned
from headwater.flow.answering.quiet import tables_work
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions

WAIT_SECONDS = 120.0  # for a run that is under way


@dataclass(frozen=True)
class Served:
    """Whether `serve` is at work on this project.

    `minutes`: then between two of its runs; `tells`: the destinations that a run tells.
    """

    is_served: bool
    minutes: float
    tells: tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """An audience that a run changed. None: too few to show."""

    audience: str
    size: int | None
    n_entered: int | None
    n_left: int | None


@dataclass(frozen=True)
class Ran:
    """What came of a run.

    Attributes:
        n_accepted, n_rejected: rows that sources gave.
        n_added, n_removed: people sent to destinations, and taken back.
        failures: what did not come about, in words; the rest did.
    """

    n_accepted: int
    n_rejected: int
    moved: tuple[Moved, ...]
    n_added: int | None
    n_removed: int | None
    n_failed: int
    failures: tuple[str, ...]
    least: int | None


def _run(given: Given, work: Work[Ran]) -> Ran:
    """Run every stage.

    Raises:
        BusyError: another process owns the project, for longer than that. ProjectError: its files are not sound.
        HeadwaterError: a source could not be read.
    """
    with tables_work(given.project, WAIT_SECONDS) as workspace:
        workspace.progress = work
        done = run_batch(workspace, read_definitions(workspace))
    with given.counting() as counting:
        moved = tuple(
            Moved(
                each.name,
                *(
                    counting.number(n, f"console run {each.name}")
                    for n in (each.size, each.n_entered, each.n_left)
                ),
            )
            for each in done.refreshed
            if each.n_entered or each.n_left
        )
        added, removed = (
            (
                counting.number(sum(counts), "console run sent")
                for counts in zip(*((each.n_added, each.n_removed) for each in done.delivered), strict=True)
            )
            if done.delivered
            else (0, 0)
        )
    return Ran(
        sum(each.n_accepted for each in done.taken),
        sum(sum(each.rejected.values()) for each in done.taken),
        moved,
        added,
        removed,
        sum(each.ending in {Ending.FAILED, Ending.REFUSED} for each in done.delivered),
        tuple(each.message for each in done.failures),
        None if given.sees_small_counts else given.project.config.anonymity.least,
    )


def _served(given: Given) -> Served:
    return Served(
        is_owned(given.project.root, SERVE),
        given.project.settings.refresh_minutes,
        tuple(sorted(given.definitions.destinations)),
    )


def _sent(ran: Ran) -> Mapping[str, int]:
    return {"added": ran.n_added or 0, "removed": ran.n_removed or 0}


RUN = Question("console run", Action.OPERATE, _run, seconds=0.0, counts=_sent)
SERVED = Question("console served", Action.SEE_COUNTS, _served, seconds=5.0)
