"""A change to a file of the project, drawn: the lines that differ, and what to do where somebody else was faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nicegui.element import Element

from headwater.console.desk.files import Change, Line, difference
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.core.errors import EditConflictError

Way = tuple[str, Callable[[], object]]
"""Something to do about a conflict: the words of a button, and what it does."""


def show_lines(lines: Sequence[Line], label: str = "What changes in the file") -> None:
    """A difference, line by line; marks say it, not only colours."""
    with with_attributes(box("source", "pre"), tabindex="0", role="region", aria_label=label):
        for each in lines:
            mark = {Change.ADDED: "+ ", Change.REMOVED: "- "}.get(each.change, "  ")
            text("span", mark + each.text + "\n", f"diff-{each.change}")


def conflict(error: EditConflictError, held: Element, ways: Sequence[Way]) -> None:
    """Say in an element that somebody else changed the file, what they changed, and what can be done about it."""
    held.clear()
    with held, box("stack"):
        look.problem(error)
        text("p", "What they changed:", "strong")
        show_lines(difference(error.seen, error.now), "What they changed")
        with box("row"):
            for said, does in ways:
                look.button(said, does)
