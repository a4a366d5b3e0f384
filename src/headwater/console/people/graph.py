"""The identity graph, drawn: identifiers as points, what ties them as lines that can be chosen, by mouse or by keyboard.

Where things stand follows from who is tied to whom alone: the same profile is drawn the same way each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from nicegui import ui
from nicegui.element import Element

from headwater.console.drawn.look import text, with_attributes
from headwater.identity.ties import Point, Tie, Ties

RING, SPACING = 130.0, 120.0
MARGIN_X, MARGIN_Y = 100.0, 50.0
LEAST_WIDTH = 760.0
MOST_LETTERS = 22
Places = Mapping[int, tuple[float, float]]


def placed(nodes: Iterable[int], pairs: Iterable[tuple[int, int]]) -> dict[int, tuple[float, float]]:
    """Where each node stands: whoever has most ties in the middle, those tied to it around it, and so on; the others outermost.

    >>> placed([1, 2], [(1, 2)])
    {1: (0.0, 0.0), 2: (130.0, 0.0)}
    """
    near = _near(nodes, pairs)
    places: dict[int, tuple[float, float]] = {}
    ring, radius, angles = _middle(near), 0.0, dict[int, float]()
    while ring:
        if places:
            radius = max(radius + RING, len(ring) * SPACING / (2 * math.pi))
        for at, node in enumerate(ring):
            angle = 2 * math.pi * at / len(ring)
            angles[node] = angle
            places[node] = (round(1.35 * radius * math.cos(angle), 1), round(radius * math.sin(angle), 1))
            places[node] = places[node] if len(near) > 2 else (radius, 0.0)
        ring = _next_ring(ring, near, places, angles)
    return places


def _near(nodes: Iterable[int], pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    near: dict[int, list[int]] = {node: [] for node in nodes}
    for one, other in pairs:
        near[one].append(other)
        near[other].append(one)
    return near


def _middle(near: Mapping[int, list[int]]) -> list[int]:
    return [max(near, key=lambda node: (len(near[node]), -node))] if near else []


def _next_ring(
    ring: list[int], near: Mapping[int, list[int]], places: Places, angles: Mapping[int, float]
) -> list[int]:
    """The nodes next to those of a ring, in the order in which these stand; where there are none, all that are left."""
    found = dict.fromkeys(
        each
        for node in sorted(ring, key=lambda node: angles[node])
        for each in sorted(near[node])
        if each not in places
    )
    return list(found) or [node for node in near if node not in places]


def draw(ties: Ties, choose: Callable[[Tie], object]) -> None:
    """The graph; `choose`: what happens when a line is chosen."""
    pairs = [(tie.node_id, tie.other_node_id) for tie in ties.ties]
    places = placed([point.node_id for point in ties.points], pairs)
    if not places:
        return
    names = {point.node_id: f"{point.identifier} {point.value or ''}" for point in ties.points}
    svg = with_attributes(ui.element("svg").classes("graph"), viewBox=_view_box(places), role="group")
    with with_attributes(svg, aria_label=f"{len(ties.points)} identifiers and what ties them"):
        for tie in ties.ties:
            _line(tie, places, names, choose)
        for point in ties.points:
            _point(point, *places[point.node_id])


def _view_box(places: Places) -> str:
    xs, ys = zip(*places.values(), strict=True)
    left, top = min(xs) - MARGIN_X, min(ys) - MARGIN_Y
    width, height = max(xs) + MARGIN_X - left, max(ys) + MARGIN_Y + 20 - top
    beside = max(0.0, LEAST_WIDTH - width) / 2  # so that few identifiers are not drawn large
    left, width = left - beside, width + 2 * beside
    return f"{left:g} {top:g} {width:g} {height:g}"


def _line(tie: Tie, places: Places, names: Mapping[int, str], choose: Callable[[Tie], object]) -> None:
    one, other = places[tie.node_id], places[tie.other_node_id]
    counts = "does not count" if tie.aside else "counts"
    said = f"{names[tie.node_id]} and {names[tie.other_node_id]}: {counts}. Why?"
    with ui.element("g").classes(f"tie {'is-aside' if is_aside(tie) else ''}") as held:
        for classes in ("tie-reach", "tie-line"):  # a wide one that is easy to hit, and the one that is seen
            with_attributes(
                ui.element("line").classes(classes),
                x1=f"{one[0]:g}", y1=f"{one[1]:g}", x2=f"{other[0]:g}", y2=f"{other[1]:g}",
            )  # fmt: skip
    with_attributes(held, tabindex="0", role="button", aria_label=said)
    held.on("click", partial(choose, tie)).on("keydown.enter", partial(choose, tie))


def is_aside(tie: Tie) -> bool:
    """Whether a tie does not make two identifiers one person."""
    return bool(tie.aside) or (tie.decision is not None and tie.decision.verdict != "same")


def _point(point: Point, x: float, y: float) -> None:
    with ui.element("g").classes("point" if point.is_own else "point is-other"):
        with_attributes(ui.element("circle"), cx=f"{x:g}", cy=f"{y:g}", r="9")
        _label(point.identifier, x, y + 26, "point-kind")
        _label(_clipped(point.value or "(not readable)"), x, y + 42, "point-value")


def _label(said: str, x: float, y: float, classes: str) -> Element:
    return with_attributes(text("text", said, classes), x=f"{x:g}", y=f"{y:g}", text_anchor="middle")


def _clipped(value: str) -> str:
    return value if len(value) <= MOST_LETTERS else f"{value[: MOST_LETTERS - 1]}…"
