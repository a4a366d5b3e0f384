"""The newest events as the stream writes them, while somebody watches: who they are about, and what they say, is left out.

Reads the end of the log of outcomes, for all pages of a console together. Keeps in memory what may be said of each to whoever
sees counts: when, where from, its name and what was wrong; and where it stands, to be read again by who may see it whole.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from weakref import WeakKeyDictionary

from headwater.collect.enriching.personal_data import without_personal_data
from headwater.collect.log.reader import Reader, Record, beginning
from headwater.collect.log.segments import bases
from headwater.collect.outcome import Accepted, Moved, Refused, unpacked
from headwater.console.desk.desk import Desk
from headwater.core.errors import StorageError
from headwater.core.sealing.seals import Seals
from headwater.flow.live_log import Folders
from headwater.live.state import moment

KEPT = 2_000  # events
LOOK_SECONDS = 0.4  # between two looks, however many watch
FAR_BEHIND, NEAR = 4_000_000, 2_000_000  # bytes: what is further behind is passed over, up to so near the end
LONGEST = 200  # characters of a name


@dataclass(frozen=True)
class Came:
    """An event that came, without anything of anybody.

    Attributes:
        number: counts all that were seen here, from 1.
        event: its name, or the kind of call that it was.
        reason, detail: why it was refused; empty: it was taken in.
        against: what the plan says otherwise of it.
        names: of its properties.
        position, place: where it stands in the log of outcomes.
    """

    number: int
    at: datetime
    source: str
    event: str
    reason: str
    detail: str
    against: tuple[str, ...]
    names: tuple[str, ...]
    position: int
    place: int

    @property
    def is_bad(self) -> bool:
        """Whether it was refused, or does not follow the plan."""
        return bool(self.reason or self.against)

    def fits(self, words: Sequence[str], source: str, *, bad: bool) -> bool:
        """Whether it is among those looked for: by names and reasons, never by what a property says."""
        if (source and self.source != source) or (bad and not self.is_bad):
            return False
        said = " ".join(
            (self.event, self.source, self.reason, self.detail, *self.against, *self.names)
        ).casefold()
        return all(word in said for word in words)


class Tail:
    """The newest events of a project.

    Attributes:
        n_seen: how many were seen since the first look.
        n_jumps: how often more came than can be read beside everything else, and some were passed over.
    """

    def __init__(self, root: Path, seals: Seals) -> None:
        self._folder = Folders.of(root).outcomes
        self._seals = seals
        self._thread = ThreadPoolExecutor(1, "tail")
        self._reader: Reader | None = None
        self._looked = float("-inf")
        self._kept: deque[Came] = deque(maxlen=KEPT)
        self.n_seen = 0
        self.n_jumps = 0

    @property
    def is_there(self) -> bool:
        """Whether anything was ever taken in live."""
        return bool(bases(self._folder))

    async def look(self) -> None:
        """Read on, unless that was just done.

        Raises:
            HeadwaterError: the log cannot be read.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self.read_on)

    def read_on(self) -> None:
        """The same, in this thread."""
        try:
            self._read_on()
        except OSError as error:  # its oldest file has just gone, or the disk does not answer
            raise StorageError(
                "the log of what came cannot be read just now", next_step="try again"
            ) from error

    def _read_on(self) -> None:
        if time.monotonic() - self._looked < LOOK_SECONDS or not self.is_there:
            return
        reader = self._reader = self._reader or Reader(self._folder, self._seals)
        end = reader.end
        reader.position = min(reader.position, end)  # the stream takes back what it could not note
        if end - reader.position > FAR_BEHIND:
            self.n_jumps += self.n_seen > 0
            reader.position = end - NEAR
        reader.position = max(reader.position, beginning(self._folder))
        while reader.position < end and (records := reader.read()):
            for record in records:
                self._kept.extend(self._came(record))
        self._looked = time.monotonic()

    def after(self, number: int) -> list[Came]:
        """What is kept of those that came after one, newest first."""
        return list(takewhile(lambda each: each.number > number, reversed(list(self._kept))))

    def _came(self, record: Record) -> Iterator[Came]:
        for place, outcome in enumerate(unpacked(record.payload)):
            if not isinstance(outcome, Moved):
                self.n_seen += 1
                yield came(outcome, self.n_seen, record.position, place)


def came(outcome: Accepted | Refused, number: int, position: int, place: int) -> Came:
    """What may be said of an outcome to whoever sees counts."""
    is_taken = isinstance(outcome, Accepted)
    name = outcome.event or (outcome.kind if isinstance(outcome, Accepted) else outcome.format)
    told = [*outcome.properties, *outcome.traits] if isinstance(outcome, Accepted) else []
    return Came(
        number,
        moment(outcome.received_at).replace(tzinfo=None),
        outcome.source,
        _name(name),
        "" if is_taken else getattr(outcome, "reason", ""),
        "" if is_taken else getattr(outcome, "detail", ""),
        tuple(outcome.against_plan) if isinstance(outcome, Accepted) else (),
        tuple(_name(each) for each in told),
        position,
        place,
    )


def _name(name: str) -> str:
    return without_personal_data(name[:LONGEST])


_OF: WeakKeyDictionary[Desk, Tail] = WeakKeyDictionary()


def tail_of(desk: Desk) -> Tail:
    """The tail that all pages of a desk watch."""
    if desk not in _OF:
        _OF[desk] = Tail(desk.root, desk.seals)
    return _OF[desk]
