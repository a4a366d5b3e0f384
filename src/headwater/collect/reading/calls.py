"""Calls of the Segment spec (track, identify, page, screen, group, alias), alone or in a batch, read from a body.

Segment's clients and RudderStack's send the same calls to the same paths and differ in little: RudderStack says
`originalTimestamp` of each, the time it was sent also in the header SentAt and who it was in AnonymousId (base64), and puts
what it knows of the person into `context.traits` of everything. Both are read here; `call_events.py` makes events of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from headwater.collect.event import Kind, Rejected, Told
from headwater.collect.format import MOST_EVENT_BYTES, MOST_LEVELS, Decoded, UnreadableError
from headwater.collect.reading.bodies import (
    NotRightError,
    Why,
    check_number,
    from_base64,
    is_deep,
    is_flat,
    may_be_deep,
    may_hold_nul,
    read_body,
    read_json,
    unfit,
)
from headwater.collect.reading.moments import read_moment
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
_NEEDED = {
    "track": ("event", "event"),
    "alias": ("previous_id", "previousId"),
    "group": ("group_id", "groupId"),
}
"""What a kind of call must say besides whom it is about."""

NAMES = {
    "userId": "user_id",
    "previousId": "user_id",
    "anonymousId": "anonymous_id",
}
"""Under which names identifiers stand, with their kinds; a former id may be of either kind."""
ANONYMOUS_HEADER = "anonymousid"

Text = str | None
Name = Annotated[str, msgspec.Meta(max_length=MOST_CHARACTERS)] | None
Id = Annotated[str, msgspec.Meta(max_length=MOST_CHARACTERS)] | int | None
MessageId = Annotated[str, msgspec.Meta(max_length=MOST_MESSAGE_ID)] | int | None
Moment = str | int | float | None
_TEXT_OR_NUMBER = (str, int)
ABSENT = msgspec.Raw()


class Page(msgspec.Struct, gc=False):
    """Where a browser was."""

    url: Text = None
    referrer: Text = None


class Library(msgspec.Struct, gc=False):
    """What sent it."""

    name: Text = None


class Campaign(msgspec.Struct, gc=False):
    """What the client found in the page's utm parameters."""

    source: Text = None
    medium: Text = None
    name: Text = None
    term: Text = None
    content: Text = None


class Consent(msgspec.Struct, gc=False):
    """What the person allowed, by purpose; and consent signals as they came, whatever they are: a bad one costs no event."""

    category_preferences: dict[str, bool | None] | None = msgspec.field(
        name="categoryPreferences", default=None
    )
    tcf: msgspec.Raw = ABSENT
    gpp: msgspec.Raw = ABSENT
    us_privacy: msgspec.Raw = ABSENT
    us_privacy_too: msgspec.Raw = msgspec.field(name="usPrivacy", default=ABSENT)
    consent_mode: msgspec.Raw = ABSENT
    consent_mode_too: msgspec.Raw = msgspec.field(name="consentMode", default=ABSENT)
    gpc: msgspec.Raw = ABSENT
    despite_gpc: msgspec.Raw = msgspec.field(name="despiteGpc", default=ABSENT)


class Context(msgspec.Struct, rename="camel", gc=False):
    """What is kept of a call's context."""

    ip: Text = None
    direct: bool | None = None
    user_agent: Text = None
    locale: Text = None
    page: Page | None = None
    library: Library | None = None
    campaign: Campaign | None = None
    consent: Consent | None = None
    gpc: msgspec.Raw = ABSENT
    traits: Told | None = None
    group_id: Id = None


class Call(msgspec.Struct, rename="camel", gc=False):
    """One call, as its client wrote it."""

    type: Text = None
    event: Name = None
    name: Text = None
    category: Text = None
    channel: Text = None
    message_id: MessageId = None
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


class _Batch(msgspec.Struct, rename="camel", gc=False):
    batch: list[msgspec.Raw]
    context: Context | None = None
    sent_at: Moment = None


class _Keyed(msgspec.Struct, rename="camel", gc=False):
    write_key: Text = None


class _Named(msgspec.Struct, rename="camel", gc=False):
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
    shared = Shared(body.context, sent_at, _anonymous_id(request))
    return _judged(body.batch, shared, is_suspect=may_hold_nul(request.body))


