"""Audiences: all of them, with size, trend, freshness, labels and where they are sent."""

from __future__ import annotations

import json
from functools import partial

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from headwater.access.roles import Action
from headwater.console.audiences.questions import AUDIENCES, Audiences, Listed, matching
from headwater.console.drawn import charts, look
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import Page, View

A_PAGE = 100
_COLUMNS = (
    Column("Audience"),
    Column("Size", is_number=True),
    Column("Share", is_number=True, is_minor=True),
    Column("Trend", is_minor=True),
    Column("Changed", is_minor=True),
    Column("Labels", is_minor=True),
    Column("Sent to", is_minor=True),
)


async def show(view: View) -> None:
    """Draw it."""
    found = await view.ask(AUDIENCES)
    with look.page("Audiences", f"{len(found.listed):,} audiences, with their sizes as last refreshed."):
        if view.may(Action.CHANGE_AUDIENCES):
            with box("row"):
                look.link("New audience", "/new-audience", "button primary")
        for each in found.problems[:5]:
            look.refusal(each)
        if not found.listed:
            look.empty(
                "No audience yet",
                "An audience is a rule in a file: audiences/tea_lovers.yaml says who is in it, in words that Git can show.",
                "headwater audiences list",
            )
            return
        _list(found, view.query.get("q", ""))


def _list(found: Audiences, wanted: str) -> None:
    with look.panel("All audiences") as panel:
        with with_attributes(box("row"), role="search"):
            typed = with_attributes(
                box("field filter", "input"), type="search", placeholder="Filter by name, words, label …"
            )
            with_attributes(typed, aria_label="Filter audiences", value=wanted, autocomplete="off")
        held = box("listed")
    with panel:
        _rows(found, wanted, A_PAGE, held)

    def filter_by(event: GenericEventArguments) -> None:
        words = str(event.args or "")
        _rows(found, words, A_PAGE, held)
        ui.run_javascript(_remembered(words))

    typed.on(
        "input",
        filter_by,
        js_handler="(event) => emit(event.target.value)",
        throttle=0.1,
        leading_events=True,
    )


def _rows(found: Audiences, wanted: str, most: int, held: Element) -> None:
    fits = matching(found.listed, wanted)
    held.clear()
    with held:
        if not fits:
            look.empty(
                "None fits",
                "No audience has all these words in its name, description, labels or destinations.",
            )
            return
        look.table("Audiences", _COLUMNS, [_row(each, found) for each in fits[:most]])
        if len(fits) > most:
            text("p", f"{most:,} of {len(fits):,} are shown.", "quiet small")
            look.button("Show more", partial(_rows, found, wanted, most + A_PAGE, held))


def _row(each: Listed, found: Audiences) -> tuple[Cell, ...]:
    return (
        Cell(each.name, f"/audiences/{each.name}", below=each.description),
        Cell(look.people(each.size, found.least)),
        Cell(look.DASH if each.share is None else f"{each.share:.1%}"),
        Cell(drawn=charts.sparkline(each.trend, each.name)) if len(each.trend) > 1 else Cell(look.DASH),
        Cell(look.ago(each.changed_at, found.now)),
        Cell(tags=each.labels) if each.labels else Cell(look.DASH),
        Cell(tags=each.destinations) if each.destinations else Cell(look.DASH),
    )


def _remembered(words: str) -> str:
    """Keep what is filtered by in the address, so that it can be shared and come back to."""
    query = json.dumps(words)
    return f"history.replaceState(history.state, '', location.pathname + ({query} ? '?q=' + encodeURIComponent({query}) : ''))"


PAGE = Page("/audiences", "Audiences", "Audiences", Action.SEE_COUNTS, show)
