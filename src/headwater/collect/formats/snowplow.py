"""Snowplow's tracker protocol, version 2: events as flat parameters, in the query of an image or in a JSON payload.

https://docs.snowplow.io/docs/fundamentals/canonical-event/. Trackers have no write key: the app id (`aid`) is it, unless a key
stands in the query (`?writeKey=`) or in the Authorization header, where the tracker lets one set them. Of a POST the first
event's app id counts for all. Self-describing JSON (`iglu:vendor/name/…`) is taken as it comes, under its name; no schema is
asked. What is too large or wrong is answered 400: on 413 trackers send again for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec

from headwater.collect.event import Event, Kind, Rejected, Told
from headwater.collect.format import MOST_BYTES, MOST_LEVELS, Decoded, Fault, Route, UnreadableError
from headwater.collect.reading import answers, keys
from headwater.collect.reading.bodies import NotRightError, Why, from_base64, read_body, read_json, unfit
from headwater.collect.reading.commerce import as_columns
from headwater.collect.reading.moments import corrected, read_moment
from headwater.collect.reading.self_describing import SelfDescribing, name_of, read_contexts, read_event
from headwater.collect.request import Answer, Request
from headwater.collect.spans import Span, items_at
from headwater.core.documents import Declaration
from headwater.tables.rejection import Reason

_POST = "/com.snowplowanalytics.snowplow/tp2"
_GET = ("/i", "/com.snowplowanalytics.snowplow/i")
MOST_CHARACTERS = 512
"""Of an identifier."""

Parameters = dict[str, str | int | float | None]

# What an event is called, by the parameter `e`; a self-describing event (`ue`) brings its own name.
_NAMES = {
    "pv": "page",
    "pp": "page_ping",
    "se": "struct",
    "ue": "",
    "tr": "transaction",
    "ti": "transaction_item",
}
# Parameters that are properties: as Snowplow's own tables call them, or as the table `events` does.
_PROPERTIES: dict[str, dict[str, str]] = {
    "pv": {"page": "title"},
    "pp": {
        "page": "title",
        "pp_mix": "pp_xoffset_min",
        "pp_max": "pp_xoffset_max",
        "pp_miy": "pp_yoffset_min",
        "pp_may": "pp_yoffset_max",
    },
    "se": {
        "se_ca": "se_category",
        "se_ac": "se_action",
        "se_la": "se_label",
        "se_pr": "se_property",
        "se_va": "se_value",
    },
    "ue": {},
    "tr": {
        "tr_id": "order_id",
        "tr_tt": "revenue",
        "tr_af": "affiliation",
        "tr_tx": "tax",
        "tr_sh": "shipping",
        "tr_cu": "currency",
    },
    "ti": {
        "ti_id": "order_id",
        "ti_sk": "product_id",
        "ti_nm": "product_name",
        "ti_ca": "category",
        "ti_pr": "price",
        "ti_qu": "quantity",
        "ti_cu": "currency",
    },
}
_NUMBERS = ("pp_mix", "pp_max", "pp_miy", "pp_may", "se_va", "tr_tt", "tr_tx", "tr_sh", "ti_pr", "ti_qu")
_ANONYMOUS = ("duid", "tnuid", "nuid")  # the first that is told counts
_TIMES = ("ttm", "dtm", "stm")


class _Payload(msgspec.Struct):
    data: list[msgspec.Raw]


class _Sent(msgspec.Struct):
    """One event: its parameters, and the JSON that stood in them."""

    parameters: Parameters
    event: SelfDescribing | None = None
    contexts: list[SelfDescribing] = []


_PAYLOAD = msgspec.json.Decoder(_Payload)
_PARAMETERS = msgspec.json.Decoder(Parameters)


class Fields(Declaration):
    """Nothing: the protocol leaves nothing to choose."""


class Snowplow:
    """The protocol's paths."""

    meaning = (
        "Snowplow's trackers (protocol 2). They have no write key: name the app id as this collector's key, or set "
        "`?writeKey=` or the Authorization header where the tracker is set up."
    )
    fields: type[Declaration] = Fields
    routes = (Route("POST", _POST), *(Route("GET", path) for path in _GET))
    names: Mapping[str, str] = {"uid": "user_id", **dict.fromkeys(_ANONYMOUS, "anonymous_id")}
    packed = ("ue_px", "cx")

    def key(self, request: Request) -> str:
        """From the query, the header, or the app id."""
        told = keys.in_query(request) or keys.basic_user(request) or keys.bearer(request)
        return told or _app_id(request)

    def glance(self, request: Request) -> int | None:
        """It takes a closer look."""
        return None

    def decode(self, request: Request) -> Decoded:
        """The events of a payload, or the one that is an image's query."""
        if request.method == "GET":
            if len(request.query) > MOST_BYTES:
                raise UnreadableError(f"the query has more than {MOST_BYTES} bytes", Fault.TOO_LARGE)
            data = [msgspec.json.encode(request.parameters)]
        else:
            data = [bytes(raw) for raw in read_body(request.body, _PAYLOAD, MOST_BYTES).data]
        found = [(place, each, _sent(each)) for place, each in enumerate(data)]
        usable = [(place, sent) for place, _, sent in found if isinstance(sent, _Sent)]
        rejected = [_rejected(place, each, why) for place, each, why in found if not isinstance(why, _Sent)]
        return Decoded([sent for _, sent in usable], [place for place, _ in usable], None, rejected)

    def events(self, decoded: Decoded, request: Request) -> list[Event]:
        """An event of each."""
        return [_event(cast("_Sent", sent), request) for sent in decoded.parts]

    def spans(self, request: Request) -> Sequence[Span]:
        """Those of a payload's events."""
        return () if request.method == "GET" else items_at(request.body, ["data"])

    def answer(self, request: Request, decoded: Decoded) -> Answer:
        """200: an image to who asked for one, else what trackers do not read."""
        return answers.PIXEL if request.method == "GET" else Answer(200, b"ok", "text/plain")

    def refuse(self, request: Request, fault: Fault, detail: str) -> Answer:
        """Why not; never 413."""
        return answers.refused(fault, detail)

    def greet(self, request: Request) -> Answer | None:
        """Trackers fetch nothing."""
        return None


