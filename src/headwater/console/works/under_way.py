"""What is under way, drawn: how long it takes, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from headwater.console.drawn import look
from headwater.console.drawn.doing import went_wrong
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.works.work import Work
from headwater.console.works.works import works_of

LOOK_SECONDS = 0.5


def under_way(view: View) -> Callable[[], None]:
    """Everything that this session began and has not put away; gives what looks at once whether there is something new."""
    held = with_attributes(box("works"), aria_live="polite")
    drawn: list[tuple[Work[Any], bool]] = []
    clocks: list[tuple[Work[Any], TextElement]] = []

    def look_again() -> None:
        now = [(each, each.ended_at is None) for each in works_of(view.desk).of(view.session)]
        if now != drawn:
            drawn[:] = now
            clocks[:] = _draw(view, held, look_again)
        for work, clock in clocks:
            clock.set_text(_since(work))

    look_again()
    ui.timer(LOOK_SECONDS, look_again, immediate=False)
    return look_again


def _draw(view: View, held: Element, look_again: Callable[[], None]) -> list[tuple[Work[Any], TextElement]]:
    held.clear()
    clocks = []
    with held:
        for work in reversed(works_of(view.desk).of(view.session)):
            with look.panel(work.title):
                if work.ended_at is None:
                    with box("row"):
                        box("spinner")
                        clocks.append((work, cast("TextElement", text("span", _since(work)))))
                    text("p", "You can leave this page: it goes on, and is here when you come back.", "quiet")
                else:
                    _ended(view, work)
                    look.button("Put away", _putting_away(view, work, look_again))
    return clocks


def _putting_away(view: View, work: Work[Any], look_again: Callable[[], None]) -> Callable[[], None]:
    def put_away() -> None:
        works_of(view.desk).drop(view.session, work)
        look_again()

    return put_away


def _since(work: Work[Any]) -> str:
    return f"Under way for {work.seconds:,} s"


def _ended(view: View, work: Work[Any]) -> None:
    if work.error is None:
        work.shows(view, work.answer.result())
    else:
        went_wrong(work.error)
