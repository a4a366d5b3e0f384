"""A clean event taken in: whose it is, what it changes of them, which audiences they enter and leave.

Reads and changes the persons of one transaction. What it gives goes into the stream's second log.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Set

import msgspec

from headwater.collect.conform import conform, plain_traits
from headwater.collect.event import Event
from headwater.collect.outcome import Accepted, Moved, Outcome, Refused
from headwater.live.judge import Change, Judge
from headwater.live.pasts import add_seen
from headwater.live.people import People
from headwater.live.state import Did, Node, Person, Said, Seen, Stated, micros
from headwater.live.stated import add_said, add_stated
from headwater.live.visits import visit_of
from headwater.privacy.consent import Lasting
from headwater.privacy.signals.incoming import Signal
from headwater.profiles.computing import Value
from headwater.tables.rejection import Reason

Normalise = Callable[[str], str | None]


class Identifiers:
    """The kinds of identifier there are: how each is spelled, and how surely it names one person."""

    def __init__(self, normalise: Mapping[str, Normalise], strength: Mapping[str, int]) -> None:
        self._normalise = normalise
        self._strength = strength

    def read(self, told: Mapping[str, str]) -> dict[str, str]:
        """Those that are valid, as they are compared, the strongest first: to it an event belongs."""
        found: dict[str, str] = {}
        for kind in sorted(
            told.keys() & self._normalise.keys(), key=lambda kind: (-self._strength[kind], kind)
        ):
            spelled = self._normalise[kind](told[kind])
            if spelled is not None:
                found[kind] = spelled
        return found


class Intake:
    """Takes events in, within one transaction of the store.

    `note` is told of each event and whose it is; `suppressed` are the blind indexes of who is to be kept out; `lasting` says
    how long agreements hold.
    """

    def __init__(
        self,
        people: People,
        judge: Judge,
        identifiers: Identifiers,
        note: Callable[[Accepted, Person], None] = lambda *_: None,
        suppressed: Set[str] = frozenset(),
        lasting: Lasting = Lasting(),  # noqa: B008 - it cannot be changed
    ) -> None:
        self._people = people
        self._suppressed = suppressed
        self._judge = judge
        self._identifiers = identifiers
        self._note = note
        self._lasting = lasting

    def take(self, event: Event, position: int, now: int, against_plan: list[str]) -> list[Outcome]:
        """Take an event in.

        Args:
            event: after all steps.
            position: in the log; see `outcome.Accepted`.
            now: microseconds since 1970.
            against_plan: what the tracking plan says otherwise.
        """
        told = {**{kind: value for kind, value in event.previous.items() if kind not in event.identifiers}}
        identifiers = self._identifiers.read({**told, **event.identifiers})
        if not identifiers:
            reason = Reason.INVALID_IDENTIFIER if event.identifiers else Reason.NO_IDENTIFIER
            return [refused(event, position, reason, "no identifier in it is a valid one")]
        if self._are_suppressed(identifiers):
            return [_suppressed(event, position)]
        whose = self._people.whose(identifiers, event.source, micros(event.occurred_at))
        event.properties = conform({**_about(event), **event.properties})
        person = whose.person
        if person is None:
            return [_accepted(event, position, identifiers, whose.aside, against_plan)]
        visit_of(event, person, position)
        accepted = _accepted(event, position, identifiers, whose.aside, against_plan)
        node = next(iter(identifiers.items()))
        is_stated = self._state(accepted, person, node)
        did = self._remember(accepted, person)
        seen = Seen(accepted.source, accepted.occurred_at, list(identifiers.items()), [position])
        add_seen(person.past.seen, seen, is_kept=did is not None)
        if event.name:
            self._note(accepted, person)
        changes = self._judge.judge(
            person,
            now,
            "merge" if whose.is_joined else f"event {event.name}" if event.name else event.kind,
            events=None if whose.is_joined else {event.name: did} if did else {},
            attributes=is_stated,
            consents=bool(accepted.consents or accepted.wishes),
        )
        return [accepted, *moves(changes, person)]

    def _are_suppressed(self, identifiers: Mapping[str, str]) -> bool:
        return bool(self._suppressed) and any(
            self._people.standing_for(node)[1] in self._suppressed for node in identifiers.items()
        )

    def _remember(self, accepted: Accepted, person: Person) -> Did | None:
        """Keep what rules and traits look at of an event; None: they do not look at it."""
        wanted = self._judge.rules.looks_at(accepted.event) if accepted.event else None
        if wanted is None:
            return None
        properties = {
            name: _number_or(accepted.properties[name]) for name in wanted if name in accepted.properties
        }
        did = Did(accepted.occurred_at, accepted.event_id, accepted.position, properties)
        person.past.did.setdefault(accepted.event, []).append(did)
        return did

    def _state(self, accepted: Accepted, person: Person, node: Node) -> bool:
        """Note what an event states of a person; gives whether any attribute is new."""
        is_new = False
        of = self._people.standing_for(node)
        for name, value in accepted.traits.items():
            stated = Stated(accepted.source, accepted.occurred_at, of, _as_value(value), accepted.position)
            is_new |= add_stated(person.past.stated, name, stated)
        for said in self._said(accepted, of):
            add_said(person.past.said, said)
        return is_new

    def _said(self, accepted: Accepted, of: Node) -> Iterator[Said]:
        """What an event says of purposes: choices of the strongest identifier, signals of whom they speak of."""
        at, position = accepted.occurred_at, accepted.position
        for purpose, is_granted in accepted.consents.items():
            until = self._lasting.until(purpose, at, is_granted=is_granted)
            yield Said(purpose, is_granted, at, of, until, position)
        for wish in accepted.wishes:
            is_by_gpc = wish.signal == Signal.GPC
            until = 0 if is_by_gpc else self._lasting.until(wish.purpose, wish.at, is_granted=wish.is_granted)
            for kind in accepted.said_of(wish):
                node = self._people.standing_for((kind, accepted.identifiers[kind]))
                yield Said(wish.purpose, wish.is_granted, wish.at, node, until, position, is_by_gpc)


def moves(changes: list[Change], person: Person) -> Iterator[Moved]:
    """Changes of audiences as outcomes."""
    for change in changes:
        yield Moved(change.audience, change.entered, change.at, change.reason, person.card.identifiers)


def _suppressed(event: Event, position: int) -> Refused:
    """An event of somebody who is to be kept out: that one came, and nothing of it."""
    return Refused(
        position,
        event.source,
        "",
        Reason.SUPPRESSED.value,
        "the person asked to be forgotten",
        micros(event.received_at),
    )


def refused(event: Event, position: int, reason: Reason, detail: str, format_: str = "") -> Refused:
    """An event that could not be used, as an outcome; what it was is kept whole."""
    return Refused(
        position,
        event.source,
        format_,
        reason.value,
        detail,
        micros(event.received_at),
        event.message_id,
        event.name,
        msgspec.json.encode(event).decode("utf-8", "replace"),
    )


def _about(event: Event) -> dict[str, object]:
    """What stands beside an event's properties and belongs to what happened."""
    told = {"url": event.url, "referrer": event.referrer, "language": event.language, "ip": event.ip}
    return {name: value for name, value in told.items() if value} if event.name else {}


def _accepted(
    event: Event, position: int, identifiers: dict[str, str], aside: list[str], against_plan: list[str]
) -> Accepted:
    return Accepted(
        position,
        event.source,
        event.kind,
        event.name,
        event.message_id or f"{position:x}",
        micros(event.occurred_at),
        micros(event.received_at),
        identifiers,
        event.properties,
        plain_traits(event.traits),
        event.consents,
        against_plan,
        aside,
        event.wishes,
        event.refused_signals,
    )


def _number_or(value: object) -> object:
    """A number as rules and traits take it; anything else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return value


def _as_value(value: object) -> Value:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]
