"""The data dictionary: everything that there is, by kind, found as you type; only what is looked at is drawn."""

from __future__ import annotations

import json
from functools import partial
from urllib.parse import urlencode

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.sources.dictionary import BOOK, KINDS, MOST_NAMES, Book, matching
from headwater.console.sources.dictionary_panel import entries_table
from headwater.console.sources.frame import SECTION, sources_page
from headwater.explore.dictionary import Kind

A_PAGE = 50


async def show(view: View) -> None:
    """Draw it."""
    kind = view.query.get("kind", Kind.EVENT.value)
    book = await view.ask(BOOK, kind)
    words = view.query.get("q", "")
    with (
        sources_page(
            "/dictionary", "What data there is, what it means, how much of it is filled, and who uses it."
        ),
        look.panel(KINDS[Kind(kind)], f"{len(book.entries):,} in all"),
    ):
        with box("row filters"):
            _kinds(kind)
        with box("row", "search"):
            typed = with_attributes(box("field filter", "input"), type="search", autocomplete="off")
            with_attributes(
                typed, placeholder="Find by name, words, label …", aria_label="Find in the dictionary"
            )
            with_attributes(typed, **{"^value": words})
        held = box("listed")
        _list(book, words, A_PAGE, held)

    def type_(event: GenericEventArguments) -> None:
        said = str(event.args or "")
        _list(book, said, A_PAGE, held)
        query = json.dumps("?" + urlencode({"kind": kind, **({"q": said} if said else {})}))
        ui.run_javascript(f"history.replaceState(history.state, '', location.pathname + {query})")

    typed.on(
        "input", type_, js_handler="(event) => emit(event.target.value)", throttle=0.1, leading_events=True
    )


def _kinds(here: str) -> None:
    for kind, said in KINDS.items():
        entry = look.link(said, f"/dictionary?kind={kind.value}", "button kind-chip")
        with_attributes(entry, aria_current="true" if kind == here else "false")


def _list(book: Book, words: str, most: int, held: Element) -> None:
    fits = matching(book.entries, words)
    held.clear()
    with held:
        if not book.is_whole:
            look.empty(
                "Properties are looked at event by event",
                f"There are more than {MOST_NAMES} events: choose one under Events, and its properties are there.",
            )
        elif not fits and words:
            look.empty(
                "None fits",
                "Nothing has all these words in its name, description, type, labels or audiences.",
            )
        elif not fits:
            look.empty(
                "Nothing of this kind yet",
                "What sources, plans and traits bring is there after a run.",
                "headwater run",
            )
        else:
            entries_table("Dictionary", book, fits[:most])
            if not book.is_counted:
                text("p", "Your role sees how many there are on each one's own page.", "quiet small")
        if len(fits) > most:
            text("p", f"{most:,} of {len(fits):,} are shown.", "quiet small")
            look.button("Show more", partial(_list, book, words, most + A_PAGE, held))


PAGE = Page("/dictionary", "Data dictionary", SECTION, Action.SEE_COUNTS, show, is_listed=False)