def read_call(request: Request, kind: str, body: bytes | None = None) -> Decoded:
    """The one call that is a body, of the kind that the path says.

    Raises:
        UnreadableError: the body is no JSON object, or has more bytes than the spec allows for a batch.
    """
    body = request.body if body is None else body
    raw = read_body(body, _RAW, MOST_BATCH_BYTES)
    if not bytes(raw).startswith(b"{"):
        raise UnreadableError("the body: must be an object")
    shared = Shared(sent_at=request.headers.get("sentat"), anonymous_id=_anonymous_id(request))
    return _judged([raw], shared, kind, is_suspect=may_hold_nul(body))


def key_in(body: bytes) -> str:
    """The write key that a body holds; empty: none, or it cannot be read."""
    try:
        return (read_json(body, _KEYED).write_key or "").strip()
    except NotRightError:
        return ""


def text_of(told: object) -> str:
    """An identifier as text; empty if nothing is said: null, empty and blank mean the same."""
    return str(told).strip() if type(told) in _TEXT_OR_NUMBER else ""


def email_of(call: Call, context: Context | None) -> str:
    """The email address in what is stated of the person, by the call itself or by its context; empty: none."""
    own = call.traits if call.type == "identify" else None
    known = context.traits if context else None
    return text_of((own or {}).get("email")) or text_of((known or {}).get("email"))


def _judged(raws: Sequence[msgspec.Raw], shared: Shared, kind: str = "", *, is_suspect: bool) -> Decoded:
    """Each call by itself; `is_suspect`: their bytes want a closer look."""
    calls: list[object] = []
    places: list[int] = []
    rejected: list[Rejected] = []
    for place, raw in enumerate(raws):
        data = bytes(raw)
        why = unfit(data) if is_suspect or len(data) > MOST_EVENT_BYTES else None
        call = why or _call(data, shared, kind)
        if isinstance(call, Call):
            calls.append(call)
            places.append(place)
        else:
            text = data.decode(errors="replace")
            rejected.append(Rejected(*call, index=place, message_id=_message_id(data), raw=text))
    return Decoded(calls, places, shared, rejected)


def _call(data: bytes, shared: Shared, kind: str) -> Call | Why:
    try:
        call = _CALL.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            call = read_json(data, _CALL)
        except NotRightError as error:
            return Reason.INVALID_VALUE, str(error)
    if kind:
        call.type = kind
    if _is_deep(call, data):
        return Reason.TOO_DEEP, f"the event is nested deeper than {MOST_LEVELS} levels"
    return _unusable(call, shared) or call


def _unusable(call: Call, shared: Shared) -> Why | None:
    """What the spec says that a call must have."""
    if call.type not in KINDS:
        return (
            (Reason.UNKNOWN_VALUE, f"type: must be one of {', '.join(KINDS)}")
            if call.type
            else (Reason.MISSING_VALUE, "type: is missing")
        )
    if _names_nobody(call, shared):
        return Reason.NO_IDENTIFIER, "userId, anonymousId: both are missing"
    if (needed := _NEEDED.get(call.type)) and _is_blank(getattr(call, needed[0])):
        return Reason.MISSING_VALUE, f"{needed[1]}: is missing"
    return _timeless(call)


def _names_nobody(call: Call, shared: Shared) -> bool:
    if not (_is_blank(call.user_id) and _is_blank(call.anonymous_id)):
        return False
    return not (shared.anonymous_id or email_of(call, call.context))


def _is_blank(told: Id) -> bool:
    return told is None or (isinstance(told, str) and (not told or told.isspace()))


def _timeless(call: Call) -> Why | None:
    """What is wrong with the one of its times that counts."""
    told = call.timestamp or call.original_timestamp
    if not told or read_moment(told):
        return None
    name = "timestamp" if call.timestamp else "originalTimestamp"
    return Reason.INVALID_TIME, f"{name}: must be an ISO 8601 date and time"


def _is_deep(call: Call, data: bytes) -> bool:
    """Whether what is kept of it is nested too deep: what the spec does not know is read past."""
    known = call.context and call.context.traits
    for told, above in ((call.properties, 1), (call.traits, 1), (known, 2)):
        if told and not is_flat(told) and may_be_deep(data) and is_deep(told, MOST_LEVELS - above):
            return True
    return False


def _message_id(data: bytes) -> str:
    try:
        return text_of(read_json(data, _NAMED).message_id)[:MOST_MESSAGE_ID]
    except NotRightError:
        return ""


def _anonymous_id(request: Request) -> str:
    """What RudderStack's browser client says in a header, base64."""
    told = request.headers.get(ANONYMOUS_HEADER, "")
    try:
        return from_base64(told).decode().strip() if told else ""
    except ValueError:
        return ""
