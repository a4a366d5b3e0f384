"""Funnels: how many people reach each of several steps, one strictly after the other, and how long that takes.

Reads what `audiences.columns` reads; of who may be used only. Writes nothing.

Each event of the first step begins an attempt, which goes on with the first event of the next step that is strictly later, as
long as that is not longer than `lasting` after the attempt began. A person has reached a step if an attempt did; times are those
of the attempt that came farthest, the earliest of several. Because only the start counts for `lasting`, no other choice of events
comes farther than the first ones do. Person and time become one number, so that the next event is found by a search among sorted
numbers, for all attempts of some people at once, and of several such parts at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.parting import Parted, Parting, grouped, several
from headwater.audiences.evaluate import Named
from headwater.audiences.happenings import Happenings
from headwater.audiences.sequences.steps import Elapsed
from headwater.engine.bitmaps import Bits
from headwater.engine.ids import Bins
from headwater.explore.people import Look, look, people_of
from headwater.explore.question import EVERYONE, Funnel
from headwater.privacy.anonymity.counts import Counting, Exact
from headwater.tables.workspace import Workspace

Instants = npt.NDArray[np.int64]
Done = tuple[Bins, Instants]
"""Events: whose, and when."""
Places = npt.NDArray[np.int64]
_KEY_BITS = 63
_MICROSECONDS = 1_000_000
_TICK = Elapsed(1, "minutes").length / (60 * _MICROSECONDS)


@dataclass(frozen=True)
class Reached:
    """One step. Counts and what follows from them are None where too few people did it to be told.

    Attributes:
        step: its events, in words.
        n: how many people reached it.
        share: of those who reached the first step; `share_of_previous`: of those who reached the one before.
        median_seconds: from the step before to this one; None at the first.
    """

    step: str
    n: int | None
    share: float | None
    share_of_previous: float | None
    median_seconds: float | None


@dataclass(frozen=True)
class Way:
    """How far the people of an audience come; `n_people`: how many it has."""

    audience: str
    n_people: int | None
    steps: tuple[Reached, ...]


@dataclass(frozen=True)
class Funnelled:
    """An answer with its question: a way for each audience, or that of everyone."""

    question: Funnel
    ways: tuple[Way, ...]


@dataclass(frozen=True, eq=False)
class Attempts:
    """The best attempt of each person who began one.

    Attributes:
        who: the bins, ascending.
        n_steps: how many steps it came.
        at: when each step was, in microseconds, shape (people, steps); beyond `n_steps` without meaning.
    """

    who: Bins
    n_steps: npt.NDArray[np.int8]
    at: Instants


def funnel(
    question: Funnel, workspace: Workspace, known: Mapping[str, Named], counting: Counting | None = None
) -> Funnelled:
    """The answer to a question; `known`: the project's audiences; `counting`: what counts of people are shown by.

    Raises:
        NotFoundError: there is no such audience.
        Refusal: whoever asks has had too many different answers today.
    """
    found, told = look(workspace, question.steps), counting or Exact()
    everyone = people_of("", question.rule, found, workspace, known)
    events = {each: _events(each, found, everyone) for each in question.steps}
    made = attempts(
        [events[each] for each in question.steps],
        None if question.lasting is None else question.lasting.length // _TICK,
        found.columns.n_bins,
    )
    ways = []
    for name in question.audiences or ("",):
        inside = everyone & people_of(name, None, found, workspace, known) if name else everyone
        steps = _steps(question, made, inside, found, told)
        ways.append(Way(name or EVERYONE, told.crowd(found.ids(inside)), steps))
    return Funnelled(question, tuple(ways))


def attempts(steps: Sequence[Done], lasting: int | None, n_bins: int) -> Attempts:
    """The best attempt of each; `steps`: whose the events of each step are, and when; `lasting` in microseconds."""
    distinct = list({id(each): each for each in steps}.values())
    which = [next(n for n, known in enumerate(distinct) if known is each) for each in steps]
    parting = Parting.of(sum(len(at) for _, at in distinct), n_bins)
    parted = [Parted.of(who, parting) for who, _ in distinct]

    def of_part(part: int) -> Attempts:
        rows = [each.rows(part) for each in parted]
        events = [(who[chosen], at[chosen]) for (who, at), chosen in zip(distinct, rows, strict=True)]
        return _attempts(events, which, lasting, n_bins)

    found = several(of_part, range(parting.n_parts))
    return Attempts(
        np.concatenate([each.who for each in found]),
        np.concatenate([each.n_steps for each in found]),
        np.concatenate([each.at for each in found]),
    )


def _attempts(distinct: Sequence[Done], which: Sequence[int], lasting: int | None, n_bins: int) -> Attempts:
    """Those of some people; `which`: the events that each step is."""
    scale = _Scale.of([at for _, at in distinct], n_bins)
    known = [_Ordered.of(who, at, scale) for who, at in distinct]
    begun, *later = [known[n] for n in which]
    depth = np.ones(len(begun.who), dtype=np.int8)
    for going, _ in _walk(begun.who, begun.at, later, lasting):
        depth[going] += 1
    best = _best(begun.who, depth)
    who, n_steps = begun.who[best], depth[best]
    at = np.zeros((len(who), len(which)), dtype=np.int64)
    at[:, 0] = begun.at[best]
    for number, (going, moments) in enumerate(_walk(who, begun.at[best], later, lasting), start=1):
        at[going, number] = moments
    return Attempts(who, n_steps, at)


def _walk(
    who: Bins, began: Instants, later: Sequence[_Ordered], lasting: int | None
) -> Iterator[tuple[Places, Instants]]:
    """Which attempts reach each later step, and when. `who`, `began`: whose each attempt is, and when it begins."""
    going, moments = np.arange(len(who)), began
    for events in later:
        places = events.after(who[going], moments)
        there = places >= 0
        going, moments = going[there], events.at[places[there]]
        if lasting is not None:
            in_time = moments - began[going] <= lasting
            going, moments = going[in_time], moments[in_time]
        yield going, moments


def _best(who: Bins, depth: npt.NDArray[np.int8]) -> Places:
    """Of each person the attempt that came farthest, the first of several; attempts stand in order of person and time."""
    if not len(who):
        return np.empty(0, dtype=np.int64)
    begins = np.flatnonzero(_changes(who))
    n_of = np.diff(np.append(begins, len(who)))
    farthest = np.flatnonzero(depth == np.repeat(np.maximum.reduceat(depth, begins), n_of))
    return farthest[_changes(who[farthest])]


def _changes(values: Bins) -> Bits:
    """Where a value differs from the one before; the first always."""
    found = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


@dataclass(frozen=True)
class _Scale:
    """How person and time become one number that is in their order: of time as much as there is room for."""

    origin: int
    shift: int
    bits: int

    @classmethod
    def of(cls, moments: Sequence[Instants], n_bins: int) -> _Scale:
        """One for these moments."""
        held = [each for each in moments if len(each)]
        first, last = (
            min((int(each.min()) for each in held), default=0),
            max((int(each.max()) for each in held), default=0),
        )
        bits = _KEY_BITS - n_bins.bit_length()
        return cls(first, max(0, (last - first).bit_length() - bits), bits)

    def keys(self, who: Bins, at: Instants) -> Instants:
        """The numbers; the later of two moments never has the lower one."""
        keys: Instants = (who.astype(np.int64) << self.bits) | ((at - self.origin) >> self.shift)
        return keys


@dataclass(frozen=True, eq=False)
class _Ordered:
    """Events in order of person and time, with the numbers that a scale makes of both."""

    who: Bins
    at: Instants
    keys: Instants
    scale: _Scale

    @classmethod
    def of(cls, who: Bins, at: Instants, scale: _Scale) -> _Ordered:
        if np.any(at[1:] < at[:-1]):
            order = np.argsort(at, kind="stable")
            who, at = who[order], at[order]
        order = grouped(who)
        who, at = who[order], at[order]
        return cls(who, at, scale.keys(who, at), scale)

    def after(self, who: Bins, at: Instants) -> Places:
        """Of each of these people the place of their first event after an instant; -1: there is none."""
        found = np.searchsorted(self.keys, self.scale.keys(who, at), "left")
        waiting = np.arange(len(found))
        while len(waiting):  # what has the same number may still be earlier
            place = found[waiting]
            waiting, place = waiting[place < len(self.at)], place[place < len(self.at)]
            is_early = (self.who[place] == who[waiting]) & (self.at[place] <= at[waiting])
            waiting = waiting[is_early]
            found[waiting] += 1
        is_own = found < len(self.at)
        is_own[is_own] = self.who[found[is_own]] == who[is_own]
        return np.where(is_own, found, -1)


def _events(step: Happenings, found: Look, inside: Bits) -> Done:
    """Whose the events of a step are, and when; of these people only."""
    choice = step.choice(found.columns)
    of_bin = np.concatenate([[False], inside])
    parts = [part.during(*choice.edges) for part in choice.parts.values()]
    masks = [of_bin[part.who] for part in parts]
    who = [part.who[mask] for part, mask in zip(parts, masks, strict=True)]
    at = [part.at[mask] for part, mask in zip(parts, masks, strict=True)]
    return np.concatenate([np.empty(0, dtype=np.int32), *who]), np.concatenate(
        [np.empty(0, dtype=np.int64), *at]
    )


def _steps(
    question: Funnel, made: Attempts, inside: Bits, found: Look, told: Counting
) -> tuple[Reached, ...]:
    """How many of some people reached each step."""
    is_inside = inside[made.who - 1]
    first = previous = None
    steps = []
    for number, step in enumerate(question.steps, start=1):
        there = is_inside & (made.n_steps >= number)
        n = told.crowd(found.columns.universe.profile_ids[made.who[there] - 1])
        first = n if number == 1 else first
        before = n if number == 1 else previous
        steps.append(
            Reached(step.describe(), n, _share(n, first), _share(n, before), _median(made, there, number, n))
        )
        previous = n
    return tuple(steps)


def _share(n: int | None, of: int | None) -> float | None:
    """Counts with noise may come out higher than what they are part of: never more than all of it."""
    return None if n is None or not of else min(1.0, n / of)


def _median(made: Attempts, there: Bits, number: int, n: int | None) -> float | None:
    if number == 1 or not n:
        return None
    taken = made.at[there, number - 1] - made.at[there, number - 2]
    return float(np.median(taken)) / _MICROSECONDS
