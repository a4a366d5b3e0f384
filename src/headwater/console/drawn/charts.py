"""Pictures of numbers, as SVG: small, sharp at any size, and in the colours of the page they stand in.

Nothing that anybody wrote gets into one but as escaped text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

Points = Sequence[tuple[datetime, float]]
_WIDTH, _HEIGHT = 96.0, 24.0
_WIDE, _TALL = 800.0, 200.0
_LINES = 3


def sparkline(points: Points, label: str) -> str:
    """How something moved, in the space of a word."""
    path = _path(points, _WIDTH, _HEIGHT, least=min(value for _, value in points))
    return (
        f'<svg class="sparkline" viewBox="0 -2 {_WIDTH:g} {_HEIGHT + 4:g}" role="img" aria-label="{_moved(points, label)}">'
        f'<path class="line" d="{path}"/></svg>'
    )


def line(points: Points, label: str) -> str:
    """A line over time with the scale beside it; each point tells its value when pointed at."""
    most = _round_up(max((value for _, value in points), default=1.0))
    path = _path(points, _WIDE, _TALL, least=0.0, most=most)
    rules = "".join(_rule(number, most) for number in range(_LINES + 1))
    spots = "".join(_spot(point, points, most) for point in points[-120:])
    area = f"{path} V{_TALL:g} H0 Z"
    return (
        f'<svg class="plot" viewBox="-2 -12 {_WIDE + 4:g} {_TALL + 16:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{_moved(points, label)}">{rules}<path class="area" d="{area}"/><path class="line" d="{path}"/>{spots}</svg>'
        f'<span class="plot-most quiet small">{most:,.0f}</span>'
    )


def bar(share: float) -> str:
    """A bar that is so long; 0 to 1."""
    length = max(0.0, min(1.0, share)) * 100
    return (
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="bar-all" width="100" height="6"/><rect class="bar-part" width="{length:.2f}" height="6"/></svg>'
    )


def _path(points: Points, width: float, height: float, *, least: float, most: float | None = None) -> str:
    """The line through points, by their distance in time."""
    top = most if most is not None else max(value for _, value in points)
    places = [(_x(at, points, width), _y(value, least, top, height)) for at, value in points]
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _x(at: datetime, points: Points, width: float) -> float:
    whole = (points[-1][0] - points[0][0]).total_seconds()
    return width * (at - points[0][0]).total_seconds() / whole if whole else width


def _y(value: float, least: float, most: float, height: float) -> float:
    return height - height * (value - least) / (most - least) if most > least else height / 2


def _rule(number: int, most: float) -> str:
    y = _TALL - _TALL * number / _LINES
    return f'<path class="rule" d="M0,{y:.1f} H{_WIDE:g}"/>' if most else ""


def _spot(point: tuple[datetime, float], points: Points, most: float) -> str:
    at, value = point
    x, y = _x(at, points, _WIDE), _y(value, 0.0, most, _TALL)
    told = f"{at:%Y-%m-%d %H:%M}: {value:,.0f}"
    return f'<path class="spot" d="M{x:.1f},{y:.1f} h0"><title>{told}</title></path>'


def _moved(points: Points, label: str) -> str:
    """A picture in words."""
    return escape(f"{label}: from {points[0][1]:,.0f} to {points[-1][1]:,.0f}", quote=True)


def _round_up(value: float) -> float:
    """The next round number: 1, 2, 2.5, 5 times a power of ten.

    >>> _round_up(870), _round_up(23), _round_up(0)
    (1000.0, 25.0, 1.0)
    """
    if value <= 0:
        return 1.0
    step = 1.0
    while step < value:
        step *= 10
    return next(step * part / 10 for part in (1, 2, 2.5, 5, 10) if step * part / 10 >= min(value, step))
