"""Funnels: how many people reach each of several steps, one strictly after the other, and how long that takes.

Reads what `audiences.columns` reads; of who may be used only. Writes nothing.

Each event of the first step begins an attempt, which goes on with the first event of the next step that is strictly later, as
long as that is not longer than `lasting` after the attempt began. A person has reached a step if an attempt did; times are those
of the attempt that came farthest, the earliest of several. Because only the start counts for `lasting`, no other choice of events
comes farther than the first ones do. Steps of every person stand together in order of time, so the next event is a search between
two places, for all attempts at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.chains import grouped
from headwater.audiences.columns.people import Bins
from headwater.audiences.evaluate import Named
from headwater.audiences.happenings import Happenings
from headwater.audiences.sequences.steps import Elapsed
from headwater.engine.bitmaps import Bits
from headwater.explore.people import Look, look, people_of
from headwater.explore.question import EVERYONE, Funnel
from headwater.privacy.anonymity.counts import Counting, Exact
from headwater.tables.workspace import Workspace

Instants = npt.NDArray[np.int64]
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
    n_steps: npt.NDArray[np.int64]
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
    made = attempts(
        [_events(each, found, everyone) for each in question.steps],
        None if question.lasting is None else question.lasting.length // _TICK,
        found.columns.n_bins,
    )
    ways = []
    for name in question.audiences or ("",):
        inside = everyone & people_of(name, None, found, workspace, known) if name else everyone
        steps = _steps(question, made, inside, found, told)
        ways.append(Way(name or EVERYONE, told.crowd(found.ids(inside)), steps))
    return Funnelled(question, tuple(ways))


def attempts(steps: Sequence[tuple[Bins, Instants]], lasting: int | None, n_bins: int) -> Attempts:
    """The best attempt of each; `steps`: whose the events of each step are, and when; `lasting` in microseconds."""
    ordered = [_Ordered.of(who, at, n_bins) for who, at in steps]
    who, began = ordered[0].who, ordered[0].at
    depth = np.ones(len(who), dtype=np.int64)
    at = np.zeros((len(who), len(steps)), dtype=np.int64)
    at[:, 0] = began
    going = np.arange(len(who))
    for number, events in enumerate(ordered[1:], start=1):
        places = events.after(who[going], at[going, number - 1])
        there = places >= 0
        if lasting is not None:
            there[there] = events.at[places[there]] - began[going[there]] <= lasting
        going, places = going[there], places[there]
        at[going, number] = events.at[places]
        depth[going] += 1
    best = _best(who, depth)
    return Attempts(who[best], depth[best], at[best])


def _best(who: Bins, depth: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Of each person the attempt that came farthest, the first of several; attempts stand in order of person and time."""
    order = np.lexsort((-depth, who))  # which is stable: of equals the first one stays first
    first = np.ones(len(who), dtype=np.bool_)
    np.not_equal(who[1:], who[:-1], out=first[1:])
    return order[first]


@dataclass(frozen=True, eq=False)
class _Ordered:
    """Events in order of person and time; those of bin n stand from `ends[n]` to before `ends[n + 1]`."""

    who: Bins
    at: Instants
    ends: npt.NDArray[np.int64]

    @classmethod
    def of(cls, who: Bins, at: Instants, n_bins: int) -> _Ordered:
        order = np.argsort(at, kind="stable")
        order = order[grouped(who[order])]
        ends = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=n_bins))])
        return cls(who[order], at[order], ends)

    def after(self, who: Bins, at: Instants) -> npt.NDArray[np.int64]:
        """Of each of these people the place of their first event after an instant; -1: there is none."""
        low, end = self.ends[who], self.ends[who + 1]
        high = end.copy()
        while True:
            open_ = low < high
            if not open_.any():
                return np.where(low < end, low, -1)
            middle = (low + high) // 2
            later = open_ & (self.at[np.minimum(middle, len(self.at) - 1)] > at)
            high = np.where(later, middle, high)
            low = np.where(open_ & ~later, middle + 1, low)


def _events(step: Happenings, found: Look, inside: Bits) -> tuple[Bins, Instants]:
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
