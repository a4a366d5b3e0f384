"""Profiles: find somebody by any identifier. What is typed never stands in an address: that carries a profile's number alone."""

from __future__ import annotations

from nicegui import ui

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column
from headwater.console.drawn.page import Page, View
from headwater.console.people.finding import finder
from headwater.console.people.questions import KINDS, LATELY, Lately


async def show(view: View) -> None:
    """Draw it."""
    kinds, lately = await view.ask(KINDS), await view.ask(LATELY)
    with look.page(
        "Profiles", "Find somebody by an identifier. Whoever looks at a person is noted in the audit log."
    ):
        _search(view, kinds)
        _lately(lately)


def _search(view: View, kinds: tuple[str, ...]) -> None:
    with look.panel("Find a person"):

        async def open_it(number: int) -> None:
            ui.navigate.to(f"/profiles/{number}")

        finder(view, kinds, "Find", open_it)


def _lately(lately: tuple[Lately, ...]) -> None:
    with look.panel("Of whom something happened last", "no identifier is shown"):
        if not lately:
            look.empty(
                "Nobody is known yet",
                "A profile is made of whoever a source names by an identifier. Load the first data.",
                "headwater run",
            )
            return
        rows = [
            (
                Cell(f"Profile {each.profile_id}", f"/profiles/{each.profile_id}"),
                Cell(f"{each.n_events:,}"),
                Cell(f"{each.n_audiences:,}"),
                Cell(look.moment(each.last_event_at) if each.last_event_at else look.DASH),
            )
            for each in lately
        ]
        columns = (
            Column("Profile"),
            Column("Events", is_number=True),
            Column("Audiences", is_number=True, is_minor=True),
            Column("Last event (UTC)", is_number=True),
        )
        look.table("Profiles of whom something happened last", columns, rows)


PAGE = Page("/profiles", "Profiles", "Profiles", Action.SEE_PEOPLE, show)
