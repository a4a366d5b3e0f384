"""Audiences: however many, with size, trend, freshness, labels and where they are sent; the address says what is looked at."""

from __future__ import annotations

import json
from dataclasses import replace

from nicegui import ui
from nicegui.events import GenericEventArguments

from headwater.access.roles import Action
from headwater.console.audiences.list_panel import pages_of, table_of
from headwater.console.audiences.listing import Looked, found, groups, looked_at
from headwater.console.audiences.questions import AUDIENCES, SHOWN, Audiences
from headwater.console.drawn import look
from headwater.console.drawn.fields import chosen
from headwater.console.drawn.look import box, with_attributes
from headwater.console.drawn.page import Page, View

_KINDS = {"folder": "Folder", "purpose": "Purpose", "label": "Label", "to": "Destination"}


async def show(view: View) -> None:
    """Draw it."""
    looked = looked_at(view.query)
    every = await view.ask(AUDIENCES)
    names = tuple(each.name for each in found(every.listed, looked).listed)
    await view.ask(SHOWN, names)  # so that it is there when the list is drawn
    with look.page("Audiences", f"{len(every.listed):,} audiences, with their sizes as last refreshed."):
        with box("row"):
            if view.may(Action.CHANGE_AUDIENCES):
                look.link("New audience", "/new-audience", "button primary")
            if every.listed:
                look.link("Compare", "/compare-audiences", "button")
        for each in every.problems[:5]:
            look.refusal(each)
        if not every.listed:
            look.empty(
                "No audience yet",
                "An audience is a rule in a file: audiences/tea_lovers.yaml says who is in it, in words that Git can show.",
                "headwater audiences list",
            )
            return
        await _List(view, every, looked).draw()


class _List:
    """The list as somebody has it open: what is looked at, and the rows of it."""

    def __init__(self, view: View, every: Audiences, looked: Looked) -> None:
        self.view, self.every, self.looked = view, every, looked
        self._number = 0

    async def draw(self) -> None:
        """Fields to narrow it down, and the rows."""
        with look.panel("All audiences"):
            with with_attributes(box("row narrowing"), role="search"):
                typed = with_attributes(
                    box("field filter", "input"), type="search", placeholder="Filter by name, words, label …"
                )
                with_attributes(typed, aria_label="Filter audiences", autocomplete="off")
                with_attributes(typed, **{"^value": self.looked.q})
                typed.on(
                    "input",
                    self._filter,
                    js_handler="(event) => emit(event.target.value)",
                    throttle=0.1,
                    leading_events=True,
                )
                for kind, options in groups(self.every.listed).items():
                    if len(options) > 2:
                        self._narrowing(kind, options)
            self._held = box("listed")
        await self._rows()

    def _narrowing(self, kind: str, options: dict[str, str]) -> None:
        field = chosen(_KINDS[kind], options, getattr(self.looked, kind))

        async def narrow() -> None:
            await self._look(replace(self.looked, **{kind: field.value}, page="1"))

        field.element.on("change", narrow)

    async def _filter(self, event: GenericEventArguments) -> None:
        await self._look(replace(self.looked, q=str(event.args or ""), page="1"))

    async def _look(self, looked: Looked) -> None:
        self.looked = looked
        if await self._rows():
            ui.run_javascript(f"history.replaceState(history.state, '', {json.dumps(looked.address)})")

    async def _rows(self) -> bool:
        """What is looked at; whether it was drawn: not if something else is looked at already."""
        self._number += 1
        number, page = self._number, found(self.every.listed, self.looked)
        rows = await self.view.ask(SHOWN, tuple(each.name for each in page.listed))
        if number != self._number or self._held.is_deleted:
            return False
        self._held.clear()
        with self._held:
            if not rows:
                _none()
                return True
            ordered = {each.name: each for each in rows}
            shown = [ordered[each.name] for each in page.listed if each.name in ordered]
            table_of(shown, self.every, self.looked)
            pages_of(page, self.looked)
        return True


def _none() -> None:
    look.empty(
        "None fits",
        "No audience has all these words in its name, description, labels or destinations, and is of what is chosen.",
    )


PAGE = Page("/audiences", "Audiences", "Audiences", Action.SEE_COUNTS, show)
