"""What is under way at a place, drawn as far as it came; whoever leaves the page finds it there again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.element import Element

from headwater.console.drawn import look
from headwater.console.drawn.doing import went_wrong
from headwater.console.drawn.look import Cell, Column, text
from headwater.console.drawn.page import View
from headwater.console.works.work import Work

LOOK_SECONDS = 0.5


def follow(
    view: View, work: Work[Any], held: Element, ended: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Show in an element how far something is, until it is over, and then what came of it. `ended`: is called then, once."""
    told: list[object] = []

    async def look_again() -> None:
        state = [work.is_over, *((each.title, each.said, each.rows) for each in work.steps)]
        if state != told:
            told[:] = state
            held.clear()
            with held:
                _progress(view, work)
        if work.is_over:
            timer.cancel()
            if ended is not None:
                await ended()

    with held:
        text("p", "Begun …", "quiet")
    with (
        held.parent_slot or held
    ):  # what was pressed may stand in the element, and goes with what stood there
        timer = ui.timer(LOOK_SECONDS, look_again)


def _progress(view: View, work: Work[Any]) -> None:
    if not work.is_over:
        text("p", "Under way. You can leave this page: it goes on.", "said")
    elif work.error is not None:
        went_wrong(work.error)
    else:
        work.shows(view, work.answer.result())
    if work.steps:
        rows = [
            (Cell(each.title), Cell(_told(each.said, each.rows, is_over=each.is_over))) for each in work.steps
        ]
        look.table("Steps", (Column("Step"), Column("")), rows)


def _told(said: str, rows: int, *, is_over: bool) -> str:
    """How far a step is, in a few words.

    >>> _told("", 1200, is_over=False), _told("nothing new", 0, is_over=True)
    ('1,200 so far', 'nothing new')
    """
    if is_over:
        return said or (f"{rows:,} rows" if rows else "done")
    return f"{rows:,} so far" if rows else "under way"
