"""Events of calls: what a call of the Segment spec says, under Headwater's names.

Reads calls as `calls.py` has judged them, and the request they came with; gives an event of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from headwater.collect.event import Event, Told
from headwater.collect.format import Decoded
from headwater.collect.reading.calls import KINDS, Call, Context, Page, Shared, email_of, text_of
from headwater.collect.reading.commerce import as_columns, by_commerce
from headwater.collect.reading.moments import corrected, read_moment
from headwater.collect.reading.signals import gpc_is_set, signals_of
from headwater.collect.request import Request

SERVER_LIBRARIES = frozenset(
    {
        "analytics-python",
        "@segment/analytics-node",
        "analytics-node",
        "analytics-ruby",
        "analytics-php",
        "analytics-go",
        "analytics-java",
        "analytics.net",
        "analytics-clojure",
        "analytics-rust",
    }
)
"""Their connection is a server's: its address, program and language are nobody's."""
_UTM = {
    "source": "utm_source",
    "medium": "utm_medium",
    "name": "utm_campaign",
    "term": "utm_term",
    "content": "utm_content",
}
_NO_CONTEXT, _NO_PAGE = Context(), Page()
_DIRECT = "$direct"  # RudderStack's word for: no referrer


def events_of(decoded: Decoded, request: Request) -> list[Event]:
    """An event of each call."""
    shared = cast("Shared", decoded.shared)
    return [_event(cast("Call", call), shared, request) for call in decoded.parts]


def _event(call: Call, shared: Shared, request: Request) -> Event:
    context = _context(call.context, shared.context)
    page = context.page or _NO_PAGE
    event = Event(
        kind=KINDS[call.type or "track"],
        name=_name(call),
        message_id=text_of(call.message_id),
        occurred_at=_occurred_at(call, shared, request),
        received_at=request.received_at,
        source=request.source,
        traits=_traits(call, context),
        properties=_properties(call),
        url=page.url or "",
        referrer=page.referrer if page.referrer and page.referrer != _DIRECT else "",
    )
    if event.kind in ("page", "screen"):
        _put_page(event)
    event.identifiers = _identifiers(call, shared, context)
    if call.type == "alias":
        event.previous = _previous(call, event.identifiers)
    _put_campaign(event, context)
    _put_consents(event, context)
    _put_client(event, call, context, request)
    return event


def _name(call: Call) -> str:
    if call.type == "track":
        return (call.event or "").strip()
    return call.type if call.type in ("page", "screen") else ""


def _occurred_at(call: Call, shared: Shared, request: Request) -> datetime:
    told = call.timestamp or call.original_timestamp
    sent = call.sent_at or shared.sent_at
    return corrected(
        request.received_at, read_moment(told) if told else None, read_moment(sent) if sent else None
    )


def _context(own: Context | None, shared: Context | None) -> Context:
    """A call's context over that of its batch."""
    if own is None or shared is None:
        return own or shared or _NO_CONTEXT
    merged = {
        name: theirs if (mine := getattr(own, name)) is None else mine
        for name in Context.__struct_fields__
        if (theirs := getattr(shared, name)) is not None or getattr(own, name) is not None
    }
    merged["gpc"] = own.gpc if gpc_is_set(own.gpc) else shared.gpc  # what is wished of all is wished of each
    merged["traits"] = {**(shared.traits or {}), **(own.traits or {})}
    return Context(**merged)


def _identifiers(call: Call, shared: Shared, context: Context) -> dict[str, str]:
    found = {
        "user_id": text_of(call.user_id),
        "anonymous_id": text_of(call.anonymous_id) or shared.anonymous_id,
        "email": email_of(call, context),
    }
    return {kind: value for kind, value in found.items() if value}


def _previous(call: Call, now: Mapping[str, str]) -> dict[str, str]:
    """Whom an alias names as before: the spec lets it be either kind of id, and only the anonymous one can be told apart."""
    before = text_of(call.previous_id)
    if before == now.get("anonymous_id"):
        return {"anonymous_id": before}
    return {"anonymous_id": before, "user_id": before}


def _traits(call: Call, context: Context) -> Told:
    """What is stated of the person; a group's own traits are not."""
    own = call.traits if call.type == "identify" else None
    traits = {**_said(context.traits), **_said(own)}
    if call.type == "group":
        traits["group_id"] = text_of(call.group_id)
    return traits


def _said(told: Told | None) -> Told:
    """What says something: null and an empty text say nothing."""
    return {name: value for name, value in told.items() if value not in (None, "")} if told else {}


def _properties(call: Call) -> Told:
    told = call.properties or {}
    if call.type == "track":
        return by_commerce(call.event or "", told)
    if call.type == "group":
        return as_columns(call.traits or {})
    if call.type in ("page", "screen"):
        named = {"name": call.name, "category": call.category}
        return as_columns({**{key: value for key, value in named.items() if value}, **told})
    return as_columns(told)


def _put_page(event: Event) -> None:
    """Where a page call stands when only its properties say so, as servers do."""
    url, referrer = event.properties.get("url"), event.properties.get("referrer")
    if not event.url and isinstance(url, str):
        event.url = url
    if not event.referrer and isinstance(referrer, str) and referrer != _DIRECT:
        event.referrer = referrer


def _put_campaign(event: Event, context: Context) -> None:
    """The campaign as the client knows it, for what the page's own address does not say."""
    if context.campaign is None:
        return
    for field, name in _UTM.items():
        value = getattr(context.campaign, field)
        if value and f"{name}=" not in event.url:
            event.properties.setdefault(name, value)


def _put_consents(event: Event, context: Context) -> None:
    if context.consent and context.consent.category_preferences:
        said = context.consent.category_preferences
        event.consents = {purpose: granted for purpose, granted in said.items() if granted is not None}
    event.signals = signals_of(context)


def _put_client(event: Event, call: Call, context: Context, request: Request) -> None:
    """Address, program and language: as told, else those of the connection, if it is the person's own."""
    event.ip = context.ip or ""
    event.user_agent = context.user_agent or ""
    event.language = context.locale or ""
    library = (context.library.name if context.library else None) or ""
    if (call.channel == "server" or library.lower() in SERVER_LIBRARIES) and not context.direct:
        return
    event.ip = event.ip or request.ip
    event.user_agent = event.user_agent or request.headers.get("user-agent", "")
    event.language = event.language or _first_language(request)


def _first_language(request: Request) -> str:
    """The language that the client's browser asks for first."""
    first = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()
    return "" if first == "*" else first
