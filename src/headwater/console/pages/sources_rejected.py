"""Rejected events and rows: grouped by what is wrong, one of them whole, repaired by a rule, and played again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.doing import told_in
from headwater.console.drawn.fields import chosen
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import Page, View
from headwater.console.sources.events_asked import OF_REJECTED
from headwater.console.sources.frame import SECTION, sources_page
from headwater.console.sources.mending_panel import EVERY, Writing, repair_panel, replay_panel
from headwater.console.sources.payload import Payload
from headwater.console.sources.payload_panel import bring_into_view, payload_panel
from headwater.console.sources.rejected import BY_EVENT, REJECTED, ROWS, By, Rejected, Row, advice_of
from headwater.console.works.under_way import under_way
from headwater.explore.rejections import Group

A_PAGE = 50
_BY = {
    By.WRONG: "what is wrong",
    By.REASON: "reason",
    By.SOURCE: "source",
    By.EVENT: "event",
}


@dataclass
class Open:
    """The page as one person has it open. `place`: where a group, and one of its rows, is looked at."""

    view: View
    found: Rejected
    source: str
    reason: str
    listed: Element
    place: Element
    writing: Writing | None = None


async def show(view: View) -> None:
    """Draw it."""
    source, reason = view.query.get("source", ""), view.query.get("reason", "")
    found = await view.ask(REJECTED, source, reason)
    with sources_page(
        "/events/rejected",
        "What could not be used is kept with its reason, never dropped; most of it can be mended.",
    ):
        if not found.groups and not (source or reason):
            look.empty(
                "Nothing was rejected",
                "Rows and events that cannot be used come here, each with its reason, what it means, and what to do.",
                "headwater rejected list",
            )
            return
        look_again = under_way(view)
        with look.panel("Rejected", f"{found.n:,} rows and events; those mended since stay here, too"):
            bar, listed = box("row filters", "search"), box("listed")
            place = box("event-place")
        page = Open(view, found, source, reason, listed, place)
        with bar:
            _filters(page)
        _by_wrong(page, A_PAGE)
        if view.may(Action.OPERATE):
            page.writing = repair_panel(view, look_again, source if source in found.live else "", reason)
            live = {each: each for each in found.sources if each in found.live}
            replay_panel(view, look_again, live, {each: each.replace("_", " ") for each in found.reasons})
        else:
            text(
                "p",
                "Whoever operates the installation repairs events here and plays them again.",
                "quiet small",
            )


def _filters(page: Open) -> None:
    source = chosen(
        "Source", {EVERY: "every source", **{each: each for each in page.found.sources}}, page.source
    )
    reasons = {each: each.replace("_", " ") for each in page.found.reasons}
    reason = chosen("Reason", {EVERY: "every reason", **reasons}, page.reason)
    by = chosen("Group by", {key.value: said for key, said in _BY.items()})

    def go() -> None:
        given = {"source": source.value, "reason": reason.value}
        query = urlencode({name: value for name, value in given.items() if value})
        ui.navigate.to(f"/events/rejected?{query}".rstrip("?"))

    for each in (source, reason):
        each.element.on("change", go)
    by.element.on("change", lambda: _group_by(page, By(by.value)))


async def _group_by(page: Open, by: By) -> None:
    page.place.clear()
    match by:
        case By.WRONG:
            _by_wrong(page, A_PAGE)
        case By.EVENT:
            with told_in(page.listed):
                found = await page.view.ask(BY_EVENT, page.source, page.reason)
                _counts(
                    page,
                    [
                        (each.event or f"a row of {each.source}", f"{each.source}, {each.reason}", each.n)
                        for each in found
                    ],
                )
        case By.REASON:
            counted = _summed(page.found.groups, "reason")
            _counts(page, [(each.replace("_", " "), advice_of(each), n) for each, n in counted])
        case By.SOURCE:
            _counts(page, [(each, "", n) for each, n in _summed(page.found.groups, "source")])


def _summed(groups: tuple[Group, ...], name: str) -> list[tuple[str, int]]:
    counted: Counter[str] = Counter()
    for each in groups:
        counted[getattr(each, name)] += each.n
    return counted.most_common()


def _counts(page: Open, rows: list[tuple[str, str, int]]) -> None:
    page.listed.clear()
    with page.listed:
        told = [(Cell(said, below=below), Cell(f"{n:,}")) for said, below, n in rows[: 4 * A_PAGE]]
        look.table("Rejected", (Column("What"), Column("Rows", is_number=True)), told)


def _by_wrong(page: Open, most: int) -> None:
    page.listed.clear()
    groups = page.found.groups
    with page.listed:
        if not groups:
            look.empty(
                "None of these",
                "Nothing of this source was rejected for this reason, or it is not kept any more.",
            )
            return
        columns = (
            Column("What is wrong"),
            Column("Source"),
            Column("Rows", is_number=True),
            Column("Last", is_number=True, is_minor=True),
        )
        look.table("Rejected", columns, [_row(page, each) for each in groups[:most]])
        if len(groups) > most:
            text("p", f"{most:,} of {len(groups):,} groups are shown.", "quiet small")
            look.button("Show more", partial(_by_wrong, page, most + A_PAGE))


def _row(page: Open, each: Group) -> tuple[Cell, ...]:
    reason = each.reason.replace("_", " ")
    return (
        Cell(each.detail or reason, does=partial(_open, page, each), below=reason if each.detail else ""),
        Cell(tags=(each.source,)),
        Cell(f"{each.n:,}"),
        Cell(look.ago(each.last_at)),
    )


async def _open(page: Open, each: Group) -> None:
    """Look at a group: what it means, what to do, and its newest rows."""
    with told_in(page.place):
        rows = await page.view.ask(ROWS, each.source, each.reason, each.detail)
        page.place.clear()
        with page.place, box("payload", "section"):
            with box("panel-head"):
                text("h3", each.detail or each.reason.replace("_", " "), "strong")
                look.button("Close", page.place.clear)
            text("p", each.advice)
            if each.source not in page.found.live:
                text(
                    "p",
                    "Mend it where the file is made, or in the source's own file: the next run reads it anew.",
                    "quiet",
                )
            held, one = box(), box("event-place")
            with held:
                _rows(page, each, rows, one)
            if page.writing is not None and each.source in page.found.live:
                with box("row"):
                    look.button("Repair all of these …", partial(_begin, page, each, None))
        bring_into_view(page.place)


def _rows(page: Open, group: Group, rows: tuple[Row, ...], one: Element) -> None:
    sees = page.view.may(Action.SEE_PEOPLE)
    told = [
        (
            Cell(
                f"{each.object}, line {each.line:,}",
                does=partial(_look, page, group, each, one) if sees and each.is_kept else None,
            ),
            Cell(f"{each.n_rows:,}"),
            Cell(look.moment(each.loaded_at)),
        )
        for each in rows
    ]
    columns = (
        Column("Where"),
        Column("Rows", is_number=True, is_minor=True),
        Column("When (UTC)", is_number=True),
    )
    look.table("Newest rows", columns, told)
    if not sees:
        text("p", "Your role sees where they stood; what they say is left out.", "quiet small")


async def _look(page: Open, group: Group, row: Row, one: Element) -> None:
    with told_in(one):
        found = await page.view.ask(OF_REJECTED, row.source, row.line, row.object)
        payload_panel(one, found, close=one.clear)
        if page.writing is not None and row.source in page.found.live:
            with one, box("row"):
                look.button("Repair events like this …", partial(_begin, page, group, found), "primary")


def _begin(page: Open, group: Group, like: Payload | None) -> None:
    """Begin to repair a group, or those events of it that are called as one of them is."""
    if page.writing is None:
        return
    event, paths = (like.name, [each.path for each in like.said]) if like and like.raw is None else ("", [])
    page.writing.begin(group.source, group.reason, event, paths)
    bring_into_view(page.writing.held)


PAGE = Page("/events/rejected", "Rejected events", SECTION, Action.SEE_COUNTS, show, is_listed=False)
