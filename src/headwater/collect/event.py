"""One event on its way in: what every wire format makes of what a client told, and what the steps clean and enrich.

Names are Headwater's own from here on. A step changes the event it is given.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from headwater.privacy.signals.incoming import Signals
from headwater.privacy.wishes import RefusedSignal, Wish
from headwater.tables.rejection import Reason

Kind = Literal["track", "page", "screen", "identify", "group", "alias"]
Told = dict[str, object]  # a JSON object: texts, numbers, booleans, None, lists and objects of these


class Event(msgspec.Struct):
    """One event.

    Attributes:
        kind: what kind of call told of it.
        name: what happened, as the table `events` has it: a track call's own name (`Order Completed`), `page`, `screen`;
            empty for identify, group and alias, which only state something of a person.
        message_id: the client's id of it; empty: it gave none.
        occurred_at: when it happened by the corrected clock, UTC.
        received_at: when it came, UTC.
        source: the collector (the file in `collectors/`) whose key it came with.
        identifiers: who it is about: kind of identifier (`user_id`, `anonymous_id`, `email`, …) to value, as told.
        previous: alias only: the identifiers that meant the same person before.
        properties: what is told of the event: columns of the table `events` under their names (`order_id`, `revenue`, …), all
            else under the client's own names.
        traits: what is stated of the person.
        consents: purpose to whether it was granted.
        signals: the consent signals that came with it; None: none did.
        wishes: what they say of our purposes, and `refused_signals` those that are none; `steps.put_wishes` fills them in.
        ip: the client's address; empty: not known, or not to be kept.
        user_agent: the program it came from.
        url: the page it happened on.
        referrer: the page before that.
        language: as the client prefers it, like `de-DE`.
    """

    kind: Kind
    name: str
    message_id: str
    occurred_at: datetime
    received_at: datetime
    source: str = ""
    identifiers: dict[str, str] = {}
    previous: dict[str, str] = {}
    properties: Told = {}
    traits: Told = {}
    consents: dict[str, bool] = {}
    signals: Signals | None = None
    wishes: list[Wish] = []
    refused_signals: list[RefusedSignal] = []
    ip: str = ""
    user_agent: str = ""
    url: str = ""
    referrer: str = ""
    language: str = ""


class Rejected(msgspec.Struct, frozen=True):
    """An event that could not be used.

    Attributes:
        reason: why, from the closed set.
        detail: the field and what is wrong with it; it never quotes a value.
        index: its place in the request, from 0.
        message_id: the client's id of it, where it could be read.
        raw: the event as it came, as text.
    """

    reason: Reason
    detail: str
    index: int = 0
    message_id: str = ""
    raw: str = ""
