"""Circles whose areas, and what each two of them share, are as large as sets are: an Euler diagram of two or three, as SVG.

Sizes and what pairs share are drawn exactly wherever circles can: each two stand so far apart that their lens has its area. Three
circles leave no freedom for the middle, so that one is as circles have it; the numbers that stand in it are the counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations

Inside = frozenset[int]
LETTERS = "ABC"
_HALVINGS, _ROUNDS = 60, 400
_FINENESS = 48  # places tried across the picture, for where a number fits best
_WIDE, _TALL, _EDGE = 340.0, 240.0, 8.0
_ROOM = 13.0  # around a number that is drawn


@dataclass(frozen=True)
class Circle:
    """A circle."""

    x: float
    y: float
    r: float

    def depth(self, x: float, y: float) -> float:
        """How far inside a place is; below 0: outside."""
        return self.r - math.hypot(x - self.x, y - self.y)


def lens(one: float, other: float, apart: float) -> float:
    """The area that two circles share whose middles are so far apart.

    >>> round(lens(1, 1, 0), 4), lens(1, 1, 2)
    (3.1416, 0.0)
    """
    if apart >= one + other:
        return 0.0
    if apart <= abs(one - other):
        return math.pi * min(one, other) ** 2
    along = (apart**2 + one**2 - other**2) / (2 * apart)
    parts = ((one, along), (other, apart - along))
    return sum(
        r**2 * math.acos(max(-1.0, min(1.0, d / r))) - d * math.sqrt(max(0.0, r**2 - d**2)) for r, d in parts
    )


def apart(one: float, other: float, shared: float) -> float:
    """How far apart the middles of two circles are that share such an area."""
    near, far = abs(one - other), one + other
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        near, far = (middle, far) if lens(one, other, middle) > shared else (near, middle)
    return (near + far) / 2


def circles(sizes: Sequence[float], shared: Mapping[tuple[int, int], float]) -> tuple[Circle, ...]:
    """A circle for each set; `shared`: what each two have in common, by their places in `sizes`, the lower first."""
    radii = [math.sqrt(max(0.0, size) / math.pi) for size in sizes]
    spans = {pair: _span(radii, pair, shared.get(pair, 0.0)) for pair in combinations(range(len(sizes)), 2)}
    reach = max(radii, default=0.0)
    angles = (math.pi, 0.0) if len(sizes) < 3 else (7 * math.pi / 6, 11 * math.pi / 6, math.pi / 2)
    places = [[reach * math.cos(angle), reach * math.sin(angle)] for angle in angles[: len(sizes)]]
    for _ in range(_ROUNDS):
        for pair, span in spans.items():
            _put(places, pair, span)
    return tuple(Circle(x, y, r) for (x, y), r in zip(places, radii, strict=True))


def _span(radii: Sequence[float], pair: tuple[int, int], shared: float) -> tuple[float, float]:
    """Between which distances two circles may stand: those that share nothing, and one within the other, have a choice."""
    one, other = (radii[at] for at in pair)
    whole = math.pi * min(one, other) ** 2
    if shared <= 0:
        return (one + other) * 1.04, math.inf
    if shared >= whole * (1 - 1e-9):
        return 0.0, abs(one - other) * 0.96
    exact = apart(one, other, shared)
    return exact, exact


def _put(places: list[list[float]], pair: tuple[int, int], span: tuple[float, float]) -> None:
    """Move two middles along their line, each by half of what their distance lacks."""
    (x, y), (to_x, to_y) = (places[at] for at in pair)
    is_at = math.hypot(to_x - x, to_y - y)
    lacks = min(max(is_at, span[0]), span[1]) - is_at
    along = ((to_x - x) / is_at, (to_y - y) / is_at) if is_at > 1e-12 else (1.0, 0.0)
    for at, side in zip(pair, (-0.5, 0.5), strict=True):
        places[at][0] += side * lacks * along[0]
        places[at][1] += side * lacks * along[1]


def picture(found: Sequence[Circle], told: Mapping[Inside, str], label: str) -> str:
    """The circles with what is told of each region, where there is room for it; `label`: the picture in words."""
    placed = _fitted(found)
    rounds = "".join(
        f'<circle class="euler-{at}" cx="{each.x:.1f}" cy="{each.y:.1f}" r="{each.r:.1f}"/>'
        for at, each in enumerate(placed)
    )
    deepest = _deepest(placed)
    words = "".join(
        f'<text x="{x:.1f}" y="{y:.1f}">{escape(told[inside])}</text>'
        for inside, (depth, x, y) in deepest.items()
        if inside in told and depth >= _ROOM and len(told[inside]) * 3.6 <= depth * 1.6
    )
    letters = "".join(_letter(at, each) for at, each in enumerate(placed) if each.r)
    return (
        f'<svg class="euler" viewBox="0 0 {_WIDE:g} {_TALL:g}" role="img" aria-label="{escape(label, quote=True)}">'
        f"{rounds}{words}{letters}</svg>"
    )


def _fitted(found: Sequence[Circle]) -> tuple[Circle, ...]:
    """The same, as large as the picture has room for, with some around it for the letters."""
    drawn = [each for each in found if each.r] or [Circle(0.0, 0.0, 1.0)]
    left, right = min(each.x - each.r for each in drawn), max(each.x + each.r for each in drawn)
    top, bottom = min(each.y - each.r for each in drawn), max(each.y + each.r for each in drawn)
    room_x, room_y = _WIDE - 2 * (_EDGE + 14), _TALL - 2 * (_EDGE + 14)
    scale = min(room_x / (right - left), room_y / (bottom - top))
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    return tuple(
        Circle(
            _WIDE / 2 + (each.x - middle_x) * scale, _TALL / 2 + (each.y - middle_y) * scale, each.r * scale
        )
        for each in found
    )


def _deepest(placed: Sequence[Circle]) -> dict[Inside, tuple[float, float, float]]:
    """For each region the place that is farthest from its edge, and how far that is."""
    best: dict[Inside, tuple[float, float, float]] = {}
    for x, y in _grid():
        depths = [each.depth(x, y) for each in placed]
        inside = frozenset(at for at, depth in enumerate(depths) if depth > 0)
        room = min((abs(depth) for depth in depths), default=0.0)
        if inside and room > best.get(inside, (0.0,))[0]:
            best[inside] = (room, x, y)
    return best


def _grid() -> Iterator[tuple[float, float]]:
    for row in range(_FINENESS):
        for step in range(_FINENESS * 3 // 2):
            yield (step + 0.5) * _WIDE / (_FINENESS * 3 // 2), (row + 0.5) * _TALL / _FINENESS


def _letter(at: int, circle: Circle) -> str:
    """Which set a circle is, at its outer edge: away from the middle of the picture."""
    x, y = circle.x - _WIDE / 2, circle.y - _TALL / 2
    far = math.hypot(x, y)
    along = (x / far, y / far) if far > 1 else (0.0, -1.0)
    reach = circle.r + 11
    to_x, to_y = circle.x + along[0] * reach, circle.y + along[1] * reach
    return f'<text class="euler-letter euler-letter-{at}" x="{to_x:.1f}" y="{to_y:.1f}">{LETTERS[at]}</text>'
