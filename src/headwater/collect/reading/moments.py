"""When an event happened, by a clock that can be trusted: the client's is corrected by how late it says it sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_FROM_HERE_MILLISECONDS = 1e11
"""As seconds that would be the year 5138, as milliseconds it is 1973."""
_NUMBERS = (int, float)
_LONGEST_DATE = 8  # digits: 20261125


def read_moment(told: object) -> datetime | None:
    """An instant as clients tell it, UTC; None if it is none.

    ISO 8601 text (without a zone it is UTC), or seconds or milliseconds since 1970 as number or text.

    >>> read_moment("2026-11-25T13:00:00.250+01:00").isoformat()
    '2026-11-25T12:00:00.250000+00:00'
    >>> read_moment(1795608000), read_moment("1795608000000") == read_moment(1795608000)
    (datetime.datetime(2026, 11, 25, 12, 0, tzinfo=datetime.timezone.utc), True)
    >>> read_moment("yesterday") is None
    True
    """
    try:
        if isinstance(told, str) and not (len(told) > _LONGEST_DATE and told.isdecimal()):
            moment = datetime.fromisoformat(told.strip())
            if moment.tzinfo is UTC:
                return moment
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if isinstance(told, str):
            return _from_number(int(told))
        if isinstance(told, _NUMBERS) and not isinstance(told, bool):
            return _from_number(told)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def corrected(received_at: datetime, said_at: datetime | None, sent_at: datetime | None) -> datetime:
    """The moment of an event: as long before it was received as the client says it was before it was sent.

    Without `sent_at` the client's own moment is taken as it is. Never later than it was received.

    >>> noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    >>> ahead = timedelta(hours=3)  # the client's clock
    >>> corrected(noon, noon + ahead - timedelta(minutes=5), noon + ahead).time().isoformat()
    '11:55:00'
    """
    if said_at is None:
        return received_at
    moment = said_at if sent_at is None else _minus(received_at, sent_at - said_at)
    return min(moment, received_at)


def _from_number(number: float) -> datetime:
    is_milliseconds = abs(number) >= _FROM_HERE_MILLISECONDS
    return datetime.fromtimestamp(number / 1000 if is_milliseconds else number, UTC)


def _minus(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment - span
    except OverflowError:
        return moment
