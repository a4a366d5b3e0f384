"""Whether all calls of a batch are surely usable: told in one pass over the bytes, without making objects of what they say.

A batch of a well-behaved client needs no more before it is acknowledged; the stream reads it whole. Where anything is unusual,
nothing is said here, and `calls.read_batch` judges call by call. What is said here is never said otherwise there.
"""

from __future__ import annotations

from datetime import MAXYEAR, datetime
from typing import Annotated

import msgspec

from headwater.collect.format import MOST_EVENT_BYTES, MOST_LEVELS
from headwater.collect.reading.bodies import may_hold_nul
from headwater.collect.reading.calls import (
    MOST_BATCH_BYTES,
    MOST_CHARACTERS,
    MOST_EVENTS,
    MOST_MESSAGE_ID,
    Moment,
    Text,
)

_Sure = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_CHARACTERS)]
_Maybe = Annotated[str, msgspec.Meta(max_length=MOST_CHARACTERS)] | None
_FEW = MOST_LEVELS - 4  # objects and arrays that cannot be nested too deep, wherever they stand


class _Object(msgspec.Struct, gc=False):
    """Any object: what it holds is passed over."""


class _Page(msgspec.Struct, gc=False):
    url: Text = None
    referrer: Text = None


class _Library(msgspec.Struct, gc=False):
    name: Text = None


class _Campaign(msgspec.Struct, gc=False):
    source: Text = None
    medium: Text = None
    name: Text = None
    term: Text = None
    content: Text = None


class _Consent(msgspec.Struct, rename="camel", gc=False):
    category_preferences: dict[str, bool | None] | None = None


class _Context(msgspec.Struct, rename="camel", gc=False):
    ip: Text = None
    direct: bool | None = None
    user_agent: Text = None
    locale: Text = None
    page: _Page | None = None
    library: _Library | None = None
    campaign: _Campaign | None = None
    consent: _Consent | None = None
    traits: _Object | None = None
    group_id: _Maybe = None


class _Said(msgspec.Struct, rename="camel", gc=False):
    name: Text = None
    category: Text = None
    channel: Text = None
    message_id: Annotated[str, msgspec.Meta(max_length=MOST_MESSAGE_ID)] | None = None
    previous_id: _Maybe = None
    group_id: _Maybe = None
    timestamp: datetime | None = None
    original_timestamp: datetime | None = None
    sent_at: Moment = None
    properties: _Object | None = None
    traits: _Object | None = None
    context: _Context | None = None


class _OfUser(_Said, kw_only=True, gc=False):
    user_id: _Sure
    anonymous_id: _Maybe = None
    event: _Maybe = None

    @property
    def who(self) -> str:
        return self.user_id


class _OfBrowser(_Said, kw_only=True, gc=False):
    anonymous_id: _Sure
    user_id: _Maybe = None
    event: _Maybe = None

    @property
    def who(self) -> str:
        return self.anonymous_id


class _UserTrack(_OfUser, tag_field="type", tag="track", kw_only=True, gc=False):
    event: _Sure


class _UserPage(_OfUser, tag_field="type", tag="page", kw_only=True, gc=False):
    """Page."""


class _UserScreen(_OfUser, tag_field="type", tag="screen", kw_only=True, gc=False):
    """Screen."""


class _UserIdentify(_OfUser, tag_field="type", tag="identify", kw_only=True, gc=False):
    """Identify."""


class _BrowserTrack(_OfBrowser, tag_field="type", tag="track", kw_only=True, gc=False):
    event: _Sure


class _BrowserPage(_OfBrowser, tag_field="type", tag="page", kw_only=True, gc=False):
    """Page."""


class _BrowserScreen(_OfBrowser, tag_field="type", tag="screen", kw_only=True, gc=False):
    """Screen."""


class _BrowserIdentify(_OfBrowser, tag_field="type", tag="identify", kw_only=True, gc=False):
    """Identify."""


class _Raws(msgspec.Struct, gc=False):
    batch: list[msgspec.Raw]


class _OfUsers(msgspec.Struct, rename="camel", gc=False):
    batch: list[_UserTrack | _UserPage | _UserScreen | _UserIdentify]
    context: _Context | None = None
    sent_at: Moment = None


class _OfBrowsers(msgspec.Struct, rename="camel", gc=False):
    batch: list[_BrowserTrack | _BrowserPage | _BrowserScreen | _BrowserIdentify]
    context: _Context | None = None
    sent_at: Moment = None


_RAWS = msgspec.json.Decoder(_Raws)
_KINDS = (msgspec.json.Decoder(_OfUsers), msgspec.json.Decoder(_OfBrowsers))


def surely_usable(body: bytes) -> int | None:
    """How many calls a batch holds, if all of them are surely usable; None: it takes a closer look to tell."""
    if len(body) > MOST_BATCH_BYTES or may_hold_nul(body):
        return None
    for decoder in _KINDS:
        try:
            calls = decoder.decode(body).batch
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        is_sure = 0 < len(calls) <= MOST_EVENTS and not any(map(_is_odd, calls)) and _are_small(body)
        return len(calls) if is_sure else None
    return None


def _is_odd(call: _OfUser | _OfBrowser) -> bool:
    """Whether what it must say is white space, or its time is at the end of the calendar, where zones lead beyond it."""
    at = call.timestamp or call.original_timestamp
    if at is not None and not 1 < at.year < MAXYEAR:
        return True
    return call.who.isspace() or bool(call.event and call.event.isspace())


def _are_small(body: bytes) -> bool:
    """Whether no call is too large or could be nested too deep."""
    for raw in _RAWS.decode(body).batch:
        data = bytes(raw)
        if len(data) > MOST_EVENT_BYTES or data.count(b"{") + data.count(b"[") > _FEW:
            return False
    return True