def _app_id(request: Request) -> str:
    if request.method == "GET":
        return request.parameters.get("aid", "").strip()
    try:
        first = read_json(request.body, _PAYLOAD).data[:1]
        return _text(read_json(first[0], _PARAMETERS), "aid") if first else ""
    except NotRightError:
        return ""


def _sent(data: bytes) -> _Sent | Why:
    """One event, judged; or why it cannot be used."""
    if why := unfit(data):
        return why
    try:
        told = read_json(data, _PARAMETERS)
        unusable = _unusable(told)
        if unusable:
            return unusable
        event = read_event(_json(told, "ue_pr", "ue_px")) if told.get("e") == "ue" else None
        contexts = read_contexts(_json(told, "co", "cx"))
    except NotRightError as error:
        return Reason.INVALID_VALUE, str(error)
    if any(each.is_deep() for each in (*contexts, *([event] if event else []))):
        return Reason.TOO_DEEP, f"self-describing JSON is nested deeper than {MOST_LEVELS} levels"
    return _Sent(told, event, contexts)


def _unusable(told: Parameters) -> Why | None:
    kind = _text(told, "e")
    if kind not in _NAMES:
        reason = Reason.UNKNOWN_VALUE if kind else Reason.MISSING_VALUE
        return reason, f"e: must be one of {', '.join(_NAMES)}"
    identifiers = _identifiers(told)
    if not identifiers:
        return Reason.NO_IDENTIFIER, "uid, duid, tnuid, nuid: all are missing"
    if any(len(value) > MOST_CHARACTERS for value in identifiers.values()):
        return Reason.INVALID_IDENTIFIER, f"an identifier has more than {MOST_CHARACTERS} characters"
    for name in _TIMES:
        if _text(told, name) and read_moment(told[name]) is None:
            return Reason.INVALID_TIME, f"{name}: must be milliseconds since 1970"
    for name in _NUMBERS:
        if _text(told, name) and _number(told[name]) is None:
            return Reason.INVALID_NUMBER, f"{name}: must be a number"
    return None


