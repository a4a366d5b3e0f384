"""The stream: what happens to one event, in order, from the durable log to the live profile.

Reads the log of requests. Writes the live store and the log of outcomes, each record of the log once, whatever dies when: the
store notes, together with everything a record changed, how far it has come in both logs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import msgspec

from headwater.collect.declare import Collector
from headwater.collect.event import Event, Rejected
from headwater.collect.format import UnreadableError, formats
from headwater.collect.kept import Kept, read_kept
from headwater.collect.log.reader import Reader, Record
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Accepted, Outcome, Refused, packed
from headwater.collect.reading.signals import with_header
from headwater.collect.repairing import RepairStep, UnfitError, read_steps, repaired
from headwater.collect.step import Step, Surroundings
from headwater.collect.steps.drop_bots import drop_bots
from headwater.collect.steps.drop_too_old import drop_too_old
from headwater.collect.steps.drop_unidentified import drop_unidentified
from headwater.collect.steps.put_campaign import put_campaign
from headwater.collect.steps.put_channel import put_channel
from headwater.collect.steps.put_device import put_device
from headwater.collect.steps.put_identifiers import put_identifiers
from headwater.collect.steps.put_page import put_page
from headwater.collect.steps.put_place import put_place
from headwater.collect.steps.put_product import put_product
from headwater.collect.steps.put_referrer import put_referrer
from headwater.collect.steps.put_wishes import put_wishes
from headwater.collect.steps.scrub_ip import scrub_ip
from headwater.collect.steps.scrub_personal_data import scrub_personal_data
from headwater.collect.tracking_plan.drift import Account, observe
from headwater.collect.tracking_plan.plan import TrackingPlan, Violation, against_plan, check
from headwater.core.errors import StorageError
from headwater.core.sealing.seals import Seals
from headwater.flow.live_log import Folders
from headwater.flow.showings import Showings
from headwater.live.asked import Base, NoBase
from headwater.live.judge import Judge
from headwater.live.people import People
from headwater.live.state import Node, moment
from headwater.live.store import Draft, Store, View
from headwater.live.take import Identifiers, Intake, moves, refused
from headwater.live.ties import Ties
from headwater.personalise.decision import DECIDED, SHOWN
from headwater.privacy.consent import Lasting
from headwater.tables.rejection import Reason

ON_EVENT: tuple[Step, ...] = (
    put_identifiers,  # who it is, from what is stated of them
    drop_unidentified,  # nobody to tie it to
    drop_too_old,  # a clock that was never set
    drop_bots,  # nobody did it
    put_place,  # where, while the address is whole
    scrub_ip,  # as much of the address as the source keeps
    scrub_personal_data,  # before anything is read out of URLs
    put_wishes,  # what their consent signals say
    put_page,  # the page
    put_campaign,  # what brought them, from the URL
    put_referrer,  # who sent them
    put_channel,  # what kind of way that is
    put_device,  # with what
    put_product,  # what it was about
)

OWN_EVENTS = frozenset((DECIDED, SHOWN))  # no plan need name them
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
    ties: Ties
    around: Surroundings = field(default_factory=Surroundings)
    steps: tuple[Step, ...] = ON_EVENT
    plan: TrackingPlan = field(default_factory=TrackingPlan)
    showings: Showings = field(default_factory=Showings)
    suppressed: frozenset[str] = frozenset()
    lasting: Lasting = field(default_factory=Lasting)


class Stream:
    """Takes the log in. One process at a time.

    Attributes:
        seals: with what it seals and opens.
        n_events: taken in since it began, refused ones included.
        now: the moment up to which time has passed for it, in microseconds since 1970.
        drift: how events have looked since it began.
    """

    def __init__(
        self, folders: Folders, seals: Seals, treatment: Treatment, base: Base | None = None
    ) -> None:
        self.seals = seals
        self.n_events = 0
        self.now = 0
        self._treatment = treatment
        self._base = base or NoBase()
        self._formats = formats()
        self._store = Store(folders.store, seals, is_writer=True)
        with self._store.reading() as view:
            position, written, self.now = (
                view.number("position"),
                view.number("outcomes"),
                view.number("now"),
            )
        self._outcomes = Writer(folders.outcomes, seals)
        if self._outcomes.head.end != written:
            self._outcomes.truncate(written)
        self._reader = Reader(folders.requests, seals, position)
        if position > self._reader.end:
            raise StorageError(
                "the log of requests ends before what the live store has taken in: an older log was put back",
                next_step="run `headwater rebuild --replace`",
            )
        self._waiting = range(0)  # the keys of those who wait for what a new base says
        self.drift = Account()

    @property
    def wanted(self) -> Mapping[str, frozenset[str]]:
        """The properties of events that somebody looks at, by event name."""
        return self._treatment.judge.rules.wanted

    @property
    def behind(self) -> int:
        """Bytes of the log that wait."""
        return max(0, self._reader.end - self._reader.position)

    def reading(self) -> AbstractContextManager[View]:
        """What is in its store at this moment."""
        return self._store.reading()

    def take_some(self) -> int:
        """Take in what is there, up to a bound; gives how many records it was."""
        records = self._reader.read(AT_ONCE)
        if records:
            with self._store.writing() as draft:
                people = self._people(draft)
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
            people = self._people(draft)
            outcomes: list[Outcome] = []
            while n_judged < most and (wake := draft.next_wake()) is not None and wake[0] <= now:
                person = people.get(wake[1])
                if person is not None:
                    changes = self._treatment.judge.judge(person, wake[0], "time")
                    draft.put(person)
                    outcomes += moves(changes, person)
                n_judged += 1
            self._settle(people, draft, outcomes, self._reader.position)
        if n_judged < most:
            self.now = max(self.now, now)
        return n_judged

    def turn_to(self, base: Base) -> None:
        """Let another base stand for the lake; everyone in the store is brought in line with it by `renew_some`."""
        self._base = base
        self._let_everyone_wait()

    def judge_everyone(self, now: int) -> int:
        """Judge everyone in the store anew as of a moment; gives how many there are."""
        self._let_everyone_wait()
        self.now, n_persons = now, 0
        while self._waiting:
            n_persons += self.renew_some(judges_all=True)
        return n_persons

    def renew_some(self, most: int = 200, *, judges_all: bool = False) -> int:
        """Let some of those who wait for it be what the new base says; gives how many.

        Judged anew is of whom it says something new, or everyone. Of whom the lake knows everything is forgotten.
        """
        if not self._waiting:
            return 0
        with self._store.writing() as draft:
            people = self._people(draft)
            outcomes: list[Outcome] = []
            keys = [each for each in islice(draft.people(self._waiting.start), most) if each in self._waiting]
            for key in filter(draft.has, keys):  # one before may have taken them in
                person = people.get(key)
                if person is None:
                    continue
                if people.renew(person) or (judges_all and people.has(person)):
                    changes = self._treatment.judge.judge(person, self.now, "rules", events=None)
                    outcomes += moves(changes, person)
                if people.has(person):
                    people.drop_if_idle(person, self.now)
            self._settle(people, draft, outcomes, self._reader.position)
        self._waiting = range(keys[-1] + 1 if keys else self._waiting.stop, self._waiting.stop)
        return len(keys)

    def expect(self, nodes: Iterable[Node]) -> int:
        """Take those in who will move by time alone, so that they move in time; gives how many were not there yet."""
        n_taken = 0
        with self._store.writing() as draft:
            people = self._people(draft)
            outcomes: list[Outcome] = []
            for node in nodes:
                person = None if draft.key_of(node) is not None else people.known(node)
                if person is not None:
                    n_taken += 1
                    changes = self._treatment.judge.judge(person, self.now, "time", events=None)
                    outcomes += moves(changes, person)
            self._settle(people, draft, outcomes, self._reader.position)
        return n_taken

    def close(self) -> None:
        """Let go of the files."""
        self._reader.close()
        self._outcomes.close()
        self._store.close()

    def _people(self, draft: Draft) -> People:
        return People(draft, self._base, self._treatment.judge.rules, self._treatment.ties, self.now)

    def _let_everyone_wait(self) -> None:
        with self._store.reading() as view:
            self._waiting = range(view.end_of_people())

    def _settle(self, people: People, draft: Draft, outcomes: list[Outcome], position: int) -> None:
        """Make the outcomes durable; the transaction, which ends next, then notes how far it came."""
        for person in list(people.unjudged.values()):
            outcomes += moves(self._treatment.judge.judge(person, self.now, "identity"), person)
            people.drop_if_idle(person, self.now)
        people.keep()
        if outcomes:
            self._outcomes.append([packed(outcomes)])
        draft.note("position", position)
        draft.note("outcomes", self._outcomes.head.end)
        draft.note("now", self.now)

    # One record, one request, one event

    def _outcomes_of(self, records: Iterable[Record], people: People, draft: Draft) -> Iterator[Outcome]:
        treatment = self._treatment
        intake = Intake(
            people,
            treatment.judge,
            treatment.identifiers,
            partial(treatment.showings.note, draft),
            treatment.suppressed,
            treatment.lasting,
        )
        for record in records:
            try:
                kept = read_kept(record.payload)
            except msgspec.MsgspecError:
                _log.exception("a record of the log at %d cannot be read and is passed over", record.position)
                continue
            self.now = max(self.now, kept.received_at)
            if kept.is_erased:
                continue
            for index, event in self._told(kept, record.position):
                self.n_events += 1
                position = record.position * MOST_EVENTS_A_REQUEST + index
                if isinstance(event, Refused):
                    yield event
                else:
                    yield from self._take(event, position, intake, draft)

    def _told(self, kept: Kept, position: int) -> Iterator[tuple[int, Event | Refused]]:
        """The events of a request, in their order, with their places in it; those that were erased are none."""
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
        steps = [step for each in kept.repairs for step in read_steps(each)]
        for place, event in zip(decoded.places, events, strict=True):
            event.source = kept.source
            event.signals = with_header(event.signals, request)
            if kept.only:
                # Of an event without an id its first place is the id: so it is taken in once, however often it is played.
                event.message_id = event.message_id or f"{kept.position * MOST_EVENTS_A_REQUEST + place:x}"
            if kept.holds(place):
                yield place, _repaired(event, steps, position * MOST_EVENTS_A_REQUEST + place)
        for bad in decoded.rejected:
            if kept.holds(bad.index):
                yield bad.index, _part_refused(bad, kept, position)

    def _take(self, event: Event, position: int, intake: Intake, draft: Draft) -> Iterator[Outcome]:
        message = (
            f"{event.source}\0{event.message_id}" if event.message_id else ""
        )  # clients of others have ids of their own
        if message and draft.was_seen(message):
            yield refused(event, position, Reason.DUPLICATE, "a message of this id came before")
            return
        violations = [] if event.name in OWN_EVENTS else check(event, self._treatment.plan)
        observe(self.drift, event, violations)
        rejected = rejection(event, violations, self._treatment)
        if rejected is not None:
            yield refused(event, position, rejected.reason, rejected.detail)
            return
        outcomes = intake.take(event, position, self.now, [str(each) for each in violations])
        if message and isinstance(outcomes[0], Accepted):
            draft.see(message, f"{moment(self.now):%Y%m%d}")  # of a replay that is not when it came
        yield from outcomes


def _repaired(event: Event, steps: Sequence[RepairStep], position: int) -> Event | Refused:
    """An event with what is repaired in it; refused, if a wire format makes something of it by now that cannot be."""
    try:
        repaired(event, steps)
    except UnfitError as error:
        return refused(event, position, Reason.INVALID_VALUE, f"cannot be repaired: {error}")
    return event


def rejection(event: Event, violations: list[Violation], treatment: Treatment) -> Rejected | None:
    """Clean and enrich an event, in place; a rejection, if it cannot be used, or is kept aside for what it does not follow."""
    for step in treatment.steps:
        rejected = step(event, treatment.around)
        if rejected is not None:
            return rejected
    collector = treatment.collectors.get(event.source)
    keeps_aside = collector is not None and collector.said.plan == "quarantine"
    return against_plan(violations) if violations and keeps_aside else None


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
