"""Chains of events in order of time, for all profiles at once: the walk of `sequences/walk.py` over sorted numbers.

Every event becomes one number: whose it is (profile and key), the place of its instant among all instants, its role. Sorted,
they stand as the walk needs them, and "the last one before that" is a running maximum of places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.segment import Instants
from headwater.engine.bitmaps import Bits

Numbers = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
_MOST_BITS, _MOST_ROWS = 63, 2**31 - 1


@dataclass(frozen=True, eq=False)
class Played:
    """The events of one role: `group` whose each is, a number from 0; `at` in microseconds."""

    role: int
    group: npt.NDArray[np.signedinteger]
    at: Instants


@dataclass(frozen=True)
class Link:
    """How a step follows the one before: `gap` in microseconds, `barred` the role of what must not lie between."""

    role: int
    gap: int | None = None
    barred: int | None = None


@dataclass(frozen=True, eq=False)
class Pairs:
    """Completed chains: whose, when begun (the latest start there is for that end), when ended."""

    group: Numbers
    start: Instants
    end: Instants


@dataclass(frozen=True, eq=False)
class Timeline:
    """Events in order of group and instant.

    Attributes:
        moment: group and place of the instant, as one number.
        role: of each.
        times: the different instants; the place in a moment is one in here.
        bits: how many bits of a moment are the place.
    """

    moment: Numbers
    role: npt.NDArray[np.int8]
    times: Instants
    bits: int

    def at(self, rows: npt.NDArray[np.signedinteger]) -> Instants:
        """The instants of some rows."""
        return self.times[self.moment[rows] & ((1 << self.bits) - 1)]

    def last(self, chosen: Bits) -> Places:
        """At each row, the place of the last one chosen up to there; -1: none yet."""
        places = np.where(chosen, np.arange(len(chosen), dtype=np.int32), np.int32(-1))
        np.maximum.accumulate(places, out=places)
        return places


def timeline(played: Sequence[Played], n_groups: int) -> Timeline | None:
    """All events in order; None where one number cannot hold what is to be known of each."""
    n_rows = sum(len(each.at) for each in played)
    role_bits, place_bits = len(played).bit_length(), n_rows.bit_length()
    if n_groups.bit_length() + place_bits + role_bits > _MOST_BITS or n_rows > _MOST_ROWS:
        return None
    at = np.concatenate([each.at for each in played])
    packed = np.concatenate(
        [(each.group.astype(np.int64) << (place_bits + role_bits)) | each.role for each in played]
    )
    order = np.argsort(at, kind="stable")
    at, packed = at[order], packed[order]
    is_first = _changes(at)
    packed |= (np.cumsum(is_first) - 1) << role_bits
    packed.sort()
    role = (packed & ((1 << role_bits) - 1)).astype(np.int8)
    return Timeline(packed >> role_bits, role, at[is_first], place_bits)


def walk(line: Timeline, links: Sequence[Link], lasting: int | None) -> Pairs:
    """All completed chains; the first link only says which role begins."""
    # Where each row's instant begins, and its group: what lies before is strictly earlier, or another's.
    begin = line.last(_changes(line.moment))
    group_begin = line.last(_changes(line.moment >> line.bits))
    start = np.where(line.role == links[0].role, np.arange(len(line.role), dtype=np.int32), np.int32(-1))
    for link in links[1:]:
        start = _followed(line, link, start, begin, group_begin)
    rows = np.flatnonzero(start >= 0)
    begun, ended = line.at(start[rows]), line.at(rows)
    in_time = np.ones(len(rows), dtype=np.bool_) if lasting is None else ended - begun <= lasting
    return Pairs(line.moment[rows[in_time]] >> line.bits, begun[in_time], ended[in_time])


def _followed(line: Timeline, link: Link, start: Places, begin: Places, group_begin: Places) -> Places:
    """The row that began what a step completes, by row; -1 where it completes nothing."""
    rows = np.flatnonzero(line.role == link.role)
    rows = rows[begin[rows] > 0]
    before = line.last(start >= 0)[begin[rows] - 1]
    follows = before >= group_begin[rows]
    rows, before = rows[follows], before[follows]
    if link.gap is not None:
        near = line.at(rows) - line.at(before) <= link.gap
        rows, before = rows[near], before[near]
    if link.barred is not None:
        barred = line.last(line.role == link.barred)[begin[rows] - 1]
        free = (barred < 0) | (line.moment[barred] <= line.moment[before])
        rows, before = rows[free], before[free]
    found = np.full(len(start), -1, dtype=np.int32)
    found[rows] = start[before]
    return found


def n_apart(who: Numbers, pairs: Pairs, n_bins: int, most: int) -> npt.NDArray[np.int32]:
    """How many chains of each bin do not overlap, counted up to `most`; shape (n_bins,). `who`: the bin of each pair."""
    counts = np.zeros(n_bins, dtype=np.int32)
    if most == 1:
        counts[who] = 1
        return counts
    order = np.lexsort((pairs.end, who))
    who, start, end = who[order], pairs.start[order], pairs.end[order]
    free_from = np.full(n_bins, np.iinfo(np.int64).min)
    for _ in range(most):
        left = start > free_from[who]
        who, start, end = who[left], start[left], end[left]
        if not len(who):
            break
        first = _changes(who)
        free_from[who[first]] = end[first]
        counts[who[first]] += 1
    return counts


def _changes(values: npt.NDArray[np.signedinteger]) -> Bits:
    """Where a value differs from the one before; the first always."""
    found = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found
