"""Repair what was refused, and play it again: events that would be taken in once they are another one.

Reads the log of outcomes, the log of requests and the project's definitions. Writes the log of requests: each request once more,
with the events of it that are repaired and the repair beside it, so that a rebuild repairs them too. The request as it came stays
where it was, and what is played names its place; an event is taken in once, however often it is repaired and played.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from headwater.collect.event import Event
from headwater.collect.format import UnreadableError, formats
from headwater.collect.kept import Kept, read_kept
from headwater.collect.log.reader import Reader, beginning
from headwater.collect.log.writer import Writer
from headwater.collect.reading.signals import with_header
from headwater.collect.repairing import RepairFile, RepairStep, UnfitError, repaired, steps_text
from headwater.collect.tracking_plan.plan import check
from headwater.core.clock import read_instant
from headwater.core.documents import Document, read_declaration
from headwater.core.errors import ProjectError, UserError
from headwater.flow.definitions import Definitions
from headwater.flow.live_log import Folders
from headwater.flow.replay import Wanted, still_refused
from headwater.flow.stream import MOST_EVENTS_A_REQUEST, OWN_EVENTS, Treatment, rejection
from headwater.flow.treatment import make_treatment
from headwater.tables.rejection import Reason
from headwater.tables.workspace import Workspace

_MOST_DETAILS = 5


@dataclass(frozen=True)
class Repaired:
    """What a repair comes to, in events; `n_found` is the sum of all others but `refused`, which tells of `n_refused`.

    Attributes:
        n_played: would be taken in and are played again.
        n_refused: would still be refused: `refused` says for what reason how many.
        n_unchanged: the repair changes nothing of them.
        n_unfit: it cannot be done to them: `unfit` says why, and how often, the most frequent first.
        n_unreadable: no wire format makes an event of them.
        n_gone: are not in the log any more, or were erased.
    """

    n_found: int = 0
    n_played: int = 0
    n_refused: int = 0
    n_unchanged: int = 0
    n_unfit: int = 0
    n_unreadable: int = 0
    n_gone: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    unfit: Mapping[str, int] = field(default_factory=dict)


def read_repair(document: Document) -> RepairFile:
    """A repair as a document says it.

    Raises:
        ProjectError: with every problem in it.
        UserError: no event is refused for the reason that it names.
    """
    said = read_declaration(document, RepairFile)
    if isinstance(said, list):
        raise ProjectError(said, next_step=f"mend {document.file}, then try again")
    known = [each.value for each in Reason]
    if said.of.reason and said.of.reason not in known:
        raise UserError(f"there is no reason '{said.of.reason}'", next_step=f"one of {', '.join(known)}")
    return said


def repair(
    said: RepairFile, workspace: Workspace, definitions: Definitions, *, only_count: bool = False
) -> Repaired:
    """Repair the refused events that are meant, and play those again that would be taken in.

    Raises:
        UserError: since when it is no moment.
        OSError: the log cannot be written.
    """
    run = _Run(said.repair, make_treatment(definitions, workspace))
    project, folders = workspace.project, Folders.of(workspace.project.root)
    places: dict[int, list[int]] = {}
    for refused in still_refused(project, _wanted(said, workspace)):
        record, place = divmod(refused.position, MOST_EVENTS_A_REQUEST)
        places.setdefault(record, []).append(place)
    kept_from = beginning(folders.requests)
    reader = Reader(folders.requests, workspace.seals)
    writer = Writer(folders.requests, workspace.seals)
    try:
        for position, found in sorted(places.items()):
            kept = _kept(reader, position) if position >= kept_from else None
            fit = run.judge(kept, found, said.of.event)
            if fit and kept is not None and not only_count:
                writer.append([kept.again(fit, position, run.text)])
    finally:
        reader.close()
        writer.close()
    return run.done()


def _wanted(said: RepairFile, workspace: Workspace) -> Wanted:
    since = said.of.since
    if isinstance(since, str):
        try:
            since = read_instant(since, workspace.clock.zone)
        except ValueError:
            raise UserError(
                f"'{since}' is no moment", next_step="write 2026-11-01 or 2026-11-01T08:00"
            ) from None
    elif isinstance(since, datetime) and since.tzinfo is None:
        since = since.replace(tzinfo=workspace.clock.zone)
    return Wanted(since, said.of.source, said.of.reason)


def _kept(reader: Reader, position: int) -> Kept | None:
    """A request of the log; None: it is not there, damaged or erased."""
    reader.position = position
    records = reader.read(1)
    if not records or records[0].position != position:
        return None
    try:
        kept = read_kept(records[0].payload)
    except msgspec.MsgspecError:
        return None
    return None if kept.is_erased else kept


@dataclass
class _Run:
    """One repair under way."""

    steps: Sequence[RepairStep]
    treatment: Treatment
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unfit: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        """The steps as the log keeps them."""
        return steps_text(self.steps)

    def judge(self, kept: Kept | None, places: list[int], event: str) -> list[int]:
        """The places of those events of a request that are to be played, ascending; all others are counted."""
        if kept is None:
            self.counts["n_gone"] += len(places)
            return []
        told = dict(self._events(kept))
        fit = []
        for place in sorted(places):
            found = told.get(place)
            if found is None and place in kept.erased:
                self.counts["n_gone"] += 1
            elif found is None:
                self.counts["n_unreadable"] += 0 if event else 1  # its name is not known
            elif not event or found.name == event:
                outcome = self._judged(found)
                self.counts[outcome] += 1
                if outcome == "n_played":
                    fit.append(place)
        return fit

    def done(self) -> Repaired:
        """What it came to."""
        return Repaired(
            sum(self.counts.values()),
            **dict(self.counts),
            refused=dict(self.refused.most_common()),
            unfit=dict(self.unfit.most_common(_MOST_DETAILS)),
        )

    def _judged(self, event: Event) -> str:
        try:
            if not repaired(event, self.steps):
                return "n_unchanged"
        except UnfitError as error:
            self.unfit[str(error)] += 1
            return "n_unfit"
        violations = [] if event.name in OWN_EVENTS else check(event, self.treatment.plan)
        rejected = rejection(event, violations, self.treatment)
        if rejected is None:
            return "n_played"
        self.refused[rejected.reason.value] += 1
        return "n_refused"

    def _events(self, kept: Kept) -> Iterator[tuple[int, Event]]:
        """The events of a request with their places, as the stream reads them: with the repairs that were done before."""
        format_ = formats().get(kept.format)
        collector = self.treatment.collectors.get(kept.source)
        if format_ is None:
            return
        request = kept.request(collector.settings.get(kept.format) if collector else None)
        try:
            decoded = format_.decode(request)
        except UnreadableError:
            return
        for place, event in zip(decoded.places, format_.events(decoded, request), strict=True):
            event.source = kept.source
            event.signals = with_header(event.signals, request)
            if kept.holds(place):
                yield place, event
