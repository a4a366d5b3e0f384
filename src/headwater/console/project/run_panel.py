"""The way to bring a project up to date from the console, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, place
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import View
from headwater.console.project.running import RUN, Ran, Served
from headwater.console.works.followed import follow
from headwater.console.works.works import works_of

PLACE = "run"
MOST_NAMED = 5


def run_panel(view: View, served: Served, ended: Callable[[], Awaitable[None]]) -> None:
    """Draw it; only who operates can run, everybody sees how a run that is under way fares. `ended`: is called when one ends."""
    works = works_of(view.desk)
    under_way = works.at(PLACE)
    is_under_way = under_way is not None and not under_way.is_over
    if not is_under_way and not view.may(Action.OPERATE):
        return
    with look.panel("Run", _lede(served)):
        row, held = box("row"), place()

        def run() -> None:
            row.clear()
            held.clear()
            follow(view, works.begin_at(PLACE, view.session, "Run", _ran, RUN), held, ended)

        def ask() -> None:
            confirm(held, what_it_does(served.tells), "Run now", run, is_grave=False)

        if is_under_way and under_way is not None:
            follow(view, under_way, held, ended)
        else:
            with row:
                look.button("Run now …", ask, "primary" if not served.is_served else "")


def what_it_does(tells: Sequence[str]) -> str:
    """What a run would do, before it is begun.

    >>> what_it_does(["crm", "mailing"])
    'It takes in what is new, counts every audience anew, and tells 2 destinations who entered and left: crm, mailing.'
    >>> what_it_does([])
    'It takes in what is new and counts every audience anew. There is no destination to tell.'
    """
    if not tells:
        return "It takes in what is new and counts every audience anew. There is no destination to tell."
    n = "1 destination" if len(tells) == 1 else f"{len(tells):,} destinations"
    more = f" and {len(tells) - MOST_NAMED:,} more" if len(tells) > MOST_NAMED else ""
    named = ", ".join(tells[:MOST_NAMED])
    return f"It takes in what is new, counts every audience anew, and tells {n} who entered and left: {named}{more}."


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


def _delivered(ran: Ran) -> str:
    if ran.n_added == 0 and ran.n_removed == 0:
        said = "nothing to deliver"
    else:
        said = f"{look.people(ran.n_added, ran.least)} sent to destinations, {look.people(ran.n_removed, ran.least)} taken back"
    return said + (f"; {ran.n_failed:,} deliveries failed" if ran.n_failed else "")
