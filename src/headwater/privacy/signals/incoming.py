"""Signals as they come with an event or a row, and what each string says: read once, refused with a reason, never guessed.

A string that is none says nothing. One that can be read, and is no valid signal all the same (`Fault.NO_DISCLOSED_VENDORS`,
`Fault.FROM_THE_FUTURE`), grants nothing; what it refuses counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from headwater.core.config import Vendor
from headwater.core.errors import SignalError
from headwater.privacy.signals import consent_mode, gpp, tcf, us_privacy
from headwater.privacy.signals.fault import FAULTS, Fault
from headwater.privacy.signals.for_vendor import of_tcf_for
from headwater.privacy.signals.gpp import Section
from headwater.privacy.signals.reading import of_consent_mode, of_section, of_tcf, of_us_privacy
from headwater.privacy.signals.statement import Basis, State, Statement
from headwater.privacy.signals.tc_string import TcString
from headwater.privacy.signals.tc_string_canada import CanadianTcString

SKEW = timedelta(minutes=5)
"""By how much a consent platform's clock may be ahead of ours."""
DISCLOSING_SINCE = datetime(2026, 3, 1, tzinfo=UTC)
"""From when on TCF strings must say which vendors were shown."""
_NOTHING: Mapping[Basis, State] = MappingProxyType({})
_MIDNIGHT, _LAST = time(0), timedelta(days=1) - timedelta(microseconds=1)


class Signal(StrEnum):
    """What something of a purpose was said by, as `consents.signal` has it."""

    CHOICE = "choice"
    TCF = "tcf"
    GPP = "gpp"
    US_PRIVACY = "us_privacy"
    CONSENT_MODE = "consent_mode"
    GPC = "gpc"


STRINGS = (Signal.TCF, Signal.GPP, Signal.US_PRIVACY, Signal.CONSENT_MODE)
"""Those that come as text."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What came with one event.

    Attributes:
        strings: texts as they came, by what they are.
        is_gpc: Global Privacy Control is set.
        despite_gpc: the purposes that the person agreed to after being told that it is set.
    """

    strings: Mapping[Signal, str] = field(default_factory=lambda: MappingProxyType({}))
    is_gpc: bool = False
    despite_gpc: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.strings or self.is_gpc or self.despite_gpc)


@dataclass(frozen=True)
class Part:
    """What a string, or a section of it, says.

    Attributes:
        statements: in the words of its standard.
        updated: when the person's choice was last changed, as it says; None: it does not.
        fault: why it is refused, and `detail` where; None: it is not.
    """

    statements: tuple[Statement, ...] = ()
    updated: datetime | None = None
    fault: Fault | None = None
    detail: str = ""

    def of(self, code: str) -> Mapping[Basis, State]:
        """What it states of a code, by basis; nothing: it says nothing of it."""
        return self._by_code.get(code, _NOTHING)

    @cached_property
    def _by_code(self) -> Mapping[str, Mapping[Basis, State]]:
        found: dict[str, dict[Basis, State]] = {}
        for each in self.statements:
            found.setdefault(each.purpose, {})[each.basis] = each.state
        return found

    def as_of(self, at: datetime) -> Part:
        """What it says when it comes at a moment, UTC."""
        if self.updated is None or self.fault or self.updated <= at + SKEW:
            return self
        return _refused(self, Fault.FROM_THE_FUTURE, "it says that it was made later than it came")

    def said_at(self, state: State, at: datetime) -> datetime:
        """When something was said that comes at a moment.

        An agreement is as old as the string says; where that is a day and no more, it may be of that day's end. A refusal is
        of the moment at which it comes: the person still stands by it.
        """
        if state is State.DENIED or self.updated is None:
            return at
        is_day = self.updated.time() == _MIDNIGHT
        return min(at, self.updated + _LAST if is_day else self.updated)


def parts(signal: Signal, text: str, vendor: Vendor | None = None) -> tuple[Part, ...]:
    """What a text says: one part, or of GPP one each section. A text that is none is one part with its fault."""
    try:
        return tuple(_parts(signal, text, vendor))
    except SignalError as error:
        return (Part(fault=FAULTS[error.fault], detail=error.message),)


def _parts(signal: Signal, text: str, vendor: Vendor | None) -> Iterator[Part]:
    match signal:
        case Signal.TCF:
            yield _of_section(tcf.decode(text), vendor)
        case Signal.GPP:
            yield from (_of_section(each, vendor) for each in gpp.decode(text).sections.values())
        case Signal.US_PRIVACY:
            yield Part(of_us_privacy(us_privacy.decode(text)))
        case Signal.CONSENT_MODE:
            yield Part(of_consent_mode(consent_mode.read(_commands(text))))


def _of_section(said: Section, vendor: Vendor | None) -> Part:
    if isinstance(said, CanadianTcString):
        return Part(of_section(said), said.updated)
    if not isinstance(said, TcString):
        return Part(of_section(said))
    part = Part(of_tcf_for(said, vendor) if vendor else of_tcf(said), said.updated)
    if said.lacks_disclosed_vendors and said.updated >= DISCLOSING_SINCE:
        return _refused(
            part, Fault.NO_DISCLOSED_VENDORS, "a TCF string without the segment of disclosed vendors"
        )
    return part


def _refused(part: Part, fault: Fault, detail: str) -> Part:
    """A part that grants nothing any more."""
    denied = tuple(each for each in part.statements if each.state is State.DENIED)
    return replace(part, statements=denied, fault=fault, detail=detail)


def _commands(text: str) -> list[tuple[str, Mapping[str, object]]]:
    """Consent Mode as JSON: what was chosen, storage by storage, or the commands of a page in their order."""
    try:
        told = json.loads(text)
        told = json.loads(told) if isinstance(told, str) else told
    except (ValueError, RecursionError):
        raise SignalError('consent mode: must be JSON, such as {"ad_storage": "denied"}') from None
    if isinstance(told, dict):
        return [("update", told)]
    if isinstance(told, list) and all(_is_command(each) for each in told):
        return [(str(kind), settings) for kind, settings in told]
    raise SignalError('consent mode: must be an object, or a list of ["default" or "update", object]')


def _is_command(told: object) -> bool:
    return (
        isinstance(told, list) and len(told) == 2 and isinstance(told[0], str) and isinstance(told[1], dict)
    )
