"""The value of a computed trait of one profile in memory: what `build` computes for everyone, with the same result.

Reads nothing but the events it is given; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from headwater.core.clock import Clock, Window
from headwater.profiles.computing import Happening, Happenings, Value, passes
from headwater.profiles.trait import TraitDeclaration, trait_kinds


class Event(Protocol):
    """An event as far as traits care."""

    @property
    def event(self) -> str:
        """What happened."""

    @property
    def event_id(self) -> str:
        """Its id."""

    @property
    def occurred_at(self) -> datetime:
        """When, UTC."""

    @property
    def properties(self) -> Mapping[str, object]:
        """Columns of `events` by name; numbers are floats."""


def value_of(trait: TraitDeclaration, events: Iterable[Event], clock: Clock) -> Value:
    """What a trait is for someone who did these events; None: they have no such trait."""
    window = trait.within.window(clock) if trait.within else Window()
    now = clock.now()
    chosen = [
        Happening(each.occurred_at, each.event_id, _value(trait, each))
        for each in events
        if each.occurred_at <= now
        and (trait.event is None or each.event == trait.event)
        and (window.start is None or each.occurred_at > window.start)
        and passes(trait.where, each.properties)
    ]
    kind = trait_kinds()[trait.kind]
    found = kind.compute(Happenings(chosen, clock.zone, now.astimezone(clock.zone).date()))
    return float(kind.if_none) if found is None and kind.if_none is not None else found


def _value(trait: TraitDeclaration, event: Event) -> Value:
    if trait.property in (None, "occurred_at"):
        return event.occurred_at
    if trait.property == "event":
        return event.event
    value = event.properties.get(trait.property or "")
    return value if isinstance(value, (str, float, bool, datetime)) else None
