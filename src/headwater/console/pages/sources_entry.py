"""One entry of the data dictionary: what it means, how much of it is filled, its values, labels and uses."""

from __future__ import annotations

from nicegui import ui

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.look import text
from headwater.console.drawn.page import Page, View
from headwater.console.sources.dictionary import ENTRY, KINDS, PROPERTIES, Book
from headwater.console.sources.dictionary_panel import entries_table, entry_panels
from headwater.console.sources.frame import SECTION
from headwater.explore.dictionary import Kind

MOST_PROPERTIES = 200


async def show(view: View, kind: str) -> None:
    """Draw it."""
    name, of = view.query.get("name", ""), view.query.get("of", "")
    book = await view.ask(ENTRY, kind, of, name)
    entry = book.find(name, of)
    of_event = [await view.ask(PROPERTIES, name)] if entry.kind is Kind.EVENT else []
    ui.page_title(f"{name} · {view.project}")
    above = (KINDS[entry.kind], f"/dictionary?kind={entry.kind.value}")
    with look.page(f"{of}.{name}" if of else name, entry.description, above=above):
        entry_panels(book, entry)
        for properties in of_event:
            _properties(properties)


def _properties(book: Book) -> None:
    with look.panel("Its properties", "of its latest events"):
        if not book.entries:
            text("p", "It has none.", "quiet")
            return
        entries_table("Properties", book, book.entries[:MOST_PROPERTIES])
        if len(book.entries) > MOST_PROPERTIES:
            text("p", f"The first {MOST_PROPERTIES} of {len(book.entries):,} are shown.", "quiet small")


PAGE = Page("/dictionary/{kind}", "Dictionary entry", SECTION, Action.SEE_COUNTS, show)
