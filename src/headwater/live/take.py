"""A clean event taken in: whose it is, what it changes of them, which audiences they enter and leave.

Reads and changes the persons of one transaction. What it gives goes into the stream's second log.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import msgspec

from headwater.collect.conform import conform, plain_traits
from headwater.collect.event import Event
from headwater.collect.outcome import Accepted, Moved, Outcome, Refused
from headwater.live.judge import Change, Judge
from headwater.live.people import People
from headwater.live.state import ANONYMOUS, Did, Node, Person, Said, Stated, micros
from headwater.live.stated import add_said, add_stated
from headwater.live.visits import visit_of
from headwater.profiles.computing import Value
from headwater.tables.rejection import Reason

Normalise = Callable[[str], str | None]


class Identifiers:
    """The kinds of identifier there are: how each is spelled, how surely it names one person, and which are of devices."""

    def __init__(
        self,
        normalise: Mapping[str, Normalise],
        strength: Mapping[str, int],
        devices: frozenset[str] = frozenset({ANONYMOUS}),
    ) -> None:
        self._normalise = normalise
        self._strength = strength
        self.devices = devices

    def read(self, told: Mapping[str, str]) -> dict[str, str]:
        """Those that are valid, as they are compared."""
        found: dict[str, str] = {}
        for kind, value in told.items():
            normalise = self._normalise.get(kind)
            spelled = normalise(value) if normalise else None
            if spelled is not None:
                found[kind] = spelled
        return found

    def strongest(self, identifiers: Mapping[str, str]) -> Node:
        """The one that an event belongs to."""
        return min(identifiers.items(), key=lambda node: (-self._strength[node[0]], node[0]))


class Intake:
    """Takes events in, within one transaction of the store; `note` is told of each event and whose it is."""

    def __init__(
        self,
        people: People,
        judge: Judge,
        identifiers: Identifiers,
        note: Callable[[Accepted, Person], None] = lambda *_: None,
    ) -> None:
        self._people = people
        self._judge = judge
        self._identifiers = identifiers
        self._note = note

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
        person, theirs, is_joined = self._people.whose(identifiers)
        node = self._identifiers.strongest(theirs)
        event.properties = conform({**_about(event), **event.properties})
        visit_of(event, person, position)
        accepted = _accepted(event, position, theirs, against_plan)
        is_stated = self._state(accepted, person, node)
        did = self._remember(accepted, person)
        if event.name:
            self._note(accepted, person)
        changes = self._judge.judge(
            person,
            now,
            "merge" if is_joined else f"event {event.name}" if event.name else event.kind,
            events=None if is_joined else {event.name: did} if did else {},
            attributes=is_stated,
            consents=bool(accepted.consents),
        )
        return [accepted, *moves(changes, person)]

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
        for purpose, is_granted in accepted.consents.items():
            add_said(
                person.past.said,
                Said(purpose, is_granted, accepted.occurred_at, of, position=accepted.position),
            )
        return is_new


def moves(changes: list[Change], person: Person) -> Iterator[Moved]:
    """Changes of audiences as outcomes."""
    for change in changes:
        yield Moved(change.audience, change.entered, change.at, change.reason, person.card.identifiers)


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


def _accepted(event: Event, position: int, theirs: dict[str, str], against_plan: list[str]) -> Accepted:
    return Accepted(
        position,
        event.source,
        event.kind,
        event.name,
        event.message_id or f"{position:x}",
        micros(event.occurred_at),
        micros(event.received_at),
        theirs,
        event.properties,
        plain_traits(event.traits),
        event.consents,
        against_plan,
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
