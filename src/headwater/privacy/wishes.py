"""What people wish, of our own purposes: signals and choices that came together, brought into one word a purpose.

Reads `purposes:` (their `signals`) and `vendor:` of `headwater.yaml`; writes nothing.

Of a purpose's codes, denied by one is denied. It is granted only if one is granted that counts for the purpose's lawful
basis; else nothing is said: absent is not "no". What contradicts itself is denied, and says what was overruled.

Global Privacy Control stands beside all else: a refusal of its own, that only an agreement which knows of it takes back
(see `consent`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial

import msgspec

from headwater.core.config import Purpose, Vendor
from headwater.core.errors import Problem, suggest
from headwater.core.project import Project
from headwater.privacy.signals.codes import is_refused_by_gpc, known_codes, tcf_purpose
from headwater.privacy.signals.incoming import Part, Signal, Signals, parts
from headwater.privacy.signals.reading import GPC
from headwater.privacy.signals.statement import Basis, State

_MOST_REMEMBERED = 4096  # strings
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
Said = Mapping[Basis, State]  # of one code


class Wish(msgspec.Struct, array_like=True, frozen=True):
    """What somebody said of one purpose.

    Attributes:
        signal: what it was said by; see `Signal`.
        at: when, in microseconds since 1970.
        string: the text that says it, as it came; empty: it is no text.
        overruled: what said otherwise at the same time, and does not count.
    """

    purpose: str
    is_granted: bool
    signal: str
    at: int
    string: str = ""
    overruled: list[str] = []


class RefusedSignal(msgspec.Struct, array_like=True, frozen=True):
    """A signal that is no valid one: of which kind, why (a `Fault`), and where."""

    signal: str
    fault: str
    detail: str


@dataclass(frozen=True)
class Heard:
    """What came of signals and choices; `refused`: the signals that are none."""

    wishes: tuple[Wish, ...] = ()
    refused: tuple[RefusedSignal, ...] = ()


@dataclass(frozen=True)
class _Vote:
    """What one signal says of a purpose."""

    signal: Signal
    state: State
    at: datetime
    string: str = ""


class Hearing:
    """Makes wishes of signals, by a project's purposes."""

    def __init__(self, purposes: Mapping[str, Purpose], vendor: Vendor | None = None) -> None:
        self._purposes = {name: each for name, each in purposes.items() if each.signals}
        self._under_gpc = frozenset(
            name for name, each in self._purposes.items() if any(map(is_refused_by_gpc, each.signals))
        )
        self._parts = lru_cache(_MOST_REMEMBERED)(partial(parts, vendor=vendor))

    def hear(self, signals: Signals, choices: Mapping[str, bool], at: datetime) -> Heard:
        """What signals and choices that came together at a moment (UTC) come to; choices beyond our signals are left alone."""
        read = [
            (signal, text, part.as_of(at))
            for signal, text in ((signal, given.strip()) for signal, given in signals.strings.items())
            for part in self._parts(signal, text)
        ]
        is_gpc = signals.is_gpc or any(_says_gpc(part) for _, _, part in read)
        gpc_string = next((text for _, text, part in read if _says_gpc(part) and not signals.is_gpc), "")
        wishes: list[Wish] = []
        for name, purpose in self._purposes.items():
            votes = [*_chosen(choices.get(name), at), *_votes(purpose, read, at)]
            word = _word(name, votes)
            wishes += [word] if word else []
            is_despite = name in signals.despite_gpc and choices.get(name) is True
            if name in self._under_gpc and is_despite and word is not None and word.is_granted:
                wishes.append(Wish(name, True, Signal.GPC.value, _micros(at)))
            elif name in self._under_gpc and is_gpc:
                granting = _granting(votes)
                wishes.append(Wish(name, False, Signal.GPC.value, _micros(at), gpc_string, granting))
        refused = [
            RefusedSignal(signal.value, part.fault.value, part.detail)
            for signal, _, part in read
            if part.fault
        ]
        return Heard(tuple(wishes), tuple(dict.fromkeys(refused)))

    @property
    def under_gpc(self) -> frozenset[str]:
        """The purposes that Global Privacy Control is a refusal of."""
        return self._under_gpc


def hearing_of(project: Project) -> Hearing:
    """By the purposes of a project."""
    return Hearing(project.config.purposes, project.config.vendor)


def unknown_signals(project: Project) -> list[Problem]:
    """The codes under `signals:` that no standard has, or that our own vendor has not declared."""
    problems = []
    for name, purpose in project.config.purposes.items():
        for place, code in enumerate(purpose.signals):
            if message := _unfit(code, project.config.vendor):
                problem = project.config_document.problem(
                    ("purposes", name, "signals", place), message[0], value=code, expected=message[1]
                )
                problems.append(problem)
    return problems


def _unfit(code: str, vendor: Vendor | None) -> tuple[str, str] | None:
    if code not in known_codes():
        return f"no consent signal says '{code}'", suggest(code, known_codes())
    number = tcf_purpose(code)
    if vendor and number and number not in (*vendor.consent, *vendor.legitimate_interest):
        return "our vendor has not declared this purpose", "declare it under `vendor:`, or leave the code out"
    return None


def _says_gpc(part: Part) -> bool:
    return State.DENIED in part.of(GPC).values()


def _chosen(choice: bool | None, at: datetime) -> Iterator[_Vote]:
    if choice is not None:
        yield _Vote(Signal.CHOICE, State.GRANTED if choice else State.DENIED, at)


def _votes(purpose: Purpose, read: Iterable[tuple[Signal, str, Part]], at: datetime) -> Iterator[_Vote]:
    for signal, text, part in read:
        for code in purpose.signals:
            said = part.of(code) if code != GPC else None
            if said and (state := _counted(said, purpose.lawful_basis)):
                yield _Vote(signal, state, part.said_at(state, at), text)


def _counted(said: Said, lawful_basis: str) -> State | None:
    """What a code, of which something is said, says to a purpose on its lawful basis; None: nothing."""
    if lawful_basis == "consent":
        return said.get(Basis.CONSENT) or (State.DENIED if State.DENIED in said.values() else None)
    if lawful_basis == "legitimate_interest" and Basis.LEGITIMATE_INTEREST in said:
        return said[Basis.LEGITIMATE_INTEREST]
    others = [state for basis, state in said.items() if basis is not Basis.LEGITIMATE_INTEREST]
    if not others:
        return State.DENIED if State.DENIED in said.values() else None
    return State.GRANTED if State.GRANTED in others else State.DENIED


def _word(purpose: str, votes: list[_Vote]) -> Wish | None:
    """One word of several votes: the first refusal, else the first agreement."""
    denied = next((each for each in votes if each.state is State.DENIED), None)
    counts = denied or next(iter(votes), None)
    if counts is None:
        return None
    overruled = _granting(votes) if denied else []
    return Wish(purpose, denied is None, counts.signal.value, _micros(counts.at), counts.string, overruled)


def _granting(votes: list[_Vote]) -> list[str]:
    return sorted({each.signal.value for each in votes if each.state is State.GRANTED})


def _micros(at: datetime) -> int:
    return (at - _BEGINNING) // timedelta(microseconds=1)
