"""Calls of the Segment spec (track, identify, page, screen, group, alias), alone or in a batch, read from a body.

Segment's clients and RudderStack's send the same calls to the same paths and differ in little: RudderStack says
`originalTimestamp` of each, the time it was sent also in the header SentAt and who it was in AnonymousId (base64), and puts
what it knows of the person into `context.traits` of everything. Both are read here; `call_events.py` makes events of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from headwater.collect.bodies import (
    NotRightError,
    Why,
    check_number,
    from_base64,
    is_deep,
    may_be_deep,
    read_body,
    read_json,
    unfit,
)
from headwater.collect.event import Kind, Rejected, Told
from headwater.collect.format import MOST_LEVELS, Decoded, UnreadableError
from headwater.collect.moments import read_moment
from headwater.collect.request import Request
from headwater.tables.rejection import Reason

MOST_BATCH_BYTES = 512_000
MOST_EVENTS = 2_500
MOST_MESSAGE_ID = 100
"""Characters; a longer id is rejected, not cut: two that are cut alike would be taken for one event."""
MOST_CHARACTERS = 512
"""Of an identifier or a name of an event."""
KINDS: dict[str, Kind] = {
    "track": "track",
    "page": "page",
    "screen": "screen",
    "identify": "identify",
    "group": "group",
    "alias": "alias",
}

Text = str | None
Id = str | int | None
Moment = str | int | float | None


class Page(msgspec.Struct):
    """Where a browser was."""

    url: Text = None
    referrer: Text = None


class Library(msgspec.Struct):
    """What sent it."""

    name: Text = None


class Campaign(msgspec.Struct):
    """What the client found in the page's utm parameters."""

    source: Text = None
    medium: Text = None
    name: Text = None
    term: Text = None
    content: Text = None


class Consent(msgspec.Struct, rename="camel"):
    """What the person allowed, by purpose."""

    category_preferences: dict[str, bool | None] | None = None


class Context(msgspec.Struct, rename="camel"):
    """What is kept of a call's context."""

    ip: Text = None
    direct: bool | None = None
    user_agent: Text = None
    locale: Text = None
    page: Page | None = None
    library: Library | None = None
    campaign: Campaign | None = None
    consent: Consent | None = None
    traits: Told | None = None
    group_id: Id = None


class Call(msgspec.Struct, rename="camel"):
    """One call, as its client wrote it."""

    type: Text = None
    event: Text = None
    name: Text = None
    category: Text = None
    channel: Text = None
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    timestamp: Moment = None
    original_timestamp: Moment = None
    sent_at: Moment = None
    properties: Told | None = None
    traits: Told | None = None
    context: Context | None = None


class Shared(msgspec.Struct, frozen=True):
    """What a request says of all of its calls, where they do not say it themselves."""

    context: Context | None = None
    sent_at: Moment = None
    anonymous_id: str = ""


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    context: Context | None = None
    sent_at: Moment = None


class _Keyed(msgspec.Struct, rename="camel"):
    write_key: Text = None


class _Named(msgspec.Struct, rename="camel"):
    message_id: Id = None


_BATCH = msgspec.json.Decoder(_Batch)
_CALL = msgspec.json.Decoder(Call)
_RAW = msgspec.json.Decoder(msgspec.Raw)
_KEYED = msgspec.json.Decoder(_Keyed)
_NAMED = msgspec.json.Decoder(_Named)


def read_batch(request: Request) -> Decoded:
    """The calls of a body `{"batch": [...]}`.

    Raises:
        UnreadableError: the body is no such object, or holds more bytes or calls than the spec allows.
    """
    body = read_body(request.body, _BATCH, MOST_BATCH_BYTES)
    check_number(body.batch, MOST_EVENTS)
    sent_at = body.sent_at or request.headers.get("sentat")
    return _judged(body.batch, Shared(body.context, sent_at, _anonymous_id(request)))


def read_call(request: Request, kind: str, body: bytes | None = None) -> Decoded:
    """The one call that is a body, of the kind that the path says.

    Raises:
        UnreadableError: the body is no JSON object, or has more bytes than the spec allows for a batch.
    """
    raw = read_body(request.body if body is None else body, _RAW, MOST_BATCH_BYTES)
    if not bytes(raw).startswith(b"{"):
        raise UnreadableError("the body: must be an object")
    shared = Shared(sent_at=request.headers.get("sentat"), anonymous_id=_anonymous_id(request))
    return _judged([raw], shared, kind)


