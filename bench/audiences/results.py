"""What the rounds of one size gave: a number a round, medians with ranges, ratios of pairs of one round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.audiences.generate import Size
from bench.audiences.work import Done

Pick = Callable[[Sequence[float]], float]


@dataclass
class Results:
    """One size.

    Attributes:
        made: seconds that its preparation took, by what was made.
        done: by piece of work, one a round.
    """

    size: Size
    made: Mapping[str, float]
    done: dict[str, list[Done]] = field(default_factory=dict)

    def has(self, *pieces: str) -> bool:
        """Whether all of these were measured."""
        return all(self.done.get(piece) for piece in pieces)

    def seconds(self, piece: str, series: str, pick: Pick = statistics.median) -> list[float]:
        """One number a round: by default the median of what was timed."""
        return [pick(done.seconds[series]) for done in self.done[piece]]

    def wall(self, piece: str) -> list[float]:
        """The seconds of whole processes."""
        return [done.wall for done in self.done[piece]]

    def peak(self, *pieces: str) -> float:
        """The most memory in any round, in megabytes."""
        return max(done.megabytes for piece in pieces for done in self.done.get(piece, []))


def percentile(percent: float) -> Pick:
    """What picks a percentile.

    >>> percentile(50)([1.0, 2.0, 3.0])
    2.0
    """
    return lambda seconds: float(np.percentile(seconds, percent))


def spread(seconds: Sequence[float]) -> str:
    """The median with the smallest and the largest.

    >>> spread([0.5, 0.25, 1.5]), spread([0.012])
    ('0.50 s (0.25 to 1.50)', '12.0 ms')
    """
    times, unit, digits = (1000, "ms", 1) if statistics.median(seconds) < 0.1 else (1, "s", 2)
    shown = [
        f"{times * each:,.{digits}f}" for each in (statistics.median(seconds), min(seconds), max(seconds))
    ]
    return f"{shown[0]} {unit}" + (f" ({shown[1]} to {shown[2]})" if len(seconds) > 1 else "")


def ratios(slower: Sequence[float], faster: Sequence[float]) -> list[float]:
    """How many times as fast, round by round; where one has fewer rounds, in the first ones."""
    return [a / b for a, b in zip(slower, faster, strict=False)]


def times(found: Sequence[float]) -> str:
    """Ratios in words.

    >>> times([2.0, 14.2, 3.0]), times([14.2])
    ('3.0 (2.0 to 14.2)', '14.2')
    """
    median = f"{statistics.median(found):.1f}"
    return median + (f" ({min(found):.1f} to {max(found):.1f})" if len(found) > 1 else "")
