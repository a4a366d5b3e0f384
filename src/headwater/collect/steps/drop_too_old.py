"""Reject events of a time before there was anything to collect: the device's clock was never set."""

from __future__ import annotations

from datetime import UTC, datetime

from headwater.collect.event import Event, Rejected
from headwater.collect.step import Surroundings
from headwater.tables.rejection import Reason

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_REJECTED = Rejected(Reason.INVALID_TIME, f"occurred_at: lies before {EARLIEST.year}")


def drop_too_old(event: Event, around: Surroundings) -> Rejected | None:
    """Reject what happened before 2000; what lies in the future was held back when it was read."""
    return _REJECTED if event.occurred_at < EARLIEST else None
