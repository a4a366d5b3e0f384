"""One event whole, in parts that can be shown or hidden: who it is about, what it says, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from headwater.privacy.shown import Harmless, OfTrait, Pseudonymous, Written, identifier_of
from headwater.tables.rejection import Reason


@dataclass(frozen=True)
class Identified:
    """An identifier that an event came with."""

    kind: Harmless
    value: Annotated[str, identifier_of("kind")]


@dataclass(frozen=True)
class Plain:
    """Something that an event says, which names nobody."""

    path: Harmless
    type: Harmless
    length: int
    value: Harmless


@dataclass(frozen=True)
class Free:
    """Something that an event says, which may name people."""

    path: Harmless
    type: Harmless
    length: int
    value: Written


@dataclass(frozen=True)
class Tracing:
    """Something that an event says, which tells people apart."""

    path: Harmless
    type: Harmless
    length: int
    value: Pseudonymous


@dataclass(frozen=True)
class Stated:
    """A trait that an event states of somebody."""

    path: Harmless
    type: Harmless
    length: int
    trait: Harmless
    value: Annotated[str, OfTrait(name_in="trait")]


Said = Plain | Free | Tracing | Stated


@dataclass(frozen=True)
class Parts:
    """What an event says, by how it is hidden."""

    plain: tuple[Plain, ...] = ()
    free: tuple[Free, ...] = ()
    tracing: tuple[Tracing, ...] = ()
    stated: tuple[Stated, ...] = ()

    @classmethod
    def of(cls, said: Iterable[Said]) -> Parts:
        """The same, put in order."""
        all_ = list(said)
        return cls(
            tuple(each for each in all_ if isinstance(each, Plain)),
            tuple(each for each in all_ if isinstance(each, Free)),
            tuple(each for each in all_ if isinstance(each, Tracing)),
            tuple(each for each in all_ if isinstance(each, Stated)),
        )


@dataclass(frozen=True)
class Wrong:
    """Why an event was refused; `where`: its place among what was refused, for commands."""

    reason: Harmless
    meaning: Harmless
    advice: Harmless
    detail: Harmless
    where: Harmless

    @classmethod
    def of(cls, reason: str, detail: str, where: str) -> Wrong:
        """The same, of a reason's name."""
        known = next(each for each in Reason if each.value == reason)
        return cls(reason, known.meaning, known.advice, detail, where)


@dataclass(frozen=True)
class Payload:
    """An event whole. Instants are UTC, without zone.

    Attributes:
        name: what happened, or the kind of call.
        wrong: why it was refused; None: it was not.
        against: what the plan says otherwise of it.
        raw: as it came; None: it is told in parts instead.
    """

    source: Harmless
    name: Harmless
    event_id: Pseudonymous
    received_at: datetime | None = None
    occurred_at: datetime | None = None
    wrong: Wrong | None = None
    against: tuple[Harmless, ...] = ()
    identifiers: tuple[Identified, ...] = ()
    parts: Parts = Parts()
    consents: tuple[Harmless, ...] = ()
    raw: Written | None = None

    @property
    def said(self) -> list[Said]:
        """All that it says, in order of its path."""
        held = self.parts
        return sorted([*held.plain, *held.free, *held.tracing, *held.stated], key=lambda each: each.path)
