"""Circles whose areas, and what each two of them share, are as large as sets are: an Euler diagram of two or three, as SVG.

Sizes and what pairs share are drawn exactly wherever circles can: each two stand so far apart that their lens has its area. Three
circles leave no freedom for the middle, so that one is as circles have it; the numbers that stand in it are the counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import combinations

Inside = frozenset[int]
LETTERS = "ABC"
_HALVINGS, _ROUNDS = 60, 400
_FINENESS, _FINER = (
    48,
    192,
)  # places tried across the picture, for where a number fits best; where a region is hardly there
_WIDE, _TALL, _EDGE = 340.0, 240.0, 8.0
_ROOM = 13.0  # around a number that is drawn
_LETTER, _LINE = 8.0, 16.0  # how wide and how high letters of a number are

Place = tuple[float, float]


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
    drawn = _Words([_beside(each) for each in placed if each.r])
    deepest = {inside: each for inside, each in _areas(placed, told).items() if inside in told}
    fits = {
        inside for inside, (depth, *_) in deepest.items()
        if depth >= _ROOM and len(told[inside]) * 3.6 <= depth * 1.6
    }  # fmt: skip
    for inside in sorted(deepest, key=lambda each: (each not in fits, sorted(each))):
        _, x, y = deepest[inside]
        if inside in fits:
            drawn.put(told[inside], (x, y))
        else:
            drawn.lead(told[inside], (x, y), placed)
    letters = "".join(_letter(at, each) for at, each in enumerate(placed) if each.r)
    return (
        f'<svg class="euler" viewBox="0 0 {_WIDE:g} {_TALL:g}" role="img" aria-label="{escape(label, quote=True)}">'
        f"{rounds}{''.join(drawn.made)}{letters}</svg>"
    )


def without_area(found: Sequence[Circle], told: Iterable[Inside]) -> list[Inside]:
    """Those of some regions that the circles do not have, though there is somebody in them."""
    wanted = list(told)
    areas = _areas(_fitted(found), wanted)
    return [each for each in wanted if each not in areas]


@dataclass
class _Words:
    """Numbers while they are put into a picture. `taken`: the middles of words that stand there; `made`: what is drawn."""

    taken: list[Place]
    made: list[str] = field(default_factory=list)

    def put(self, said: str, at: Place) -> None:
        """A number in its place."""
        self.taken.append(at)
        self.made.append(f'<text x="{at[0]:.1f}" y="{at[1]:.1f}">{escape(said)}</text>')

    def lead(self, said: str, to: Place, placed: Sequence[Circle]) -> None:
        """A number beside the circles, with a line to its area; nothing, where there is no room for it at all."""
        wide = len(said) * _LETTER / 2
        free = [each for each in _grid(_FINENESS) if self._is_free(each, wide, placed)]
        if not free:
            self.put(said, to)
            return
        at = min(free, key=lambda each: (self._is_crossed(each, to), math.dist(each, to)))
        end = _edge(at, to, wide)
        self.made.append(
            f'<path class="euler-lead" d="M{to[0]:.1f},{to[1]:.1f} L{end[0]:.1f},{end[1]:.1f}"/>'
            f'<path class="euler-end" d="M{to[0]:.1f},{to[1]:.1f} h0"/>'
        )
        self.put(said, at)

    def _is_free(self, at: Place, wide: float, placed: Sequence[Circle]) -> bool:
        """Whether words so wide, to each side, stand there beside all circles and other words."""
        x, y = at
        if not (wide + 2 <= x <= _WIDE - wide - 2 and _LINE / 2 <= y <= _TALL - _LINE / 2):
            return False
        near = [
            (_within(each.x, x - wide, x + wide), _within(each.y, y - _LINE / 2, y + _LINE / 2))
            for each in placed
        ]
        return all(each.depth(*place) < -2 for each, place in zip(placed, near, strict=True)) and all(
            abs(x - to_x) >= wide + _LINE or abs(y - to_y) >= _LINE for to_x, to_y in self.taken
        )

    def _is_crossed(self, at: Place, to: Place) -> bool:
        """Whether a line goes through other words."""
        return any(_apart_from(each, at, to) < _LINE * 0.6 for each in self.taken)


def _within(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def _edge(at: Place, to: Place, wide: float) -> Place:
    """Where a line ends that leads to words: at their edge."""
    dx, dy = to[0] - at[0], to[1] - at[1]
    part = min(wide / abs(dx) if dx else 1.0, _LINE / 2 / abs(dy) if dy else 1.0, 1.0)
    return at[0] + dx * part, at[1] + dy * part


def _apart_from(place: Place, begin: Place, end: Place) -> float:
    """How far a place is from a line between two others."""
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    along = ((place[0] - begin[0]) * dx + (place[1] - begin[1]) * dy) / (dx * dx + dy * dy or 1.0)
    part = _within(along, 0.0, 1.0)
    return math.dist(place, (begin[0] + dx * part, begin[1] + dy * part))


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


Deepest = dict[Inside, tuple[float, float, float]]
"""For each region how far its middle is from its edge, and where that is."""


def _areas(placed: Sequence[Circle], wanted: Iterable[Inside]) -> Deepest:
    """Where the regions are that are asked for, also those that are hardly there; one that is not has no place."""
    found = _deepest(placed, _FINENESS)
    return found if all(each in found for each in wanted) else _deepest(placed, _FINER) | found


def _deepest(placed: Sequence[Circle], fineness: int) -> Deepest:
    """For each region the place that is farthest from its edge."""
    best: Deepest = {}
    for x, y in _grid(fineness):
        depths = [each.depth(x, y) for each in placed]
        inside = frozenset(at for at, depth in enumerate(depths) if depth > 0)
        room = min((abs(depth) for depth in depths), default=0.0)
        if inside and room > best.get(inside, (0.0,))[0]:
            best[inside] = (room, x, y)
    return best


def _grid(fineness: int) -> Iterator[Place]:
    for row in range(fineness):
        for step in range(fineness * 3 // 2):
            yield (step + 0.5) * _WIDE / (fineness * 3 // 2), (row + 0.5) * _TALL / fineness


def _beside(circle: Circle) -> Place:
    """Where the letter of a circle stands: at its outer edge, away from the middle of the picture."""
    x, y = circle.x - _WIDE / 2, circle.y - _TALL / 2
    far = math.hypot(x, y)
    along = (x / far, y / far) if far > 1 else (0.0, -1.0)
    reach = circle.r + 11
    return circle.x + along[0] * reach, circle.y + along[1] * reach


def _letter(at: int, circle: Circle) -> str:
    """Which set a circle is."""
    to_x, to_y = _beside(circle)
    return f'<text class="euler-letter euler-letter-{at}" x="{to_x:.1f}" y="{to_y:.1f}">{LETTERS[at]}</text>'
