"""Pictures of audiences' numbers, as SVG beside those of `drawn/charts.py`: an index with its interval, and who came and went."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

_OCTAVES = 3.0  # an index of 800, or of 12.5, is at the edge
_HALF, _TALL = 100.0, 14.0
_WIDE, _UP, _DOWN, _MOST_BARS = 800.0, 100.0, 60.0, 120


@dataclass(frozen=True)
class Moves:
    """Who came in and who left with a run, or within a day."""

    at: datetime
    n_entered: int
    n_left: int


def index(value: float, low: float, high: float, *, is_sure: bool) -> str:
    """A bar from 100 to an index, to the right if it is more, by its logarithm; and a line over its interval."""
    at, start, end = (_place(each) for each in (value, low, high))
    left, width = min(at, _HALF), abs(at - _HALF)
    return (
        f'<svg class="index{"" if is_sure else " is-unsure"}" viewBox="0 0 {2 * _HALF:g} {_TALL:g}" '
        'preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="bar-all" width="{2 * _HALF:g}" height="{_TALL:g}"/>'
        f'<rect class="bar-part" x="{left:.2f}" y="3" width="{width:.2f}" height="{_TALL - 6:g}"/>'
        f'<path class="index-middle" d="M{_HALF:g},0 V{_TALL:g}"/>'
        f'<path class="index-interval" d="M{start:.2f},{_TALL / 2:g} H{end:.2f}"/></svg>'
    )


def _place(value: float) -> float:
    """Where an index stands in the picture.

    >>> _place(100), _place(200) + _place(50), _place(0), _place(1e9)
    (100.0, 200.0, 0.0, 200.0)
    """
    ratio = value / 100
    octaves = math.log2(ratio) if ratio > 0 else -_OCTAVES
    return _HALF + _HALF * max(-1.0, min(1.0, octaves / _OCTAVES))


def by_day(moves: Sequence[Moves]) -> list[Moves]:
    """Moves of one day together, if there are more than can be drawn each."""
    if len(moves) <= _MOST_BARS:
        return list(moves)
    days: dict[object, Moves] = {}
    for each in moves:
        day = each.at.date()
        held = days.get(day, Moves(each.at, 0, 0))
        days[day] = Moves(each.at, held.n_entered + each.n_entered, held.n_left + each.n_left)
    return list(days.values())[-_MOST_BARS:]


def moves(found: Sequence[Moves], label: str) -> str:
    """Bars up for who came in and down for who left, by time, of one scale; each tells its numbers when pointed at."""
    most = max((max(each.n_entered, each.n_left * _UP / _DOWN) for each in found), default=0) or 1
    step = _WIDE / max(1, len(found))
    bars = "".join(_bars(each, at * step, step, _UP / most) for at, each in enumerate(found))
    told = f"{label}: {sum(each.n_entered for each in found):,} came in, {sum(each.n_left for each in found):,} left"
    return (
        f'<svg class="plot moves" viewBox="0 0 {_WIDE:g} {_UP + _DOWN:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(told, quote=True)}">{bars}<path class="moves-middle" d="M0,{_UP:g} H{_WIDE:g}"/></svg>'
    )


def _bars(each: Moves, x: float, step: float, scale: float) -> str:
    left, width = x + step * 0.15, min(step * 0.7, 40.0)
    up, down = each.n_entered * scale, each.n_left * scale
    told = f"{each.at:%Y-%m-%d %H:%M}: {each.n_entered:,} came in, {each.n_left:,} left"
    return (
        f'<g><title>{told}</title><rect class="moves-reach" x="{x:.1f}" width="{step:.1f}" height="{_UP + _DOWN:g}"/>'
        f'<rect class="moves-in" x="{left:.1f}" y="{_UP - up:.2f}" width="{width:.1f}" height="{up:.2f}"/>'
        f'<rect class="moves-out" x="{left:.1f}" y="{_UP:g}" width="{width:.1f}" height="{down:.2f}"/></g>'
    )
