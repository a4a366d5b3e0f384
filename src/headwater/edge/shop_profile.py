"""What is known of a visitor of the demonstration's shop, for its own page: served only where the shop is.

Reads the live store and the end of the log of outcomes. In a real shop no page may ask this: who has a browser's id could read
what is known of its person.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from pathlib import Path

import msgspec

from headwater.collect.log.reader import Reader
from headwater.collect.log.segments import bases
from headwater.collect.outcome import Accepted, unpacked
from headwater.collect.request import Answer, Request
from headwater.core.sealing.seals import Seals
from headwater.live.reader import LiveReader
from headwater.live.state import moment

MOST_EVENTS = 2_000  # that are remembered
SHOWN_EVENTS = 12


class ShopProfile:
    """Answers GET /shop/profile?anonymous_id=…."""

    def __init__(self, reader: LiveReader, outcomes: Path, seals: Seals) -> None:
        self._reader = reader
        self._seals = seals
        self._outcomes = outcomes
        self._log: Reader | None = None
        self._recent: deque[Accepted] = deque(maxlen=MOST_EVENTS)

    async def answer(self, request: Request) -> Answer:
        """What is known of a visitor."""
        anonymous_id = request.parameters.get("anonymous_id", "")
        self._read_on()
        person = self._reader.find([("anonymous_id", anonymous_id)])
        known = set(person.identifiers) or {("anonymous_id", anonymous_id)}
        events = [each for each in self._recent if each.event and known & set(each.theirs)]
        told = {
            "identifiers": dict(person.identifiers),
            "traits": {name: _plain(value) for name, value in person.traits.items()},
            "audiences": sorted(person.audiences),
            "events": [
                {"name": each.event, "occurred_at": moment(each.occurred_at).isoformat()}
                for each in list(events)[-SHOWN_EVENTS:][::-1]
            ],
        }
        return Answer(200, msgspec.json.encode(told), headers=(("cache-control", "no-store"),))

    def _read_on(self) -> None:
        """Take up what the stream has written since."""
        if self._log is None:
            self._log = Reader(self._outcomes, self._seals, max(bases(self._outcomes), default=0))
        while records := self._log.read():
            for record in records:
                self._recent.extend(each for each in unpacked(record.payload) if isinstance(each, Accepted))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
