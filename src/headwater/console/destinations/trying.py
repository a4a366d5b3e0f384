"""The button of a test call, and what came of it."""

from __future__ import annotations

from nicegui.element import Element

from headwater.console.desk.files import Draft
from headwater.console.destinations.file import TRY
from headwater.console.drawn import look
from headwater.console.drawn.doing import say, told_in
from headwater.console.drawn.page import View


def call_to_try(view: View, name: str, held: Element, draft: Draft | None = None) -> None:
    """A button that has a destination asked, as it is or as a draft would have it, and says in `held` what it answered."""

    async def call() -> None:
        say(held, "One moment …", "quiet")
        with told_in(held, "Your role may not set destinations up."):
            tried = await view.ask(TRY, name, draft)
            took = f"after {tried.seconds:.2f} s"
            if tried.is_taken:
                say(held, f"It works: {tried.said}, {took}. Nobody was in it.")
            else:
                say(held, f"It does not work yet: {tried.said}, {took}.", "bad")

    look.button("Test call", call)
