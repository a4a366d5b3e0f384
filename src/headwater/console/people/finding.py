"""Fields that somebody is found by: a kind of identifier and the identifier, the same wherever a page asks about one person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element

from headwater.console.drawn import look
from headwater.console.drawn.doing import place, trying
from headwater.console.drawn.fields import chosen, typed
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.people.questions import FIND, NUMBER
from headwater.console.people.whom import expect_written


def finder(view: View, kinds: tuple[str, ...], said: str, does: Callable[[int], Awaitable[None]]) -> Element:
    """Fields to find somebody; gives where is told how that went.

    `said`: of the button; `does`: what is done with the number of their profile.
    """
    with with_attributes(box("row fields"), role="search"):
        kind = chosen("Kind of identifier", {each: said_of(each) for each in kinds})
        value = typed("Identifier", example="in any spelling", classes="grow")
        tried = box("row")

    async def find() -> None:
        await does(await view.ask(FIND, expect_written(kind.value, value.value)))

    text("p", "It is not written into the address, nor kept by the browser.", "quiet small")
    held = place()
    found = trying(held, find)
    with tried:
        look.button(said, found, "primary")
    value.on_enter(found)
    return held


def said_of(kind: str) -> str:
    """A kind of identifier in words."""
    return "profile number" if kind == NUMBER else kind.replace("_", " ")
