"""Sessions: events of one browser or app that are less than half an hour apart are one visit.

A visit begins with the first event after a pause. An event that comes late belongs to the visit that is open.
"""

from __future__ import annotations

from headwater.collect.event import Event
from headwater.live.state import ANONYMOUS, Person, Visit, micros

PAUSE = 30 * 60 * 1_000_000  # microseconds


def visit_of(event: Event, person: Person, position: int) -> None:
    """Put the session into an event that a browser or app told of, and note it with the person."""
    if not event.name or ANONYMOUS not in event.identifiers:
        return
    at, last = micros(event.occurred_at), person.past.visit
    if last is None or at - last.at > PAUSE:
        last = Visit(f"{position:x}", (last.number if last else 0) + 1, at)
    person.past.visit = Visit(last.session_id, last.number, max(at, last.at))
    event.properties.setdefault("session_id", last.session_id)
    event.properties.setdefault("session_number", last.number)


def is_visiting(person: Person, now: int) -> bool:
    """Whether the next event of a person may still belong to a visit that is open; `now` in microseconds since 1970."""
    visit = person.past.visit
    return visit is not None and now - visit.at <= PAUSE