def key_in(body: bytes) -> str:
    """The write key that a body holds; empty: none, or it cannot be read."""
    try:
        return (read_json(body, _KEYED).write_key or "").strip()
    except NotRightError:
        return ""


def text_of(told: object) -> str:
    """An identifier as text; empty if nothing is said: null, empty and blank mean the same."""
    return str(told).strip() if isinstance(told, str | int) else ""


def _judged(raws: Sequence[msgspec.Raw], shared: Shared, kind: str = "") -> Decoded:
    calls: list[object] = []
    places: list[int] = []
    rejected: list[Rejected] = []
    for place, raw in enumerate(raws):
        call = _call(data := bytes(raw), shared, kind)
        if isinstance(call, Call):
            calls.append(call)
            places.append(place)
        else:
            text = data.decode(errors="replace")
            rejected.append(Rejected(*call, index=place, message_id=_message_id(data), raw=text))
    return Decoded(calls, places, shared, rejected)


def _call(data: bytes, shared: Shared, kind: str) -> Call | Why:
    if why := unfit(data):
        return why
    try:
        call = read_json(data, _CALL)
    except NotRightError as error:
        return Reason.INVALID_VALUE, str(error)
    if kind:
        call.type = kind
    if may_be_deep(data) and _is_deep(call):
        return Reason.TOO_DEEP, f"the event is nested deeper than {MOST_LEVELS} levels"
    return _unusable(call, shared) or call


def _unusable(call: Call, shared: Shared) -> Why | None:
    """What the spec says that a call must have, and how long it may be."""
    if call.type not in KINDS:
        return (
            (Reason.UNKNOWN_VALUE, f"type: must be one of {', '.join(KINDS)}")
            if call.type
            else (Reason.MISSING_VALUE, "type: is missing")
        )
    if not (_names_somebody(call) or shared.anonymous_id):
        return Reason.NO_IDENTIFIER, "userId, anonymousId: both are missing"
    if call.type == "track" and not (call.event and call.event.strip()):
        return Reason.MISSING_VALUE, "event: is missing"
    if call.type == "alias" and not text_of(call.previous_id):
        return Reason.MISSING_VALUE, "previousId: is missing"
    if call.type == "group" and not text_of(call.group_id):
        return Reason.MISSING_VALUE, "groupId: is missing"
    return _too_long(call) or _timeless(call)


def _names_somebody(call: Call) -> bool:
    """Whether it names a person: by one of the ids, or by an email address in what is stated of them."""
    if text_of(call.user_id) or text_of(call.anonymous_id):
        return True
    traits = call.traits if call.type == "identify" else None
    known = call.context.traits if call.context else None
    return any(text_of((each or {}).get("email")) for each in (traits, known))


def _too_long(call: Call) -> Why | None:
    if isinstance(call.message_id, str) and len(call.message_id) > MOST_MESSAGE_ID:
        return Reason.INVALID_VALUE, f"messageId: has more than {MOST_MESSAGE_ID} characters"
    if call.event and len(call.event) > MOST_CHARACTERS:
        return Reason.INVALID_VALUE, f"event: has more than {MOST_CHARACTERS} characters"
    for name in ("user_id", "anonymous_id", "previous_id", "group_id"):
        told = getattr(call, name)
        if isinstance(told, str) and len(told) > MOST_CHARACTERS:
            words = name.removesuffix("_id") + "Id"
            return Reason.INVALID_IDENTIFIER, f"{words}: has more than {MOST_CHARACTERS} characters"
    return None


def _timeless(call: Call) -> Why | None:
    for name, told in (("timestamp", call.timestamp), ("originalTimestamp", call.original_timestamp)):
        if told not in (None, "") and read_moment(told) is None:
            return Reason.INVALID_TIME, f"{name}: must be an ISO 8601 date and time"
    return None


def _is_deep(call: Call) -> bool:
    known = call.context.traits if call.context else None
    return (
        is_deep(call.properties, MOST_LEVELS - 1)
        or is_deep(call.traits, MOST_LEVELS - 1)
        or is_deep(known, MOST_LEVELS - 2)
    )


def _message_id(data: bytes) -> str:
    try:
        return text_of(read_json(data, _NAMED).message_id)[:MOST_MESSAGE_ID]
    except NotRightError:
        return ""


def _anonymous_id(request: Request) -> str:
    """What RudderStack's browser client says in a header, base64."""
    told = request.headers.get("anonymousid", "")
    try:
        return from_base64(told).decode().strip() if told else ""
    except ValueError:
        return ""
