"""A change to a file of the project, drawn: the lines that differ, and what to do where somebody else was faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nicegui.element import Element

from headwater.console.desk.files import Change, Line, difference
from headwater.console.drawn import look
from headwater.console.drawn.doing import place
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


@dataclass(frozen=True)
class Would:
    """A file that would be written: the lines that change, and what comes of it, in words."""

    file: str
    lines: Sequence[Line]
    comes_to: str = ""


def review(
    held: Element,
    would: Sequence[Would],
    write: Callable[[], object],
    also: Callable[[Element], None] | None = None,
) -> None:
    """Show in an element what would be written, and write it if that is what is wanted.

    `also`: draws what else can be done about it, and is given where to say how that went.
    """
    held.clear()
    with held, box("stack"):
        if not would:
            text("p", "Nothing would change.", "said")
            return
        for each in would:
            text("p", f"This would be written to {each.file}:", "strong")
            show_lines(each.lines)
            if each.comes_to:
                text("p", each.comes_to, "warn")
        row, told = box("row"), place()
        with row:
            look.button("Write it", write, "primary")
            if also is not None:
                also(told)
            look.button("Leave it as it is", held.clear)


def conflict(error: EditConflictError, held: Element, ways: Sequence[Way], done: str = "") -> None:
    """Say in an element that somebody else changed the file, what they changed, and what can be done about it.

    `done`: what was done before that, in words.
    """
    held.clear()
    with held, box("stack"):
        look.problem(error)
        if done:
            text("p", done, "quiet")
        text("p", "What they changed:", "strong")
        show_lines(difference(error.seen, error.now), "What they changed")
        with box("row"):
            for said, does in ways:
                look.button(said, does)
