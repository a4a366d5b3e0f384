"""Chains of events in order of time, for all profiles at once: the walk of `sequences/walk.py` over sorted rows.

Events are put in order of group (whose they are: profile and key) and instant, part by part, each small enough for a
processor's own memory, several at a time. Then "the last one before that" is a running maximum of places. Of one instant later
steps stand before earlier ones, so that of the step before, what stands before an event is what happened strictly before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.follow import Edges
from headwater.audiences.columns.parting import Groups, Parted, Parting, grouped, several
from headwater.audiences.columns.segment import Instants
from headwater.engine.bitmaps import Bits

MOST_LOOKED_UP = 1 << 22
Numbers = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Played:
    """The events of one role: `group` whose each is, a number from 0; `at` in microseconds."""

    role: int
    group: Groups
    at: Instants

    def only(self, rows: npt.NDArray[np.signedinteger]) -> Played:
        """Some of them."""
        return Played(self.role, self.group[rows], self.at[rows])


@dataclass(frozen=True)
class Link:
    """How a step follows the one before: `gap` in microseconds, `barred` the role of what must not lie between."""

    role: int
    gap: int | None = None
    barred: int | None = None


@dataclass(frozen=True, eq=False)
class Pairs:
    """Completed chains: whose, when begun (the latest start there is for that end), when ended."""

    group: Groups
    start: Instants
    end: Instants


@dataclass(frozen=True, eq=False)
class Timeline:
    """Events in order of group and instant; of one instant by role, later steps first."""

    group: Groups
    at: Instants
    role: npt.NDArray[np.int8]

    @property
    def n_bytes(self) -> int:
        """What it holds in memory."""
        return self.group.nbytes + self.at.nbytes + self.role.nbytes

    def during(self, edges: Edges) -> Timeline:
        """Those after the first instant and up to the second."""
        start, end = edges
        counts = self.at > start if start is not None else np.ones(len(self.at), dtype=np.bool_)
        if end is not None:
            counts &= self.at <= end
        return self if counts.all() else Timeline(self.group[counts], self.at[counts], self.role[counts])

    def last(self, chosen: Bits) -> Places:
        """At each row, the place of the last one chosen up to there; -1: none yet."""
        places = np.where(chosen, np.arange(len(chosen), dtype=np.int32), np.int32(-1))
        np.maximum.accumulate(places, out=places)
        return places


@dataclass(frozen=True, eq=False)
class Laid:
    """Events in their order, in parts.

    Attributes:
        n_keys: how many groups a bin has.
        edges: after the first of these instants and up to the second, none is missing.
    """

    lines: Sequence[Timeline]
    n_keys: int
    edges: Edges

    @property
    def n_bytes(self) -> int:
        """What it holds in memory."""
        return sum(line.n_bytes for line in self.lines)

    def covers(self, edges: Edges) -> bool:
        """Whether none is missing between two other instants."""
        (start, end), (first, last) = self.edges, edges
        return (start is None or (first is not None and first >= start)) and (
            end is None or (last is not None and last <= end)
        )


def lay(played: Sequence[Played], n_steps: int, n_bins: int, n_keys: int, edges: Edges) -> Laid:
    """Put events in their order: most of the work of a walk, and the same whatever links ask.

    Args:
        played: the events of each role, by time: those of the steps, then what is barred.
        n_steps: how many roles are steps.
        n_bins: above every bin there is; a group is a bin times `n_keys`, and a key.
        n_keys: above every key there is.
        edges: the instants that all events are between.
    """
    parting = Parting.of(sum(len(each.at) for each in played), n_bins * n_keys)
    parted = several(lambda each: Parted.of(each.group, parting), played)

    def line(part: int) -> Timeline:
        own = [each.only(rows.rows(part)) for each, rows in zip(played, parted, strict=True)]
        able = _of_those_able(own, n_steps)
        # Of one instant the last step stands first, what is barred at the end.
        return _timeline([*reversed(able[:n_steps]), *able[n_steps:]])

    return Laid(several(line, range(parting.n_parts)), n_keys, edges)


def _of_those_able(played: Sequence[Played], n_steps: int) -> list[Played]:
    """The events of groups that have one of every step; of all, where the groups' numbers lie too far apart to be looked up."""
    held = [each.group for each in played if len(each.group)]
    first = min((int(group.min()) for group in held), default=0)
    n_groups = max((int(group.max()) for group in held), default=0) - first + 1
    if n_groups > MOST_LOOKED_UP:
        return list(played)
    able = np.ones(n_groups, dtype=np.bool_)
    for each in played[:n_steps]:
        has = np.zeros(n_groups, dtype=np.bool_)
        has[each.group - first] = True
        able &= has
    return [each.only(np.flatnonzero(able[each.group - first])) for each in played]


def walk(laid: Laid, links: Sequence[Link], lasting: int | None, edges: Edges) -> Pairs:
    """All completed chains between two instants; the first link only says which role begins."""
    found = several(lambda line: _walk(line.during(edges), links, lasting), laid.lines)
    return Pairs(
        np.concatenate([each.group for each in found]),
        np.concatenate([each.start for each in found]),
        np.concatenate([each.end for each in found]),
    )


def _timeline(played: Sequence[Played]) -> Timeline:
    at = np.concatenate([each.at for each in played])
    group = np.concatenate([each.group for each in played])
    role = np.repeat([np.int8(each.role) for each in played], [len(each.at) for each in played])
    order = np.argsort(at, kind="stable")  # which merges what is in order already
    order = order[grouped(group[order])]
    return Timeline(group[order], at[order], role[order])


def _walk(line: Timeline, links: Sequence[Link], lasting: int | None) -> Pairs:
    begins = line.role == links[0].role
    start = np.where(begins, np.arange(len(begins), dtype=np.int32), np.int32(-1))
    for link in links[1:]:
        start = _followed(line, link, start)
    rows = np.flatnonzero(start >= 0)
    group, begun, ended = line.group[rows], line.at[start[rows]], line.at[rows]
    if lasting is None:
        return Pairs(group, begun, ended)
    in_time = ended - begun <= lasting
    return Pairs(group[in_time], begun[in_time], ended[in_time])


def _followed(line: Timeline, link: Link, start: Places) -> Places:
    """The row that began what a step completes, by row; -1 where it completes nothing."""
    rows = np.flatnonzero(line.role == link.role)
    before = line.last(start >= 0)[rows]
    follows = (before >= 0) & (line.group[before] == line.group[rows])
    if link.gap is not None:
        follows &= line.at[rows] - line.at[before] <= link.gap
    if link.barred is not None:
        barred = line.last(line.role == link.barred)[rows]
        is_own = (barred >= 0) & (line.group[barred] == line.group[rows])
        follows &= ~is_own | (line.at[barred] <= line.at[before])
    rows, before = rows[follows], before[follows]
    found = np.full(len(start), -1, dtype=np.int32)
    found[rows] = start[before]
    return found


def n_apart(who: Groups, pairs: Pairs, n_bins: int, most: int) -> npt.NDArray[np.int32]:
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
