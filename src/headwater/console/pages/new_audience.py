"""A new audience."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.audiences.known import WORDS
from headwater.console.builder.begin import first_text
from headwater.console.builder.builder import Builder
from headwater.console.builder.linked import begun_with
from headwater.console.builder.meanings import MEANINGS
from headwater.console.drawn import look
from headwater.console.drawn.page import Page, View


async def show(view: View) -> None:
    """Draw it."""
    words, meanings = await view.ask(WORDS), await view.ask(MEANINGS)
    with look.page(
        "New audience", "A rule in words, with its exact size beside it.", above=("Audiences", "/audiences")
    ):
        Builder(view, words, meanings, "", "", begun_with(view.query, first_text(words))).draw()


PAGE = Page("/new-audience", "New audience", "Audiences", Action.CHANGE_AUDIENCES, show, is_listed=False)
