"""Which destinations take an audience, chosen: each file's change is shown, and written if that is wanted."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui
from nicegui.element import Element

from headwater.console.audiences.sending import Destined, Destinies, Takes
from headwater.console.destinations.file import DRAFT_AUDIENCES, SAVE_AUDIENCES, Drafted
from headwater.console.drawn import look
from headwater.console.drawn.changing import Would, conflict, review
from headwater.console.drawn.doing import place, told_in
from headwater.console.drawn.fields import ticked
from headwater.console.drawn.look import box, text
from headwater.console.drawn.page import View
from headwater.core.errors import EditConflictError

_NOT_YOURS = "Your role may not choose what goes to destinations."


def choose(view: View, name: str, found: Destinies) -> None:
    """Tick what is to take the audience; those that take every one are told of."""
    free = [each for each in found.destinations if each.takes is not Takes.ALL]
    with look.panel("Send it to", "changes the destinations' files"):
        for each in found.destinations:
            if each.takes is Takes.ALL:
                text("p", f"{each.name} takes every audience: that is changed on its own page.", "quiet")
        if not free:
            return
        now = {each.name for each in free if each.takes is Takes.THIS}
        ticks = ticked("Destinations that take it", {each.name: _said(each) for each in free}, now)
        row, held = box("row"), place()

        async def review() -> None:
            with told_in(held, _NOT_YOURS):
                others = [each for each in free if (each.name in ticks.chosen) != (each.name in now)]
                drafts = [
                    (each, await view.ask(DRAFT_AUDIENCES, each.name, _audiences(each, name)))
                    for each in others
                ]
                _review(view, drafts, held)

        with row:
            look.button("Look at the change", review, "primary")


def _said(each: Destined) -> str:
    return f"{each.name}: {each.description}" if each.description else each.name


def _audiences(each: Destined, name: str) -> tuple[str, ...]:
    """What a destination takes once it takes this one too, or not any more."""
    before = each.audiences or ()
    return (*before, name) if name not in before else tuple(one for one in before if one != name)


def _review(view: View, drafts: Sequence[tuple[Destined, Drafted]], held: Element) -> None:
    """Show what would be written, and write it if that is what is wanted."""

    async def write() -> None:
        with told_in(held, _NOT_YOURS):
            await _write(view, drafts, held)

    review(
        held, [Would(drafted.draft.file, drafted.lines, _takes_back(each)) for each, drafted in drafts], write
    )


def _takes_back(each: Destined) -> str:
    is_held = each.takes is Takes.THIS and each.n_held != 0
    return f"With the next run {each.name} is told to take everybody of it back." if is_held else ""


async def _write(view: View, drafts: Sequence[tuple[Destined, Drafted]], held: Element) -> None:
    written: list[str] = []
    try:
        for each, drafted in drafts:
            await view.ask(SAVE_AUDIENCES, drafted.draft)
            written.append(each.name)
    except EditConflictError as error:
        done = f"Written before that: {', '.join(written)}." if written else ""
        conflict(error, held, [("Look anew", ui.navigate.reload)], done)
        return
    held.clear()
    with held, box("stack"):
        text("p", "Written. The next run sends by it; so you can have it sent now:", "said good")
        with box("row"):
            for each, _ in drafts:
                look.link(f"Deliver now to {each.name}", f"/destinations/{each.name}", "button")
