"""Live events: the newest as they come, one of them whole, and how many came in the last hour."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.drawn import charts, look
from headwater.console.drawn.doing import told_in
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import Page, View
from headwater.console.sources.events_asked import OF_TABLE
from headwater.console.sources.frame import SECTION, sources_page
from headwater.console.sources.newest import NEWEST, InTable
from headwater.console.sources.payload_panel import payload_panel
from headwater.console.sources.questions import SOURCES
from headwater.console.sources.stream_panel import stream_panel
from headwater.console.sources.tail import tail_of

CHART_SECONDS = 15.0


async def show(view: View) -> None:
    """Draw it."""
    listing = await view.ask(SOURCES)
    live = tuple(each.name for each in listing.listed if each.is_live)
    is_there = tail_of(view.desk).is_there
    newest = () if is_there else await view.ask(NEWEST)
    with sources_page("/events", "What comes in, as it comes; and what was wrong with it, if anything was."):
        if is_there:
            stream_panel(view, live)
            _rates(view)
        elif live:
            look.empty(
                "Nothing came live yet",
                "Collectors are declared: while it is served, pages and apps can send events to it.",
                "headwater serve",
            )
        else:
            look.empty(
                "Nothing is collected live",
                "A file in collectors/ lets pages and apps send events; here they are seen as they come.",
                "headwater serve",
            )
        _tables(view, newest)


def _rates(view: View) -> None:
    with look.panel("The last hour", "events a minute, as served"):
        held = box("chart")
        _rate_chart(view, held)
    ui.timer(CHART_SECONDS, partial(_rate_chart, view, held), immediate=False)


def _rate_chart(view: View, held: Element) -> None:
    points = by_minute(view.rates.history)
    held.clear()
    with held:
        if len(points) < 2:
            text("p", "Rates are kept while `headwater serve` runs and the console with it.", "quiet")
            return
        look.drawn(charts.line(points, "Events a minute"))
        with box("chart-axis quiet small"):
            for at, value in (points[0], points[-1]):
                text("span", f"{at:%H:%M}: {value:,.0f}")


def by_minute(history: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    """What was counted, one point a minute: the last one of each."""
    return list({at.replace(second=0, microsecond=0): (at, value) for at, value in history}.values())


def _tables(view: View, newest: tuple[InTable, ...]) -> None:
    with look.panel("In the tables", "newest first; live events come here within minutes"):
        held, place = box("stack"), box("event-place")

        async def open_them() -> None:
            with told_in(held):
                _in_tables(view, await view.ask(NEWEST), held, place)

        if newest:
            _in_tables(view, newest, held, place)
        elif not tail_of(view.desk).is_there:
            text("p", "No event is there yet.", "quiet")
        else:
            with held:
                look.button("Show the newest", open_them)


def _in_tables(view: View, newest: tuple[InTable, ...], held: Element, place: Element) -> None:
    held.clear()
    with held:
        if not newest:
            text("p", "No event is there yet.", "quiet")
            return
        columns = (Column("Happened (UTC)"), Column("Event"), Column("Source", is_minor=True))
        rows = [_row(view, each, place) for each in newest]
        look.table("Newest events in the tables", columns, rows)


def _row(view: View, each: InTable, place: Element) -> tuple[Cell, ...]:
    opens = partial(_open, view, each, place) if view.may(Action.SEE_PEOPLE) else None
    return (
        Cell(look.moment(each.occurred_at)),
        Cell(each.event, does=opens),
        Cell(tags=(each.source,)),
    )


async def _open(view: View, each: InTable, place: Element) -> None:
    with told_in(place):
        payload_panel(place, await view.ask(OF_TABLE, each.source, each.event_id), close=place.clear)


PAGE = Page("/events", "Live events", SECTION, Action.SEE_COUNTS, show, is_listed=False)
