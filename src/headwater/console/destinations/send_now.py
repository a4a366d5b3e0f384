"""The part of a destination's page where somebody looks what would be sent, and sends it: asked first, followed, and left."""

from __future__ import annotations

from functools import partial

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.activate.send import Delivered, Ending
from headwater.console.destinations.questions import WRONG, OneDestination
from headwater.console.destinations.sending import DELIVER, PLAN, Planned, nobody_goes
from headwater.console.destinations.trying import call_to_try
from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, place, told_in
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import View
from headwater.console.drawn.words import ENDINGS, WORDS, reasons
from headwater.console.works.followed import follow
from headwater.console.works.works import works_of


def send_now(view: View, one: OneDestination) -> None:
    """What would be sent now, and the way to send it."""
    name = one.declared.name
    with look.panel("What would be sent now", "a dry run: nothing is sent"):
        row = box("row")
        held = place()
        with row:
            look.button("Dry run", partial(_dry_run, view, one, held))
            if view.may(Action.OPERATE):
                call_to_try(view, name, held)
            if view.may(Action.SEND):
                look.button("Deliver now …", partial(_ask_to_deliver, view, one, held), "primary")
        work = works_of(view.desk).at(_place(name))
        if work is not None and not work.is_over:
            follow(view, work, held)


async def _dry_run(view: View, one: OneDestination, held: Element) -> None:
    with told_in(held):
        planned = await view.ask(PLAN, one.declared.name)
        held.clear()
        with held:
            _nothing(planned, one)
            _planned(planned, one.least)


def _nothing(planned: tuple[Planned, ...], one: OneDestination) -> None:
    """Why nothing would be sent, where that is so: nobody can be, or all who can are there."""
    if nobody_goes(planned):
        look.refusal(
            f"Nobody can be sent to {one.declared.name}: all are left out, for the reasons below.",
            "No identifier: they have none of the kinds that are sent there. Choose others under “Set up”."
            if any(why == "no_identifier" for each in planned for why, _ in each.left_out)
            else "",
        )
    elif planned and not any(each.n_requests or each.problem for each in planned):
        text("p", f"{one.declared.name} holds what it should: there is nothing to send.", "said good")


def _planned(planned: tuple[Planned, ...], least: int | None) -> None:
    if not planned:
        look.empty("No audience goes there", "Choose some below, under “Set up”.")
        return
    columns = (
        Column("Audience"),
        Column("To add", is_number=True),
        Column("To remove", is_number=True),
        Column("Requests", is_number=True, is_minor=True),
    )
    rows = [
        (
            Cell(each.audience, f"/audiences/{each.audience}", below=each.problem or _left_out(each, least)),
            Cell(look.people(each.n_added, least)),
            Cell(look.people(each.n_removed, least)),
            Cell(f"{each.n_requests:,}"),
        )
        for each in planned
    ]
    look.table("What would be sent now", columns, rows)


def _left_out(each: Planned, least: int | None) -> str:
    return f"left out: {told}" if (told := reasons(each.left_out, least)) else ""


async def _ask_to_deliver(view: View, one: OneDestination, held: Element) -> None:
    """In numbers first: what a dry run says is what is asked for."""
    name = one.declared.name
    with told_in(held):
        planned = await view.ask(PLAN, name)
        n_requests = sum(each.n_requests for each in planned)
        if not n_requests:
            held.clear()
            with held:
                _nothing(planned, one)
                _planned(planned, one.least)
            return
        said = f"Deliver to {name}: {_in_numbers(planned, one.least)}. What is sent can be taken back, not unseen."
        confirm(held, said, "Deliver now", partial(_deliver, view, name, held))


def _in_numbers(planned: tuple[Planned, ...], least: int | None) -> str:
    moving = [each for each in planned if each.n_requests]
    told = [
        f"{look.people(each.n_added, least)} to add and {look.people(each.n_removed, least)} to remove of {each.audience}"
        for each in moving
    ]
    return "; ".join(told[:6]) + (f"; {len(told) - 6} audiences more" if len(told) > 6 else "")


def _deliver(view: View, name: str, held: Element) -> None:
    works = works_of(view.desk)
    work = works.begin_at(_place(name), view.session, f"Delivering to {name}", _delivered, DELIVER, name)
    follow(view, work, held)


def _place(name: str) -> tuple[str, str]:
    return ("destination", name)


def _delivered(_: View, delivered: tuple[Delivered, ...]) -> None:
    wrong = [each for each in delivered if each.ending in WRONG]
    n_good = len(delivered) - len(wrong)
    told = f"Done: {n_good} of {len(delivered)} audiences are up to date there."
    text("p", told, "said warn" if wrong else "said good")
    for each in wrong:
        look.refusal(f"{each.audience}: {ENDINGS[each.ending]}", each.detail)
    for each in delivered:
        if each.ending is Ending.NOTHING and each.n_left_out:
            why = ", ".join(WORDS.get(reason, reason.replace("_", " ")) for reason in sorted(each.n_left_out))
            text("p", f"{each.audience}: nothing was sent; people were left out for {why}.", "warn")
    look.button("Show what was sent", ui.navigate.reload)
