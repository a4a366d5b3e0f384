"""One entry of the audit log: what it says, and the hash that ties it to the one before.

The hash is HMAC-SHA-256, with a key that only the project's keys give, of the hash before and of the entry's canonical bytes. So
nobody can change, remove or move an entry without all after it being wrong, nor make those right without the key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from headwater.access.roles import Action
from headwater.core.sealing.keys import KeyRing
from headwater.privacy.shown import Harmless, People


class Outcome(StrEnum):
    """How something ended, or that it begins."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Event:
    """What is to be recorded. No text of it is personal data in the clear: see `access.audit.about`.

    Attributes:
        who: the name of a key, the subject of a token, or `local:` and the user who is logged in.
        role: the role they had; `local` at the machine itself, empty if nobody was recognised.
        action: what it was.
        by: the endpoint or the command.
        about: whom or what it was about, by pseudonym or name.
        outcome: how it ended.
        counts: how many people were seen, changed or sent.
    """

    who: Harmless
    role: Harmless
    action: Action
    by: Harmless
    about: tuple[Harmless, ...]
    outcome: Outcome
    counts: Mapping[Harmless, People] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """An event in its place. `number`: from 1; `at`: UTC, without zone; `hash`: 64 hexadecimal digits."""

    number: int
    at: datetime
    event: Event
    hash: Harmless


def chain_key(ring: KeyRing) -> bytes:
    """The key of the chain: made from the index key, which stays when others are rotated or forgotten."""
    return ring.index.derived("audit", ring.project)


def first_hash(key: bytes) -> str:
    """What stands before the first entry."""
    return hmac.new(key, b"headwater audit", hashlib.sha256).hexdigest()


def hash_of(number: int, at: datetime, event: Event, before: str, key: bytes) -> str:
    """The hash of an entry; `before`: that of the entry before it."""
    return hmac.new(key, before.encode() + canonical(number, at, event), hashlib.sha256).hexdigest()


def canonical(number: int, at: datetime, event: Event) -> bytes:
    """An entry as bytes: JSON with sorted names and no spaces, the moment in microseconds.

    >>> event = Event("crm", "admin", Action.SEE_AUDIT, "/v1/audit", (), Outcome.DONE, {"entries": 2})
    >>> canonical(1, datetime(2026, 3, 1), event).decode()[:62]
    '{"about":[],"action":"see_audit","at":"2026-03-01T00:00:00.000'
    """
    held = {
        "number": number,
        "at": at.isoformat(timespec="microseconds"),
        "who": event.who,
        "role": event.role,
        "action": event.action.value,
        "by": event.by,
        "about": list(event.about),
        "outcome": event.outcome.value,
        "counts": dict(event.counts),
    }
    return json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def now() -> datetime:
    """The present as entries hold it: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)
