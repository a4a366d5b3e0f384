"""An audience as it is changed."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.audiences.frame import EDIT, audience_page
from headwater.console.audiences.known import WORDS
from headwater.console.builder.builder import Builder
from headwater.console.builder.drafts import TEXT
from headwater.console.builder.meanings import MEANINGS
from headwater.console.drawn import look
from headwater.console.drawn.page import Page, View


async def show(view: View, name: str) -> None:
    """Draw it."""
    said, words = await view.ask(TEXT, name), await view.ask(WORDS)
    meanings = await view.ask(MEANINGS)
    with audience_page(view, name, EDIT):
        if not said:
            look.refusal("There is no such audience.", "Choose one under Audiences.")
            return
        Builder(view, words, meanings, name, said, said).draw()


PAGE = Page("/audiences/{name}/edit", "Change an audience", "Audiences", Action.CHANGE_AUDIENCES, show)
