"""What each profile's events come to, brought up to date for those whose events changed, not computed again for all.

An answer is one or more arrays with a value a profile, computed from chosen events. When events come in, or a window moves
on, only the profiles of the events that came and went can have another value: theirs is computed anew, from all of their
events; everyone else keeps what they had.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.rows import Part
from headwater.engine.bitmaps import Bits
from headwater.engine.ids import Bins

Edges = tuple[int | None, int | None]
Values = tuple[npt.NDArray[Any], ...]  # each of shape (profiles,)
Compute = Callable[
    [Sequence[list[Part]], int], Values | None
]  # of events by choice, and how many bins there are
MOST_ANEW = 4  # if more than one in so many profiles is concerned, all are computed anew


@dataclass(frozen=True, eq=False)
class Choice:
    """Events of a name that pass tests, by segment, and the two instants between which they count.

    Of those before the first instant some may be there and others not.

    Attributes:
        asked: which they are; equal ones of the same segments are the same events.
    """

    asked: Hashable
    parts: Mapping[str, Part]
    edges: Edges

    def now(self) -> list[Part]:
        """Those that count."""
        found = [part.during(*self.edges) for part in self.parts.values()]
        return [part for part in found if part.size]

    def moved_since(self, before: Choice) -> list[Part] | None:
        """Those that count now and did not before, or the other way round; None if that is not to be told."""
        if not before.parts.keys() <= self.parts.keys():
            return None
        moved = [part.during(*self.edges) for key, part in self.parts.items() if key not in before.parts]
        for was, now, leave_ahead in zip(before.edges, self.edges, (True, False), strict=True):
            if was == now:
                continue
            if was is None or now is None:
                return None
            # What left is known from before, what entered from now.
            parts = before.parts if (was < now) is leave_ahead else self.parts
            moved += [parts[key].during(min(was, now), max(was, now)) for key in before.parts]
        return moved


@dataclass(frozen=True, eq=False)
class Answer:
    """What some choices came to; `judged`: who meets what was asked of these values, and when it was asked."""

    choices: Sequence[Choice]
    values: Values
    judged: dict[Hashable, tuple[datetime, Bits]] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        """What it holds in memory of its own."""
        return sum(each.nbytes for each in self.values)


def answer(
    choices: Sequence[Choice], compute: Compute, n_bins: int, before: Answer | None = None
) -> Answer | None:
    """What the choices come to, from an earlier answer to the same question if that is less work; that one is used up.

    Args:
        choices: the events.
        compute: the values of each profile from lists of events, one list a choice; None where it cannot. It is also asked
            for some profiles alone, which then have bins of their own.
        n_bins: one more than there are profiles.
        before: the earlier answer; the profiles it knew still have the same bins.
    """
    moved = None if before is None else _moved(choices, before)
    if before is None or moved is None:
        return _whole(choices, compute, n_bins)
    values = _longer(before.values, n_bins - 1)
    if not moved:
        return Answer(choices, values, before.judged if values is before.values else {})
    concerned = _concerned(moved, n_bins)
    n_concerned = int(np.count_nonzero(concerned))
    if n_concerned * MOST_ANEW > n_bins:
        return _whole(choices, compute, n_bins)
    bins = np.cumsum(concerned, dtype=np.int32)  # of those concerned, from 1
    theirs = [[_of(part, concerned, bins) for part in choice.now()] for choice in choices]
    found = compute(theirs, n_concerned + 1)
    if found is None:
        return _whole(choices, compute, n_bins)
    for old, new in zip(values, found, strict=True):
        old[concerned[1:]] = new
    return Answer(choices, values)


def _whole(choices: Sequence[Choice], compute: Compute, n_bins: int) -> Answer | None:
    found = compute([choice.now() for choice in choices], n_bins)
    return None if found is None else Answer(choices, found)


def _of(part: Part, concerned: Bits, bins: Bins) -> Part:
    """The events of those concerned, in bins of their own."""
    own = part.only(concerned[part.who])
    return replace(own, who=bins[own.who])


def _moved(choices: Sequence[Choice], before: Answer) -> list[Part] | None:
    """The events that came and went since; None if that is not to be told."""
    moved: list[Part] = []
    for choice, was in zip(choices, before.choices, strict=True):
        own = choice.moved_since(was)
        if own is None:
            return None
        moved += [part for part in own if part.size]
    return moved


def _concerned(moved: Sequence[Part], n_bins: int) -> Bits:
    """The bins that can have another value now."""
    bits = np.zeros(n_bins, dtype=np.bool_)
    for part in moved:
        bits[part.who] = True
    bits[0] = False
    return bits


def _longer(values: Values, size: int) -> Values:
    """The same with nothing for profiles that are new; whoever of them has events is concerned."""
    if all(len(each) == size for each in values):
        return values
    return tuple(np.concatenate([each, np.zeros(size - len(each), dtype=each.dtype)]) for each in values)
