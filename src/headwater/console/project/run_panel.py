"""The way to bring a project up to date from the console, and what came of it."""

from __future__ import annotations

from nicegui import ui

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.doing import place
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import View
from headwater.console.project.running import RUN, Ran, Served
from headwater.console.works.followed import follow
from headwater.console.works.works import works_of

PLACE = "run"


def run_panel(view: View, served: Served) -> None:
    """Draw it; only who operates can run, everybody sees how a run that is under way fares."""
    works = works_of(view.desk)
    under_way = works.at(PLACE)
    is_under_way = under_way is not None and not under_way.is_over
    if not is_under_way and not view.may(Action.OPERATE):
        return
    with look.panel("Run", _lede(served)):
        row, held = box("row"), place()

        def run() -> None:
            row.clear()
            follow(view, works.begin_at(PLACE, view.session, "Run", _ran, RUN), held)

        if is_under_way and under_way is not None:
            follow(view, under_way, held)
        else:
            with row:
                look.button("Run now", run, "primary" if not served.is_served else "")


def _lede(served: Served) -> str:
    if served.is_served:
        return f"one follows by itself every {served.minutes:g} minutes, and when a file has changed"
    return "takes in what is new, works out what it changes, delivers who entered and left"


def _ran(_: View, ran: Ran) -> None:
    rejected = f", {ran.n_rejected:,} rejected" if ran.n_rejected else ""
    told = f"Done: {ran.n_accepted:,} rows taken in{rejected}; {_delivered(ran)}."
    text("p", told, "said warn" if ran.n_failed else "said good")
    for each in ran.failures:
        look.refusal(each)
    if ran.moved:
        columns = (
            Column("Audience"),
            *(Column(name, is_number=True) for name in ("Size", "Entered", "Left")),
        )
        rows = [
            (
                Cell(each.audience, f"/audiences/{each.audience}"),
                *(Cell(look.people(n, ran.least)) for n in (each.size, each.n_entered, each.n_left)),
            )
            for each in ran.moved
        ]
        look.table("Audiences that moved", columns, rows)
    look.button("Show it everywhere", ui.navigate.reload)


def _delivered(ran: Ran) -> str:
    if ran.n_added == 0 and ran.n_removed == 0:
        said = "nothing to deliver"
    else:
        said = f"{look.people(ran.n_added, ran.least)} sent to destinations, {look.people(ran.n_removed, ran.least)} taken back"
    return said + (f"; {ran.n_failed:,} deliveries failed" if ran.n_failed else "")
