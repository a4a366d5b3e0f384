"""Privacy: what people ask for of their data, by when it must be answered, and the way to answer it."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from headwater.access.roles import Action
from headwater.api.endpoints.requests import Requested
from headwater.console.drawn import look
from headwater.console.drawn.doing import trying
from headwater.console.drawn.fields import chosen, typed
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.people.questions import KINDS
from headwater.console.people.whom import expect_written
from headwater.console.privacy.answers import show_receipts
from headwater.console.privacy.frame import ASKS, privacy_page, state_of
from headwater.console.privacy.requests import REQUESTS, RESUME
from headwater.console.privacy.requests_panel import asked_about, person_requests
from headwater.console.works.under_way import under_way
from headwater.console.works.works import works_of
from headwater.privacy.requests import Asks

MOST_SHOWN = 50


async def show(view: View) -> None:
    """Draw it; whoever may not see requests is shown where people stand."""
    if not view.may(Action.PRIVACY_REQUESTS):
        ui.navigate.to("/privacy/consent")
        return
    requests, kinds = await view.ask(REQUESTS), await view.ask(KINDS)
    with privacy_page(view, "", "What people ask for of their data, and by when each must be answered."):
        look_again = under_way(view)
        _figures(requests)
        _broken_off(view, requests, look_again)
        _asking(view, kinds, look_again)
        _listed(requests)


def _figures(requests: tuple[Requested, ...]) -> None:
    waiting = [each for each in requests if each.ended_at is None]
    overdue = [each for each in waiting if each.is_overdue]
    with box("figures-row"):
        look.figure("Overdue", f"{len(overdue):,}", "answer these first" if overdue else "none")
        first = min((each.due_at for each in waiting), default=None)
        look.figure("Waiting", f"{len(waiting):,}", f"next due {look.day(first)}" if first else "none")
        look.figure("Answered", f"{len(requests) - len(waiting):,}", "each with a signed receipt")


def _broken_off(view: View, requests: tuple[Requested, ...], look_again: Callable[[], None]) -> None:
    """Erasures that were begun and never ended; an erasure that goes on from here is not one."""
    n = sum(each.ended_at is None and each.asks is Asks.ERASE for each in requests)
    if not n or any(not each.is_over for each in works_of(view.desk).of(view.session)):
        return

    def resume() -> None:
        works_of(view.desk).begin(view.session, "Erasures that were broken off", show_receipts, RESUME)
        look_again()

    with look.panel("Not carried out yet"):
        text(
            "p",
            f"{n:,} erasures were begun and did not come to their end. `serve` carries them out by itself.",
            "warn",
        )
        with box("row"):
            look.button("Carry them out now", resume, "primary")


def _asking(view: View, kinds: tuple[str, ...], look_again: Callable[[], None]) -> None:
    with look.panel("Somebody asks", "find them first; nothing is changed by that"):
        with box("row fields"):
            kind = chosen("Kind of identifier", {each: each.replace("_", " ") for each in kinds})
            value = typed("Identifier", example="in any spelling", classes="grow")
            pressed = box("row")
        held = with_attributes(box("stack"), aria_live="polite")

        async def find() -> None:
            who = (expect_written(kind.value, value.value),)
            asked = await asked_about(view, who)
            held.clear()
            with held:
                person_requests(view, asked, look_again)

        with pressed:
            look.button("Find", trying(held, find), "primary")
        value.on_enter(trying(held, find))


def _listed(requests: tuple[Requested, ...]) -> None:
    with look.panel("Requests", "overdue first, then by when they are due"):
        if not requests:
            look.empty(
                "Nobody asked for anything yet",
                "A request is noted with its deadline: 30 days by the GDPR, 45 by the CCPA. Find the person above.",
                "headwater privacy note export email=ann@example.org",
            )
            return
        rows = [_row(each) for each in requests[:MOST_SHOWN]]
        columns = (
            Column("Request"),
            Column("State"),
            Column("Due"),
            Column("Received", is_minor=True),
            Column("Law", is_minor=True),
        )
        look.table("Requests", columns, rows)
        if len(requests) > MOST_SHOWN:
            text("p", f"The first {MOST_SHOWN} of {len(requests):,} are shown.", "quiet small")


def _row(each: Requested) -> tuple[Cell, ...]:
    state, tone = state_of(each)
    return (
        Cell(ASKS[each.asks], f"/privacy/requests/{each.request_id}", below=each.request_id),
        Cell(state, tone=tone),
        Cell(look.day(each.due_at)),
        Cell(look.day(each.received_at)),
        Cell(each.law.upper()),
    )


PAGE = Page("/privacy", "Privacy", "Privacy", Action.SEE_COUNTS, show)
