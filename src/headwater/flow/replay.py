"""Play again what was refused: once a plan, a collector or a client's format is mended, the events need not be lost.

Reads the log of outcomes and the log of requests. Writes the log of requests: each request once more, with the events of it that
were refused; the stream judges them by what holds now. What was accepted meanwhile is not played, however long ago that was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from headwater.collect.kept import read_kept
from headwater.collect.log.reader import Reader, beginning, read_all
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import NOT_KEPT, Accepted, Refused, unpacked
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.core.sealing.seals import Seals
from headwater.flow.live_log import Folders, taken_until
from headwater.flow.stream import MOST_EVENTS_A_REQUEST
from headwater.live.state import micros

_WHOLE = list(
    range(MOST_EVENTS_A_REQUEST)
)  # of a request that could not be read it is not known what was in it


@dataclass(frozen=True)
class Wanted:
    """Which refused events; what is left out is not asked for."""

    since: datetime | None = None
    source: str = ""
    reason: str = ""

    def takes(self, refused: Refused) -> bool:
        """Whether an event is among them; duplicates never are."""
        return (
            refused.reason not in NOT_KEPT
            and (self.since is None or refused.received_at >= micros(self.since))
            and (not self.source or refused.source == self.source)
            and (not self.reason or refused.reason == self.reason)
        )


@dataclass(frozen=True)
class Replayed:
    """How many events were played again, and of how many the request is not kept any more."""

    n_events: int
    n_gone: int


def replay(project: Project, wanted: Wanted, *, only_count: bool = False) -> Replayed:
    """Play the refused events that are wanted again; each request at most once.

    Raises:
        OSError: the log cannot be written.
    """
    folders = Folders.of(project.root)
    places: dict[int, set[int]] = {}
    for refused in still_refused(project, wanted):
        record, place = divmod(refused.position, MOST_EVENTS_A_REQUEST)
        places.setdefault(record, set()).add(place)
    kept_from = beginning(folders.requests)
    there = {position: found for position, found in sorted(places.items()) if position >= kept_from}
    n_events = sum(len(found) for found in there.values())
    n_gone = sum(len(found) for found in places.values()) - n_events
    if there and not only_count:
        _play(folders, seals_of(project), there)
    return Replayed(n_events, n_gone)


def _play(folders: Folders, seals: Seals, places: dict[int, set[int]]) -> None:
    reader, writer = Reader(folders.requests, seals), Writer(folders.requests, seals)
    try:
        for position, found in places.items():
            reader.position = position
            records = reader.read(1)
            if records and records[0].position == position:  # else it is damaged, and passed over
                kept = read_kept(records[0].payload)
                if kept.is_erased:
                    continue
                writer.append([kept.again(_WHOLE if kept.fault else sorted(found), position)])
    finally:
        reader.close()
        writer.close()


def still_refused(project: Project, wanted: Wanted) -> list[Refused]:
    """Those that are wanted and still refused, each as it was refused last."""
    found: dict[str, Refused] = {}
    for record in read_all(Folders.of(project.root).outcomes, seals_of(project), 0, taken_until(project)):
        for outcome in unpacked(record.payload):
            if isinstance(outcome, Accepted):
                found.pop(outcome.event_id, None)
            elif isinstance(outcome, Refused) and wanted.takes(outcome):
                found[outcome.message_id or f"{outcome.position:x}"] = outcome
    return list(found.values())
