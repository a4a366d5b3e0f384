"""What the pages of sources and events share: the way between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from headwater.console.drawn import look
from headwater.console.drawn.look import box, with_attributes

_SHOW_TAB = "document.querySelector('.tabs [aria-current=page]')?.scrollIntoView({inline: 'nearest', block: 'nearest'})"
TITLE, SECTION = "Sources & events", "Sources & events"
PARTS = (
    ("/sources", "Sources"),
    ("/events", "Live events"),
    ("/events/plan", "Tracking plan"),
    ("/events/rejected", "Rejected events"),
    ("/dictionary", "Data dictionary"),
)


@contextmanager
def sources_page(here: str, lede: str) -> Iterator[None]:
    """One of these pages with the way to the others. `here`: its address."""
    title = next(said for address, said in PARTS if address == here)
    with look.page(title, lede):
        with with_attributes(box("tabs", "nav"), aria_label=TITLE):
            for address, said in PARTS:
                entry = look.link(said, address, "tab")
                with_attributes(entry, aria_current="page" if address == here else "false")
        ui.run_javascript(_SHOW_TAB)
        yield
