"""When an event happened, by a clock that can be trusted: the client's is corrected by how late it says it sent."""

from __future__ import annotations

from datetime import datetime, timedelta


def corrected(received_at: datetime, said_at: datetime | None, sent_at: datetime | None) -> datetime:
    """The moment of an event: as long before it was received as the client says it was before it was sent.

    Without `sent_at` the client's own moment is taken as it is. Never later than it was received.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    >>> ahead = timedelta(hours=3)  # the client's clock
    >>> corrected(noon, noon + ahead - timedelta(minutes=5), noon + ahead).time().isoformat()
    '11:55:00'
    """
    if said_at is None:
        return received_at
    moment = said_at if sent_at is None else _minus(received_at, sent_at - said_at)
    return min(moment, received_at)


def _minus(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment - span
    except OverflowError:
        return moment
