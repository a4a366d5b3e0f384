"""Reject events that name nobody."""

from __future__ import annotations

from headwater.collect.event import Event, Rejected
from headwater.collect.step import Surroundings
from headwater.tables.rejection import Reason

_REJECTED = Rejected(Reason.NO_IDENTIFIER, "identifiers: none of them holds a value")


def drop_unidentified(event: Event, around: Surroundings) -> Rejected | None:
    """Reject events without any identifier, or with blank ones only."""
    return None if any(value.strip() for value in event.identifiers.values()) else _REJECTED
