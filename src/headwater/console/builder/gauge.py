"""What is left with a condition, as a bar beside it; changed in place, so that nothing flickers while somebody writes."""

from __future__ import annotations

from typing import cast

from nicegui.elements.mixins.text_element import TextElement

from headwater.console.builder.drafts import Leaves
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes


class Gauge:
    """A bar with a number: dark is what is left, light what was there before it."""

    def __init__(self) -> None:
        with box("gauge"):
            with with_attributes(box("gauge-bar"), aria_hidden="true"):
                self._before = box("gauge-before")
                self._left = box("gauge-left")
            self._number = cast("TextElement", text("span", look.DASH, "gauge-number"))

    def show(self, leaves: Leaves | None, least: int | None) -> None:
        """What is left; None: it is not known."""
        before, share = (leaves.before, leaves.share) if leaves else (0.0, 0.0)
        self._before.style(f"width: {100 * before:.2f}%")
        self._left.style(f"width: {100 * share:.2f}%")
        self._number.set_text(look.people(leaves.n, least) if leaves else look.DASH)
