"""What pages are made of: one function is one component. Colours, spacing and type are in `static/*.css`, and nowhere else.

Everything that people or their data say goes in as text, never as HTML: nothing here takes markup. What is drawn (`charts.py`)
is made of numbers; tables (`table.py`) escape what they are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from headwater.console.drawn import charts
from headwater.console.drawn.charts import Points
from headwater.console.drawn.table import Cell, Column, table
from headwater.core.errors import HeadwaterError, ProjectError

__all__ = [
    "DASH", "Cell", "Column", "ago", "bars", "box", "button", "chart", "day", "drawn", "empty", "figure", "link", "moment",
    "page", "panel", "people", "problem", "refusal", "said_of", "table", "tag", "text", "waiting", "with_attributes",
]  # fmt: skip

DASH = "\N{EN DASH}"


def text(tag: str, said: str, classes: str = "") -> Element:
    """Words in a tag of HTML."""
    return TextElement(tag=tag, text=said).classes(classes)


def box(classes: str = "", tag: str = "div") -> Element:
    """Something that holds others."""
    return ui.element(tag).classes(classes)


def link(said: str, to: str, classes: str = "") -> Element:
    """Words that lead to another page."""
    return with_attributes(text("a", said, classes), href=to)


def button(said: str, does: Callable[[], object], classes: str = "") -> Element:
    """Something to press."""
    return with_attributes(text("button", said, f"button {classes}"), type="button").on("click", does)


@contextmanager
def page(title: str, lede: str = "", *, above: tuple[str, str] | None = None) -> Iterator[None]:
    """A page's head and body. `above`: the page it is under: its title and address."""
    with box("page"):
        with box("page-head", "header"):
            if above:
                link(above[0], above[1], "crumb")
            with_attributes(text("h1", title), tabindex="-1")
            if lede:
                text("p", lede, "quiet lede")
        yield


@contextmanager
def panel(title: str, note: str = "", classes: str = "") -> Iterator[Element]:
    """A part of a page with a heading."""
    with box(f"panel {classes}", "section") as held:
        with box("panel-head"):
            text("h2", title)
            if note:
                text("span", note, "quiet small")
        yield held


def figure(label: str, value: str, note: str = "", trend: Points = ()) -> None:
    """A number that is read at a glance, with its history."""
    with box("figure"):
        text("span", label, "quiet small")
        with box("figure-row"):
            text("span", value, "value")
            if len(trend) > 1:
                drawn(charts.sparkline(trend, label))
        text("span", note or "\u00a0", "quiet small")


def tag(said: str, tone: str = "") -> None:
    """A short word that marks something."""
    text("span", said, f"tag {tone}")


def drawn(picture: str) -> None:
    """A picture of `charts`."""
    ui.html(picture, sanitize=False).classes("drawn")


def chart(label: str, points: Points, unit: str = "") -> None:
    """A line over time, and the same as figures for who does not see it."""
    with box("chart"):
        drawn(charts.line(points, label))
        with box("chart-axis quiet small"):
            for at in (points[0][0], points[-1][0]):
                text("span", day(at))
        with box("figures", "details"):
            text("summary", "Figures", "quiet small")
            rows = [(Cell(moment(at)), Cell(f"{value:,.0f}")) for at, value in reversed(points[-200:])]
            table(label, (Column("When (UTC)"), Column(unit or "Value", is_number=True)), rows)


def bars(rows: Sequence[tuple[str, int | None, float]], least: int | None = None) -> None:
    """Words, counts, and how long each one's bar is: 0 to 1. `least`: the floor of counts that are not shown."""
    with box("bars"):
        for said, count, share in rows:
            with box("bar-row"):
                text("span", said, "bar-word")
                drawn(charts.bar(share))
                text("span", people(count, least), "number")


def empty(title: str, why: str, command: str = "") -> None:
    """Nothing is here yet: what would be, and how it comes."""
    with box("empty"):
        text("p", title, "strong")
        text("p", why, "quiet")
        if command:
            text("code", command, "command")


def refusal(said: str, next_step: str = "") -> None:
    """Something is not done, and what to do about it."""
    with with_attributes(box("refusal"), role="alert"):
        text("p", said, "strong")
        if next_step:
            text("p", next_step, "quiet")


def problem(error: HeadwaterError) -> None:
    """An error of ours, in its own words."""
    refusal(error.message if not isinstance(error, ProjectError) else said_of(error), error.next_step or "")


def said_of(error: ProjectError) -> str:
    """The first problems of files that are not sound."""
    return "; ".join(f"{each.path}: {each.message}".lstrip(": ") for each in error.problems[:3])


def waiting() -> Element:
    """Where something will be that is on its way: as tall as it, so that nothing jumps."""
    with with_attributes(box("waiting"), role="status", aria_label="Loading") as held:
        for _ in range(3):
            box("waiting-line")
    return held


def people(count: int | None, least: int | None = None) -> str:
    """How many people, as somebody may see it.

    >>> people(1234), people(None, 25), people(None)
    ('1,234', 'fewer than 25', 'too few to show')
    """
    if count is None:
        return f"fewer than {least}" if least else "too few to show"
    return f"{count:,}"


def ago(at: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in a word or two; instants are UTC.

    >>> ago(datetime(2026, 3, 1, 12), datetime(2026, 3, 1, 15)), ago(None)
    ('3 h ago', 'never')
    """
    if at is None:
        return "never"
    present = (now or datetime.now(UTC)).replace(tzinfo=None)
    seconds = max(0, int((present - at.replace(tzinfo=None)).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:,} {unit} ago"
    return "just now"


def moment(at: datetime) -> str:
    """A moment to the minute."""
    return f"{at:%Y-%m-%d %H:%M}"


def day(at: datetime) -> str:
    """A day, as people write it."""
    return f"{at.day} {at:%b %Y}"


def with_attributes(element: Element, **attributes: str) -> Element:
    """An element with attributes of HTML; `aria_label` is written `aria-label`."""
    for name, value in attributes.items():
        element.props[name.replace("_", "-")] = value
    return element
