"""The stream: what happens to one event, in order, from the durable log to the live profile.

Reads the log of requests. Writes the live store and the log of outcomes, each record of the log once, whatever dies when: the
store notes, together with everything a record changed, how far it has come in both logs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from headwater.collect.declare import Collector
from headwater.collect.event import Event, Rejected
from headwater.collect.format import UnreadableError, formats
from headwater.collect.kept import Kept, read_kept
from headwater.collect.log.reader import Reader, Record
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Outcome, Refused, packed
from headwater.collect.step import Step, Surroundings
from headwater.collect.steps.drop_bots import drop_bots
from headwater.collect.steps.drop_too_old import drop_too_old
from headwater.collect.steps.drop_unidentified import drop_unidentified
from headwater.collect.steps.put_campaign import put_campaign
from headwater.collect.steps.put_channel import put_channel
from headwater.collect.steps.put_device import put_device
from headwater.collect.steps.put_page import put_page
from headwater.collect.steps.put_place import put_place
from headwater.collect.steps.put_product import put_product
from headwater.collect.steps.put_referrer import put_referrer
from headwater.collect.steps.scrub_ip import scrub_ip
from headwater.collect.steps.scrub_personal_data import scrub_personal_data
from headwater.flow.live_log import Folders
from headwater.live.judge import Judge
from headwater.live.people import Base, NoBase, People
from headwater.live.store import Draft, Store
from headwater.live.take import Identifiers, Intake, moves, refused
from headwater.tables.rejection import Reason

ON_EVENT: tuple[Step, ...] = (
    drop_unidentified,  # nobody to tie it to
    drop_too_old,  # a clock that was never set
    drop_bots,  # nobody did it
    put_device,  # what it was done with
    put_place,  # where, while the address is still whole
    scrub_ip,  # as much of the address as the source keeps
    put_campaign,  # what brought them, from the page's address
    put_referrer,  # where they came from
    put_channel,  # what kind of way that is
    put_page,  # the page itself
    put_product,  # what kind of thing it is
    scrub_personal_data,  # what should not stand in addresses and texts
)

MOST_EVENTS_A_REQUEST = 4096
AT_ONCE = (
    256 * 1024
)  # bytes of the log in one transaction: what is visible within a second must not wait for more
_BACKWARDS = 5_000_000  # microseconds the clock may go back before everyone is judged anew
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Treatment:
    """What a project says about events on their way: changes when its files do."""

    collectors: Mapping[str, Collector]
    judge: Judge
    identifiers: Identifiers
    around: Surroundings = field(default_factory=Surroundings)
    steps: tuple[Step, ...] = ON_EVENT


class Stream:
    """Takes the log in. One process at a time.

    Attributes:
        n_events: taken in since it began, refused ones included.
        now: the moment up to which time has passed for it, in microseconds since 1970.
    """

    def __init__(self, folders: Folders, treatment: Treatment, base: Base | None = None) -> None:
        self.n_events = 0
        self.now = 0
        self._treatment = treatment
        self._base = base or NoBase()
        self._formats = formats()
        self._store = Store(folders.store, is_writer=True)
        with self._store.reading() as view:
            position, written, self.now = (
                view.number("position"),
                view.number("outcomes"),
                view.number("now"),
            )
        self._outcomes = Writer(folders.outcomes)
        if self._outcomes.head.end != written:
            self._outcomes.truncate(written)
        self._reader = Reader(folders.requests, position)

    @property
    def behind(self) -> int:
        """Bytes of the log that wait."""
        return max(0, self._reader.end - self._reader.position)

    def take_some(self) -> int:
        """Take in what is there, up to a bound; gives how many records it was."""
        records = self._reader.read(AT_ONCE)
        if records:
            with self._store.writing() as draft:
                people = People(draft, self._base)
                outcomes = list(self._outcomes_of(records, people, draft))
                self._settle(people, draft, outcomes, records[-1].next_position)
        return len(records)

    def pass_time(self, now: int, most: int = 500) -> int:
        """Judge those again whose audiences may turn by themselves up to a moment; gives how many were.

        A clock that was put back is followed: everyone is judged by what it says now.
        """
        if now < self.now - _BACKWARDS:
            return self.judge_everyone(now)
        n_judged = 0
        with self._store.reading() as view:
            if (first := view.next_wake()) is None or first[0] > now:
                self.now = max(self.now, now)
                return 0
        with self._store.writing() as draft:
            people = People(draft, self._base)
            outcomes: list[Outcome] = []
            while n_judged < most and (wake := draft.next_wake()) is not None and wake[0] <= now:
                person = people.get(wake[1])
                changes = self._treatment.judge.judge(person, wake[0], "time")
                draft.put(person)
                outcomes += moves(changes, person)
                n_judged += 1
            self._settle(people, draft, outcomes, self._reader.position)
        if n_judged < most:
            self.now = max(self.now, now)
        return n_judged

    def judge_everyone(self, now: int, at_once: int = 500) -> int:
        """Judge everyone in the store anew as of a moment; gives how many there are."""
        with self._store.reading() as view:
            keys = list(view.people())
        for first in range(0, len(keys), at_once):
            with self._store.writing() as draft:
                people = People(draft, self._base)
                outcomes: list[Outcome] = []
                for key in keys[first : first + at_once]:
                    person = people.get(key)
                    outcomes += moves(self._treatment.judge.judge(person, now, "rules", events=None), person)
                self._settle(people, draft, outcomes, self._reader.position)
        self.now = now
        return len(keys)

    def close(self) -> None:
        """Let go of the files."""
        self._reader.close()
        self._outcomes.close()
        self._store.close()

    def _settle(self, people: People, draft: Draft, outcomes: list[Outcome], position: int) -> None:
        """Make the outcomes durable; the transaction, which ends next, then notes how far it came."""
        people.keep()
        if outcomes:
            self._outcomes.append([packed(outcomes)])
        draft.note("position", position)
        draft.note("outcomes", self._outcomes.head.end)
        draft.note("now", self.now)

    # One record, one request, one event

    def _outcomes_of(self, records: Iterable[Record], people: People, draft: Draft) -> Iterator[Outcome]:
        intake = Intake(people, self._treatment.judge, self._treatment.identifiers)
        for record in records:
            try:
                kept = read_kept(record.payload)
            except msgspec.MsgspecError:
                _log.exception("a record of the log at %d cannot be read and is passed over", record.position)
                continue
            self.now = max(self.now, kept.received_at)
            for index, event in self._told(kept, record.position):
                self.n_events += 1
                position = record.position * MOST_EVENTS_A_REQUEST + index
                if isinstance(event, Refused):
                    yield event
                else:
                    yield from self._take(event, position, intake, draft)

    def _told(self, kept: Kept, position: int) -> Iterator[tuple[int, Event | Refused]]:
        """The events of a request, in their order, with their places in it."""
        collector = self._treatment.collectors.get(kept.source)
        format_ = self._formats.get(kept.format)
        settings = collector.settings.get(kept.format) if collector else None
        if kept.fault or format_ is None:
            yield 0, _request_refused(kept, position, kept.fault or f"no wire format '{kept.format}'")
            return
        request = kept.request(settings)
        try:
            decoded = format_.decode(request)
        except UnreadableError as error:
            yield 0, _request_refused(kept, position, error.detail)
            return
        events = format_.events(decoded, request)
        for place, event in zip(decoded.places, events, strict=True):
            event.source = kept.source
            yield place, event
        for bad in decoded.rejected:
            yield bad.index, _part_refused(bad, kept, position)

    def _take(self, event: Event, position: int, intake: Intake, draft: Draft) -> Iterator[Outcome]:
        if event.message_id and not self._is_first(event, position, draft):
            yield refused(event, position, Reason.DUPLICATE, "a message of this id came before")
            return
        for step in self._treatment.steps:
            rejected = step(event, self._treatment.around)
            if rejected is not None:
                yield refused(event, position, rejected.reason, rejected.detail)
                return
        yield from intake.take(event, position, self.now, [])

    def _is_first(self, event: Event, position: int, draft: Draft) -> bool:
        return draft.first_seen(event.message_id, position, f"{event.received_at:%Y%m%d}")


def _request_refused(kept: Kept, position: int, detail: str) -> Refused:
    return Refused(
        position * MOST_EVENTS_A_REQUEST,
        kept.source,
        kept.format,
        Reason.INVALID_JSON.value,
        detail,
        kept.received_at,
        raw=kept.body.decode("utf-8", "replace"),
    )


def _part_refused(bad: Rejected, kept: Kept, position: int) -> Refused:
    return Refused(
        position * MOST_EVENTS_A_REQUEST + bad.index,
        kept.source,
        kept.format,
        bad.reason.value,
        bad.detail,
        kept.received_at,
        bad.message_id,
        raw=bad.raw,
    )
