"""What the consent signals of an event say of our own purposes, with the choices that came along; refused ones are noted.

The event is taken in whatever its signals are.
"""

from __future__ import annotations

from headwater.collect.event import Event
from headwater.collect.step import Surroundings


def put_wishes(event: Event, around: Surroundings) -> None:
    """Make wishes of signals; choices of purposes that signals speak of count together with these."""
    if not event.signals:
        return
    heard = around.hear(event.signals, event.consents, event.occurred_at)
    event.wishes, event.refused_signals = list(heard.wishes), list(heard.refused)
    spoken_of = {each.purpose for each in heard.wishes}
    event.consents = {name: said for name, said in event.consents.items() if name not in spoken_of}
