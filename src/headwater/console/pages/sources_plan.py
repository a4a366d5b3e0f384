"""The tracking plan: which events break it, in what and how often; and which planned events never came."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from headwater.access.roles import Action
from headwater.console.drawn import charts, look
from headwater.console.drawn.doing import told_in
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.sources.events_asked import OF_LOG
from headwater.console.sources.frame import SECTION, sources_page
from headwater.console.sources.payload_panel import payload_panel
from headwater.console.sources.planned import EXAMPLE, KEEPING, Broken, Keeping, PlannedEvent
from headwater.console.sources.tail import Came, tail_of

A_PAGE = 50


async def show(view: View) -> None:
    """Draw it."""
    found = await view.ask(KEEPING)
    with sources_page(
        "/events/plan", "What events are to look like, by files in plans/, and what comes instead."
    ):
        if not found.planned:
            look.empty(
                "There is no tracking plan",
                "A file in plans/ says by JSON Schema what an event looks like; what does not follow is reported, or kept aside.",
                "headwater drift",
            )
        _figures(found)
        _violations(view, found)
        if found.planned:
            _planned(found)


def _figures(found: Keeping) -> None:
    n_off = len({(each.source, each.event) for each in found.broken})
    never = [each.event for each in found.planned if not each.n]
    with box("figures-row"):
        look.figure(
            "Planned events",
            f"{len(found.planned):,}",
            ", ".join(never[:3]) and f"never came: {', '.join(never[:3])[:80]}",
        )
        look.figure("Events seen", f"{found.n_events:,}", "since this is counted")
        look.figure("Events that break it", f"{n_off:,}", f"in {len(found.broken):,} ways")
        kept = ", ".join(found.quarantining)[:80]
        look.figure(
            "Kept aside",
            "yes" if kept else "no",
            f"by {kept}" if kept else "all is taken in, and reported here",
        )


def _violations(view: View, found: Keeping) -> None:
    with look.panel("What breaks the plan", "by event and property, the most frequent first"):
        if not found.broken:
            text(
                "p",
                "Everything that came follows the plan." if found.n_events else "Nothing came live yet.",
                "quiet",
            )
            return
        with box("row filters", "search"):
            typed = with_attributes(box("field filter", "input"), type="search", autocomplete="off")
            with_attributes(
                typed,
                placeholder="Filter by event, property, source …",
                aria_label="Filter what breaks the plan",
            )
        listed, place = box("listed"), box("event-place")
        _list(view, found, "", A_PAGE, listed, place)
        if found.n_more:
            text(
                "p", f"{found.n_more:,} sightings more are beyond what is counted one by one.", "quiet small"
            )

    def type_(event: GenericEventArguments) -> None:
        _list(view, found, str(event.args or ""), A_PAGE, listed, place)

    typed.on(
        "input", type_, js_handler="(event) => emit(event.target.value)", throttle=0.1, leading_events=True
    )


def _list(view: View, found: Keeping, words: str, most: int, listed: Element, place: Element) -> None:
    wanted = words.casefold().split()
    fits = [each for each in found.broken if _fits(each, wanted)]
    columns = (
        Column("Event"),
        Column("What is wrong"),
        Column("How often", is_number=True),
        Column("Of its events", is_minor=True),
        Column("Last (UTC)", is_number=True, is_minor=True),
    )
    listed.clear()
    with listed:
        if not fits:
            text("p", "None fits.", "quiet")
            return
        look.table("What breaks the plan", columns, [_row(view, each, place) for each in fits[:most]])
        if len(fits) > most:
            text("p", f"{most:,} of {len(fits):,} are shown.", "quiet small")
            look.button("Show more", partial(_list, view, found, words, most + A_PAGE, listed, place))


def _fits(each: Broken, wanted: list[str]) -> bool:
    said = f"{each.event} {each.source} {each.words}".casefold()
    return all(word in said for word in wanted)


def _row(view: View, each: Broken, place: Element) -> tuple[Cell, ...]:
    example = partial(_example, view, each, place) if view.may(Action.SEE_PEOPLE) else None
    return (
        Cell(each.event, below=each.source),
        Cell(each.words, does=example),
        Cell(f"{each.n:,}", below=f"{each.share:.0%}"),
        Cell(drawn=charts.bar(each.share)),
        Cell(look.moment(each.last_at)),
    )


async def _example(view: View, each: Broken, place: Element) -> None:
    with told_in(place):
        lately = await _lately(view, each)
        if lately is None:
            found = await view.ask(EXAMPLE, each.source, each.event, each.words)
        else:
            found = await view.ask(OF_LOG, lately.source, lately.position, lately.place)
        payload_panel(place, found, close=place.clear)
        if not view.may(Action.OPERATE):
            return
        with place, box("row"):
            query = urlencode({"source": each.source, "reason": "against_plan"})
            look.button("Repair them …", partial(ui.navigate.to, f"/events/rejected?{query}"), "primary")


async def _lately(view: View, each: Broken) -> Came | None:
    """The newest event that breaks the plan so, of those that came just now; None: there is none."""
    tail = tail_of(view.desk)
    await tail.look()
    return next(
        (one for one in tail.after(0) if each.is_in(one.source, one.event, (*one.against, one.detail))), None
    )


def _planned(found: Keeping) -> None:
    with look.panel("The plan", "what is expected, and how often it came"):
        columns = (
            Column("Event"),
            Column("Came", is_number=True),
            Column("Off plan", is_number=True),
            Column("Owner", is_minor=True),
            Column("File", is_minor=True),
        )
        look.table("The plan", columns, [_plan(each) for each in found.planned[:200]])
        if len(found.planned) > 200:
            text("p", f"The first 200 of {len(found.planned):,} are shown.", "quiet small")


def _plan(each: PlannedEvent) -> tuple[Cell, ...]:
    return (
        Cell(each.event, below=each.description),
        Cell(f"{each.n:,}", tone="" if each.n else "warn"),
        Cell(f"{each.n_broken:,}"),
        Cell(each.owner or look.DASH),
        Cell(each.file),
    )


PAGE = Page("/events/plan", "Tracking plan", SECTION, Action.SEE_COUNTS, show, is_listed=False)
