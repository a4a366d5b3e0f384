"""Audiences beside each other: what each two share, two or three as circles, how their rules differ. Its address says which."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.audiences.compared_panels import address_of, circles, matrix, rules
from headwater.console.audiences.comparing import COMPARED, MOST_COMPARED
from headwater.console.audiences.picking import pick
from headwater.console.desk.names import NAMES
from headwater.console.drawn import look
from headwater.console.drawn.look import text
from headwater.console.drawn.page import Page, View


async def show(view: View) -> None:
    """Draw it."""
    asked = tuple(each for each in view.query.get("with", "").split(",") if each)
    found, names = await view.ask(COMPARED, asked), await view.ask(NAMES)
    with look.page(
        "Compare audiences",
        "What audiences share, as last refreshed. Two or three are drawn, with how many people are in which.",
        above=("Audiences", "/audiences"),
    ):
        with look.panel("Which ones", "the address says them, so that it can be shared"):
            pick(names, found.names, address_of, MOST_COMPARED)
        for each in found.unknown:
            look.refusal(f"There is no audience '{each}'.", "It may have been renamed or taken out.")
        if not found.names:
            look.empty("Nothing to compare", "Choose two audiences, or as many as eight.")
            return
        if found.regions:
            circles(found)
        if len(found.names) > 1:
            matrix(found)
        else:
            text("p", "Add another one to see what they share.", "quiet")
        rules(found)


PAGE = Page("/compare-audiences", "Compare audiences", "Audiences", Action.SEE_COUNTS, show, is_listed=False)
