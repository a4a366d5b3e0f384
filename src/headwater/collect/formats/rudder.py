"""What of RudderStack's protocol is its own: the settings its browser library fetches, and its beacon.

Its calls themselves are Segment's and come to Segment's paths (`/v1/batch`, `/v1/track`, …): `segment.py` has those, and
`collect/reading/calls.py` reads what RudderStack writes differently. A collector for RudderStack's libraries names both formats.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from headwater.collect.event import Event
from headwater.collect.format import Decoded, Fault, Route
from headwater.collect.reading import answers, keys
from headwater.collect.reading.call_events import events_of
from headwater.collect.reading.calls import ANONYMOUS_HEADER, NAMES, key_in, read_batch
from headwater.collect.request import Answer, Request
from headwater.collect.spans import Span, items_at
from headwater.core.documents import Declaration

_BEACON = "/beacon/v1/batch"
_SETTINGS = ("/sourceConfig/", "/sourceConfig")


class Fields(Declaration):
    """Nothing: the protocol leaves nothing to choose."""


class Rudder:
    """RudderStack's own paths."""

    meaning = (
        "RudderStack's own paths: what its browser library fetches before it starts, and its beacon. Its calls come to "
        "Segment's paths, so name `segment`, too."
    )
    fields: type[Declaration] = Fields
    routes = (Route("POST", _BEACON), *(Route("GET", path) for path in _SETTINGS))
    names = NAMES
    packed = (ANONYMOUS_HEADER,)

    def key(self, request: Request) -> str:
        """From Basic, the query (a beacon can send no headers), or the body."""
        return keys.basic_user(request) or keys.in_query(request) or key_in(request.body)

    def glance(self, request: Request) -> int | None:
        """It takes a closer look."""
        return None

    def decode(self, request: Request) -> Decoded:
        """The calls of a beacon."""
        return read_batch(request)

    def events(self, decoded: Decoded, request: Request) -> list[Event]:
        """An event of each call."""
        return events_of(decoded, request)

    def spans(self, request: Request) -> Sequence[Span]:
        """Those of the calls."""
        return items_at(request.body, ["batch"])

    def answer(self, request: Request, decoded: Decoded) -> Answer:
        """Exactly 200."""
        return answers.taken(decoded.rejected)

    def refuse(self, request: Request, fault: Fault, detail: str) -> Answer:
        """Why not."""
        return answers.refused(fault, detail)

    def greet(self, request: Request) -> Answer | None:
        """The source that the browser library asks for: enabled, with nothing to load and nothing to report home."""
        if request.path not in _SETTINGS:
            return None
        silent = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
        source = {
            "id": "headwater",
            "name": "headwater",
            "workspaceId": "headwater",
            "enabled": True,
            "config": {"statsCollection": silent},
            "destinations": [],
        }
        return Answer(200, msgspec.json.encode({"source": source}))


FORMAT = Rudder()
