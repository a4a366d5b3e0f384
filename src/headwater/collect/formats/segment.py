"""Segment's HTTP API, which many libraries speak, RudderStack's among them: their calls come to the same paths.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/. The browser library analytics-next fetches its
settings first and then sends to paths of one letter. What only RudderStack has is in `rudder.py`. `integrations` is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

import msgspec

from headwater.collect.event import Event
from headwater.collect.format import Decoded, Fault, Route, UnreadableError
from headwater.collect.reading import answers, keys
from headwater.collect.reading.bodies import from_base64
from headwater.collect.reading.call_events import events_of
from headwater.collect.reading.calls import ANONYMOUS_HEADER, KINDS, NAMES, key_in, read_batch, read_call
from headwater.collect.reading.glance import surely_usable
from headwater.collect.request import Answer, Request
from headwater.collect.spans import Span, items_at
from headwater.core.documents import Declaration

_BATCHES = ("/v1/batch", "/v1/import", "/v1/b")
_SINGLE = {f"/v1/{kind}": kind for kind in KINDS} | {f"/v1/{kind[0]}": kind for kind in KINDS}
_METRICS = "/v1/m"  # how well the browser library runs: nothing that a person did
_PIXEL = "/v1/pixel/"
_SETTINGS = ("/v1/projects/", "/settings")


class Fields(Declaration):
    """Nothing: the API leaves nothing to choose."""


class Segment:
    """The API's paths, and what is read of each."""

    meaning = (
        "The Segment HTTP API: libraries of Segment and RudderStack for websites, apps and servers. The write key is the user "
        "of HTTP Basic, `writeKey` in the body or in the query, or a Bearer token."
    )
    fields: type[Declaration] = Fields
    routes = (
        *(Route("POST", path) for path in (*_BATCHES, *_SINGLE, _METRICS)),
        Route("GET", f"{_PIXEL}*"),
        Route("GET", f"{_SETTINGS[0]}*"),
    )
    names = NAMES
    packed = (_PIXEL, ANONYMOUS_HEADER)

    def key(self, request: Request) -> str:
        """From the path of the settings; else from Basic, the body, the query, Bearer, in this order."""
        if request.path.startswith(_SETTINGS):
            return _settings_key(request.path)
        basic = keys.basic_user(request)
        return basic or key_in(_told(request)) or keys.in_query(request) or keys.bearer(request)

    def glance(self, request: Request) -> int | None:
        """Of a batch."""
        return surely_usable(request.body) if request.path in _BATCHES else None

    def decode(self, request: Request) -> Decoded:
        """The calls of a batch, or the one that is the body or stands in a pixel's query."""
        if request.path in _BATCHES:
            return read_batch(request)
        if request.path.startswith(_PIXEL):
            return read_call(request, _pixel_kind(request.path), _told(request))
        if request.path not in _SINGLE:
            raise UnreadableError("the path: tells of nothing")
        return read_call(request, _SINGLE[request.path])

    def events(self, decoded: Decoded, request: Request) -> list[Event]:
        """An event of each call."""
        return events_of(decoded, request)

    def spans(self, request: Request) -> Sequence[Span]:
        """Those of a batch's calls."""
        return items_at(request.body, ["batch"]) if request.path in _BATCHES else ()

    def answer(self, request: Request, decoded: Decoded) -> Answer:
        """Exactly 200; to a pixel the pixel."""
        return answers.PIXEL if request.path.startswith(_PIXEL) else answers.taken(decoded.rejected)

    def refuse(self, request: Request, fault: Fault, detail: str) -> Answer:
        """Why not; a pixel is an image whatever happens."""
        if request.path.startswith(_PIXEL):
            return answers.PIXEL
        return answers.refused(fault, detail)

    def greet(self, request: Request) -> Answer | None:
        """What analytics-next fetches before it sends anything: where to send, and nothing else to load."""
        if request.path == _METRICS:
            return answers.taken()
        if not request.path.startswith(_SETTINGS[0]):
            return None
        return Answer(200, msgspec.json.encode(_settings(request)))


def _settings(request: Request) -> dict[str, object]:
    own: dict[str, object] = {"apiKey": _settings_key(request.path), "addBundledMetadata": True}
    if host := request.headers.get("host", ""):
        own |= {"apiHost": f"{host}/v1", "protocol": _scheme(request)}
    return {
        "integrations": {"Segment.io": own},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "metrics": {"sampleRate": 0},
        "remotePlugins": [],
        "enabledMiddleware": {},
        "analyticsNextEnabled": True,
    }


def _scheme(request: Request) -> str:
    """The protocol to send by: as the proxy in front says, else as the page has it, for it can fetch from nowhere else."""
    told = request.headers.get("x-forwarded-proto") or request.headers.get("origin", "").partition(":")[0]
    return told if told in ("http", "https") else "https"


def _settings_key(path: str) -> str:
    if not path.endswith(_SETTINGS[1]):
        return ""
    return unquote(path.removeprefix(_SETTINGS[0]).removesuffix(_SETTINGS[1]))


def _pixel_kind(path: str) -> str:
    kind = path.removeprefix(_PIXEL).removesuffix(".gif")
    if kind not in KINDS:
        raise UnreadableError(f"the path: must end in one of {', '.join(KINDS)}")
    return kind


def _told(request: Request) -> bytes:
    """The JSON that a request carries: its body, or a pixel's `data`, base64 or as it is."""
    if not request.path.startswith(_PIXEL):
        return request.body
    data = request.parameters.get("data", "").strip()
    if data.startswith("{"):
        return data.encode()
    try:
        return from_base64(data)
    except ValueError:
        return b""


FORMAT = Segment()