def _json(told: Parameters, plain: str, coded: str) -> bytes:
    """The JSON that stands in one parameter as it is or in the other as base64; empty if in neither.

    Raises:
        NotRightError: it is no base64, or more than an event may be.
    """
    if text := _text(told, plain):
        data = text.encode()
    else:
        try:
            data = from_base64(_text(told, coded))
        except ValueError as error:
            raise NotRightError(f"{coded}: {error}") from None
    if why := unfit(data):
        raise NotRightError(f"{plain}, {coded}: {why[1]}")
    return data


def _event(sent: _Sent, request: Request) -> Event:
    told = sent.parameters
    kind, name = _kind(sent)
    event = Event(
        kind=kind,
        name=name,
        message_id=_text(told, "eid"),
        occurred_at=_occurred_at(told, request.received_at),
        received_at=request.received_at,
        source=request.source,
        identifiers=_identifiers(told),
        properties=_properties(sent),
        url=_text(told, "url"),
        referrer=_text(told, "refr"),
        user_agent=_text(told, "ua"),
        language=_text(told, "lang"),
        ip=_text(told, "ip"),
    )
    if _text(told, "p") != "srv":  # a server's connection is nobody's
        event.user_agent = event.user_agent or request.headers.get("user-agent", "")
        event.ip = event.ip or request.ip
    if request.headers.get("sp-anonymous"):
        event.ip = ""
    return event


def _kind(sent: _Sent) -> tuple[Kind, str]:
    told = _text(sent.parameters, "e")
    if told == "pv":
        return "page", "page"
    if told == "se":  # its action says what was done
        return "track", _text(sent.parameters, "se_ac") or _NAMES[told]
    name = name_of(sent.event.schema) if sent.event else _NAMES[told]
    return ("screen", "screen") if name == "screen_view" else ("track", name)


def _occurred_at(told: Parameters, received_at: datetime) -> datetime:
    """The true time (`ttm`) if the tracker was told one, else the device's, corrected by when it sent."""
    if true := read_moment(told.get("ttm")):
        return min(true, received_at)
    return corrected(received_at, read_moment(told.get("dtm")), read_moment(told.get("stm")))


def _identifiers(told: Parameters) -> dict[str, str]:
    anonymous = next(filter(None, (_text(told, name) for name in _ANONYMOUS)), "")
    found = {"user_id": _text(told, "uid"), "anonymous_id": anonymous}
    return {kind: value for kind, value in found.items() if value}


def _properties(sent: _Sent) -> Told:
    """The event's own data, and each context under the name of its schema: a list where several share one."""
    told = sent.parameters
    own = dict(sent.event.data) if sent.event else {}
    for parameter, name in _PROPERTIES[_text(told, "e")].items():
        if value := _text(told, parameter):
            own[name] = _number(value) if parameter in _NUMBERS else value
    by_name: dict[str, list[object]] = {}
    for context in sent.contexts:
        by_name.setdefault(name_of(context.schema), []).append(context.data)
    for name, each in by_name.items():
        own[f"{name}_context" if name in own else name] = each[0] if len(each) == 1 else each
    return as_columns(own)


def _text(told: Parameters, name: str) -> str:
    value = told.get(name)
    return "" if value is None else str(value).strip()


def _number(value: object) -> float | None:
    """A number that JSON can hold."""
    try:
        number = float(cast("str", value))
    except (ValueError, OverflowError):
        return None
    return number if number - number == 0 else None  # neither infinite nor none


def _rejected(place: int, data: bytes, why: Why) -> Rejected:
    try:
        message_id = _text(read_json(data, _PARAMETERS), "eid")[:100]
    except NotRightError:
        message_id = ""
    return Rejected(*why, index=place, message_id=message_id, raw=data.decode(errors="replace"))


FORMAT = Snowplow()
