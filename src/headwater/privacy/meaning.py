"""What consent signals say, and what that means for each purpose of the project: for people who have to answer for it.

Reads `purposes:` and `vendor:` of `headwater.yaml`; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from headwater.core.config import Purpose
from headwater.core.errors import UserError
from headwater.core.project import Project
from headwater.privacy.shown import Harmless
from headwater.privacy.signals.fault import FAULTS
from headwater.privacy.signals.incoming import Signal, Signals, parts
from headwater.privacy.wishes import Heard, Wish, hearing_of

_GPP_BEGINS = "DB"  # the header's kind and version in base64url


@dataclass(frozen=True)
class Stated:
    """What one signal states, in the words of its own standard."""

    signal: Harmless
    code: Harmless
    basis: Harmless
    state: Harmless


@dataclass(frozen=True)
class Refusal:
    """Why a signal is no valid one; `meaning`: of the reason."""

    signal: Harmless
    reason: Harmless
    meaning: Harmless
    detail: Harmless


@dataclass(frozen=True)
class Meaning:
    """What the signals mean for a purpose.

    Attributes:
        state: granted, denied, or nothing (they say nothing of it).
        by: the signal that decides.
        overruled: what said otherwise.
    """

    purpose: Harmless
    lawful_basis: Harmless
    state: Harmless
    by: Harmless | None
    overruled: tuple[Harmless, ...]


@dataclass(frozen=True)
class SignalMeaning:
    """What signals say and mean, if they came together now."""

    states: tuple[Stated, ...]
    refused: tuple[Refusal, ...]
    means: tuple[Meaning, ...]


def explain_signals(
    strings: Sequence[str], project: Project, *, is_gpc: bool = False, at: datetime | None = None
) -> SignalMeaning:
    """What strings, of whatever standards, and Global Privacy Control say and mean.

    Args:
        strings: at most one of each standard; which one it is of, it shows.
        project: whose purposes they mean something for.
        is_gpc: Global Privacy Control is set.
        at: when they come, UTC; None: now.

    Raises:
        UserError: there is nothing to explain, or there are two of one standard.
    """
    moment = at or datetime.now(UTC)
    signals = Signals(_told_apart(strings), is_gpc)
    if not signals:
        raise UserError("there is no signal to explain", next_step="give a consent string, or --gpc")
    heard = hearing_of(project).hear(signals, {}, moment)
    return SignalMeaning(
        tuple(_stated(signals, project, moment)),
        tuple(
            Refusal(each.signal, each.fault, FAULTS[each.fault].meaning, each.detail)
            for each in heard.refused
        ),
        tuple(_meaning(name, each, heard) for name, each in project.config.purposes.items()),
    )


def signal_of(text: str) -> Signal:
    """Of which standard a string is, by how it begins.

    >>> signal_of("1YNN"), signal_of("DBAA~1YNN"), signal_of("CQAA"), signal_of('{"ad_storage": "denied"}')
    (<Signal.US_PRIVACY: 'us_privacy'>, <Signal.GPP: 'gpp'>, <Signal.TCF: 'tcf'>, <Signal.CONSENT_MODE: 'consent_mode'>)
    """
    text = text.strip()
    if text.startswith(("{", "[")):
        return Signal.CONSENT_MODE
    if "~" in text or text.startswith(_GPP_BEGINS):
        return Signal.GPP
    return Signal.US_PRIVACY if text[:1].isdecimal() else Signal.TCF


def _told_apart(strings: Iterable[str]) -> dict[Signal, str]:
    found: dict[Signal, str] = {}
    for text in (given.strip() for given in strings):
        signal = signal_of(text)
        if signal in found:
            raise UserError(
                f"there are two strings of one standard ({signal})", next_step="explain one at a time"
            )
        found[signal] = text
    return found


def _stated(signals: Signals, project: Project, at: datetime) -> Iterable[Stated]:
    for signal, text in signals.strings.items():
        for part in parts(signal, text, project.config.vendor):
            for each in part.as_of(at).statements:
                yield Stated(signal.value, each.purpose, each.basis.value, each.state.value)
    if signals.is_gpc:
        yield Stated(Signal.GPC.value, Signal.GPC.value, "opt_out", "denied")


def _meaning(name: str, purpose: Purpose, heard: Heard) -> Meaning:
    own = [each for each in heard.wishes if each.purpose == name]
    # What denies comes first: Global Privacy Control stands beside all else, and the stricter counts.
    wish = min(own, key=lambda each: (each.is_granted, each.signal == Signal.GPC), default=None)
    return Meaning(name, purpose.lawful_basis, _state(wish), wish.signal if wish else None, _overruled(wish))


def _state(wish: Wish | None) -> str:
    return "nothing" if wish is None else "granted" if wish.is_granted else "denied"


def _overruled(wish: Wish | None) -> tuple[str, ...]:
    return tuple(wish.overruled) if wish else ()
