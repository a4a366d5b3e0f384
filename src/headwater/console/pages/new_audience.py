"""A new audience."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.audiences.begun import begun_with
from headwater.console.audiences.builder import Builder
from headwater.console.audiences.drafts import WORDS
from headwater.console.drawn import look
from headwater.console.drawn.page import Page, View

BEGINNING = "description: ''\nrule:\n  all:\n    - did: {event}\n"


async def show(view: View) -> None:
    """Draw it."""
    words = await view.ask(WORDS)
    event = next((each for each in ("purchase", "order_completed", "page") if each in words.events), "")
    said = BEGINNING.replace("{event}", event or next(iter(words.events), "page"))
    said = begun_with(view.query, said)
    with look.page(
        "New audience", "A rule in words, with its exact size beside it.", above=("Audiences", "/audiences")
    ):
        Builder(view, words, "", "", said).draw()


PAGE = Page("/new-audience", "New audience", "Audiences", Action.CHANGE_AUDIENCES, show, is_listed=False)
