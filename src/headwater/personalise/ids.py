"""Ids of decisions: unique, and in order of time (UUID version 7, RFC 9562 section 5.7).

The first 48 bits are milliseconds since 1970, the next 12 the fraction of the millisecond (section 6.2, method 3), 62 are
chance.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def new_id(moment: datetime) -> str:
    """A new id as of an instant: 36 letters. Of two instants the earlier one's comes first in the alphabet.

    >>> new_id(datetime(2026, 11, 25, tzinfo=UTC))[:18]
    '01a21000-8800-7000'
    """
    milliseconds, microseconds = divmod((moment - _EPOCH) // _MICROSECOND, 1000)
    fraction = microseconds * 4096 // 1000
    number = milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
    return str(UUID(int=number))
