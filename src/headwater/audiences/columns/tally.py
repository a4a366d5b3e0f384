"""How often each profile did something in a window; brought up to date by what came and what left, not counted again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.rows import Part
from headwater.engine.ids import Bins

Counts = npt.NDArray[np.int32]
Edges = tuple[int | None, int | None]


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts by bin, of the parts by segment, within two instants."""

    counts: Counts
    parts: Mapping[str, Part]
    edges: Edges


def count(who: Bins, n_bins: int) -> Counts:
    """How often each bin occurs."""
    return np.bincount(who, minlength=n_bins).astype(np.int32)


def tally(parts: Mapping[str, Part], edges: Edges, n_bins: int, before: Tally | None = None) -> Tally:
    """The counts of all parts within two instants; from an earlier tally of the same question if that is less work.

    The parts reach back to the window's start at least, and a segment that was there before holds what it held.
    """
    if before is None or not _can_follow(before, parts, edges):
        counts = np.zeros(n_bins, dtype=np.int32)
        _add(counts, (part.during(*edges) for part in parts.values()), 1)
        return Tally(counts, parts, edges)
    counts = before.counts
    if len(counts) < n_bins:
        counts = np.concatenate([counts, np.zeros(n_bins - len(counts), dtype=np.int32)])
    known = [part for key, part in parts.items() if key in before.parts]
    _add(counts, (part.during(*edges) for key, part in parts.items() if key not in before.parts), 1)
    (was_start, was_end), (start, end) = before.edges, edges
    if end != was_end:
        _add(counts, (part.during(was_end, end) for part in known), 1)
    if start != was_start:  # which the parts of now need not hold any more
        _add(counts, (part.during(was_start, start) for part in before.parts.values()), -1)
    return Tally(counts, parts, edges)


def _can_follow(before: Tally, parts: Mapping[str, Part], edges: Edges) -> bool:
    """Whether the window only moved on, to an overlapping one, and nothing that was counted is gone."""
    (was_start, was_end), (start, end) = before.edges, edges
    if not before.parts.keys() <= parts.keys() or was_end is None or end is None or end < was_end:
        return False
    if start is None or was_start is None:
        return start == was_start
    return was_start <= start <= was_end


def _add(counts: Counts, parts: Iterable[Part], sign: int) -> None:
    """Count events into bins, in place."""
    for part in parts:
        if part.size * 8 < len(counts):
            np.add.at(counts, part.who, np.int32(sign))
        elif sign > 0:
            counts += count(part.who, len(counts))
        else:
            counts -= count(part.who, len(counts))
