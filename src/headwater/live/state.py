"""What the live store holds of one person, in two parts: the card that decisions read, and the past that rules look at.

Moments are microseconds since 1970, because there are many of them and they are compared more often than shown.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec

from headwater.profiles.computing import Value

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Node = tuple[str, str]  # an identifier: its kind and normalised value
ANONYMOUS = "anonymous_id"  # the kind of identifier that a browser or an app has of itself
Stored = Any  # a value of `computing.Value`; on disk a list of texts is a list, which `value_of_stored` makes a tuple again


class Did(msgspec.Struct, array_like=True, frozen=True):
    """An event, with the properties that rules and traits read.

    Attributes:
        position: in the log; -1: it is older than this store, or came another way.
    """

    at: int
    event_id: str
    position: int
    properties: dict[str, object]


class Stated(msgspec.Struct, array_like=True, frozen=True):
    """What one source states of a person under one name; the newest of each source and identifier is kept.

    Attributes:
        node: of which of their identifiers: its kind and, in place of the value, its blind index.
    """

    source: str
    at: int
    node: Node
    value: Stored
    position: int = -1


class Said(msgspec.Struct, array_like=True, frozen=True):
    """What was said of one purpose by one identifier; the newest of each is kept. `until`: when it lapses; 0: never.

    For the identifier stands its kind and blind index. `is_by_gpc`: it is of the line of Global Privacy Control, which stands
    beside all else (see `privacy.consent`).
    """

    purpose: str
    is_granted: bool
    at: int
    node: Node
    until: int = 0
    position: int = -1
    is_by_gpc: bool = False

    @property
    def line(self) -> tuple[str, Node, bool]:
        """What a newer one is said in place of."""
        return self.purpose, self.node, self.is_by_gpc


class Seen(msgspec.Struct, array_like=True):
    """Identifiers that came together: evidence of who is who, kept until the lake has it.

    Attributes:
        source: where they did.
        at: when first, in microseconds since 1970.
        nodes: the strongest first.
        positions: in the log, ascending: of the event that first named them together, and of those that are kept in `did`.
    """

    source: str
    at: int
    nodes: list[Node]
    positions: list[int]


class Visit(msgspec.Struct, array_like=True, frozen=True):
    """The session someone is in, or was in last: its id, its number, and when it was last heard of."""

    session_id: str
    number: int
    at: int


class Past(msgspec.Struct, array_like=True):
    """What is known of a person and not shown.

    Attributes:
        did: events by name, in the order in which they came.
        stated: attributes by name.
        said: consents.
        bits: which conditions are met, one bit each, little endian; numbered as the rules of `rules` number them.
        rules: of which rules the bits are; another fingerprint: they are to be worked out anew (see `judge.LAKE`).
        due: when conditions and traits may turn by themselves: (moment, number of the condition; -1: a trait, -2: a consent).
        wake: the moment under which the person is listed in the store's queue; 0: not listed.
        base: which base the person was last read from.
        profile_id: as the lake has it; None: the lake does not know them (yet).
        lists: the uploaded lists they are on.
        visit: their session.
        rewarded: of each placement with a bandit, when that was shown for which a reward was counted last.
        seen: which identifiers came together, of events that the base does not have.
    """

    did: dict[str, list[Did]] = {}
    stated: dict[str, list[Stated]] = {}
    said: list[Said] = []
    bits: bytes = b""
    rules: str = ""
    due: list[tuple[int, int]] = []
    wake: int = 0
    base: str = ""
    profile_id: int | None = None
    lists: list[str] = []
    visit: Visit | None = None
    rewarded: dict[str, int] = {}
    seen: list[Seen] = []


class Card(msgspec.Struct, array_like=True):
    """What decisions read of a person.

    Attributes:
        identifiers: sorted.
        traits: by name.
        audiences: each with when they entered.
        consents: purpose to `granted` or `denied`.
        exposures: (placement, variant) and when it was shown, ascending.
        first: the identifier that they were first known by: it stays when others are added, so that what is hung on it (the
            variant they are shown) stays, too.
        despite_gpc: the purposes that they agreed to knowing of Global Privacy Control.
    """

    identifiers: list[Node] = []
    traits: dict[str, Stored] = {}
    audiences: dict[str, int] = {}
    consents: dict[str, str] = {}
    exposures: list[tuple[str, str, int]] = []
    first: Node = ("", "")
    despite_gpc: list[str] = []


class Person(msgspec.Struct):
    """One person in memory; `key`: under which the store has them."""

    key: int
    card: Card
    past: Past


def value_of_stored(stored: Stored) -> Value:
    """A value as it was before it was stored."""
    return tuple(stored) if isinstance(stored, list) else cast("Value", stored)


def moment(microseconds: int) -> datetime:
    """Microseconds since 1970 as an instant, UTC."""
    return _BEGINNING + timedelta(microseconds=microseconds)


def micros(instant: datetime) -> int:
    """An instant as microseconds since 1970."""
    return (instant - _BEGINNING) // _MICROSECOND
