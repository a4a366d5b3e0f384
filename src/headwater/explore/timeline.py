"""One person's timeline: everything that happened to them over all channels, newest first, page by page.

    event      what they did                      identity   an identifier joined them, or went to somebody else
    decision   what they were shown, and why      audience   they entered or left an audience
    consent    what they agreed to or refused     delivery   they were added or removed at a destination

Reads `events`, `identity_map`, `identity_changes`, `nodes`, `membership_changes`, `consents` and the ledger of deliveries. Writes
nothing. All of it as runs have brought it there; live, `headwater profile watch` tells.

A page ends with a *cursor*, from which the next one goes on: an instant, and how many happenings of that very instant were
told. So no page leaves out or repeats any, however many there are at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np

from headwater.activate.ledger import open_ledger
from headwater.core.errors import UserError
from headwater.engine.query import DIALECT, literal
from headwater.personalise.decision import DECIDED, SHOWN
from headwater.privacy.restriction import restricted_profiles
from headwater.privacy.shown import AudienceName, Harmless, Written
from headwater.tables.workspace import Workspace

MOST = 1_000
_CURSOR = re.compile(r"(?P<at>[^,]+)(?:,(?P<told>\d{1,9}))?")
_END = datetime(9999, 12, 31, 23, 59, 59, 999999)  # noqa: DTZ001 - without zone, as instants are in tables


class Kind(StrEnum):
    """What kind of happening it is."""

    EVENT = "event"
    DECISION = "decision"
    IDENTITY = "identity"
    AUDIENCE = "audience"
    DELIVERY = "delivery"
    CONSENT = "consent"


@dataclass(frozen=True)
class Happening:
    """One thing that happened; what is None does not belong to its kind, or is not known.

    Attributes:
        at: when, UTC without zone.
        what: the event's name; joined, left, entered, added, removed, granted, denied.
        source: what told of it.
        identifier: of which kind was the identifier it was seen with, or that moved.
        reason: of moves: what made them so.
        others: of events: all else that the source said, as JSON.
    """

    at: datetime
    kind: Kind
    what: Harmless
    source: Harmless | None = None
    identifier: Harmless | None = None
    audience: AudienceName | None = None
    destination: Harmless | None = None
    purpose: Harmless | None = None
    reason: Harmless | None = None
    signal: Harmless | None = None
    product_name: Harmless | None = None
    category: Harmless | None = None
    quantity: float | None = None
    revenue: float | None = None
    campaign_id: Harmless | None = None
    channel: Harmless | None = None
    others: Written | None = None


@dataclass(frozen=True)
class Page:
    """Part of a timeline, newest first. `next`: the cursor of what is before it; None: nothing is."""

    profile_id: int
    is_restricted: bool
    happenings: tuple[Happening, ...]
    next: Harmless | None


@dataclass(frozen=True)
class Cursor:
    """Up to when, and how many happenings of that very instant were told already."""

    at: datetime = _END
    told: int = 0

    def __str__(self) -> str:
        """As people hand it back."""
        return f"{self.at.isoformat()}Z,{self.told}"


@dataclass(frozen=True)
class Wanted:
    """Which part of a timeline: kinds, from a cursor on, at most so many."""

    kinds: frozenset[Kind] = field(default_factory=lambda: frozenset(Kind))
    since: Cursor = field(default_factory=Cursor)
    most: int = 50


def read_cursor(text: str) -> Cursor:
    """A cursor, or a date or time as one: what happened before it.

    Raises:
        UserError: it is none.
    """
    found = _CURSOR.fullmatch(text.strip())
    try:
        at = datetime.fromisoformat(found["at"] if found else "")
    except ValueError:
        raise UserError(
            f"'{text}' is no moment", next_step="write 2026-03-01, or what the page before ended with"
        ) from None
    at = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return Cursor(at, int(found["told"] or 0) if found else 0)


def timeline(profile_id: int, workspace: Workspace, wanted: Wanted | None = None) -> Page:
    """A part of what happened to a person.

    Raises:
        StorageError: the ledger of deliveries cannot be read.
    """
    want = wanted or Wanted()
    reading = _Reading(int(profile_id), workspace, want.since.at, want.since.told + min(want.most, MOST) + 1)
    every = [each for kind in sorted(want.kinds) for each in _OF[kind](reading)]
    every.sort(key=lambda each: (each.kind, str(vars(each))))
    every.sort(key=lambda each: each.at, reverse=True)  # which leaves those of one instant in their order
    rest = every[want.since.told :] if every and every[0].at == want.since.at else every
    page = tuple(rest[: min(want.most, MOST)])
    following = None
    if len(rest) > len(page):
        last = page[-1].at
        told = sum(1 for each in page if each.at == last) + (want.since.told if last == want.since.at else 0)
        following = str(Cursor(last, told))
    return Page(reading.profile_id, reading.profile_id in restricted_profiles(workspace), page, following)


@dataclass(frozen=True, eq=False)
class _Reading:
    """One page being read: of each kind at most `most`, up to a moment."""

    profile_id: int
    workspace: Workspace
    until: datetime
    most: int

    @property
    def nodes(self) -> str:
        return f"(SELECT node_id FROM identity_map WHERE profile_id = {self.profile_id})"

    def rows(self, at: str, select: str, condition: str) -> list[dict[str, Any]]:
        """The newest rows that meet a condition; those of one instant in the order of what they hold."""
        until = literal(self.until).sql(DIALECT)
        rows: list[dict[str, Any]] = self.workspace.engine.table(
            f'SELECT * FROM (SELECT {at} AS "at", {select} WHERE {condition} AND {at} <= {until}) AS found '
            f'QUALIFY rank() OVER (ORDER BY "at" DESC) <= {self.most}'
        ).to_pylist()
        return rows


def _events(reading: _Reading, condition: str, kind: Kind) -> Iterator[Happening]:
    select = (
        "event AS what, source, identifier, product_name, category, quantity, revenue, campaign_id, channel, "
        "properties AS others FROM events LEFT JOIN nodes USING (node_id)"
    )
    shown = ", ".join(literal(each).sql(DIALECT) for each in (DECIDED, SHOWN))
    for row in reading.rows(
        "occurred_at",
        select,
        f"node_id IN {reading.nodes} AND {condition.format(shown)} AND event IS NOT NULL",
    ):
        yield Happening(kind=kind, **row)


def _done(reading: _Reading) -> Iterator[Happening]:
    return _events(reading, "event NOT IN ({})", Kind.EVENT)


def _decisions(reading: _Reading) -> Iterator[Happening]:
    return _events(reading, "event IN ({})", Kind.DECISION)


def _identity(reading: _Reading) -> Iterator[Happening]:
    own = reading.profile_id
    select = f"coalesce(profile_id = {own}, FALSE) AS is_in, identifier FROM identity_changes LEFT JOIN nodes USING (node_id)"
    for row in reading.rows("changed_at", select, f"(profile_id = {own} OR was_profile_id = {own})"):
        what = "joined" if row.pop("is_in") else "left"
        yield Happening(kind=Kind.IDENTITY, what=what, **row)


def _audiences(reading: _Reading) -> Iterator[Happening]:
    select = "change AS what, audience, reason FROM membership_changes"
    for row in reading.rows("changed_at", select, f"profile_id = {reading.profile_id}"):
        yield Happening(kind=Kind.AUDIENCE, **row)


def _consents(reading: _Reading) -> Iterator[Happening]:
    select = (
        "state AS what, source, identifier, purpose, signal FROM consents LEFT JOIN nodes USING (node_id)"
    )
    for row in reading.rows("stated_at", select, f"node_id IN {reading.nodes}"):
        yield Happening(kind=Kind.CONSENT, **row)


def _deliveries(reading: _Reading) -> Iterator[Happening]:
    nodes = reading.workspace.engine.table(f"SELECT node_id FROM {reading.nodes} ORDER BY node_id")
    with open_ledger(reading.workspace.project) as ledger:
        sent = ledger.sent_of(np.asarray(nodes["node_id"].to_numpy(), dtype=np.int64))
    for delivery, change, at in sent:
        moment = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
        if moment <= reading.until:
            yield Happening(
                moment,
                Kind.DELIVERY,
                change.value,
                audience=delivery.audience,
                destination=delivery.destination,
            )


_OF: Mapping[Kind, Callable[[_Reading], Iterator[Happening]]] = MappingProxyType(
    {
        Kind.EVENT: _done,
        Kind.DECISION: _decisions,
        Kind.IDENTITY: _identity,
        Kind.AUDIENCE: _audiences,
        Kind.DELIVERY: _deliveries,
        Kind.CONSENT: _consents,
    }
)
