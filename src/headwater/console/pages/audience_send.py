"""Where an audience goes: every destination, what it holds of it, and a change of which take it, shown before it is written."""

from __future__ import annotations

from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.audiences.frame import SEND, audience_page
from headwater.console.audiences.send_panel import choose
from headwater.console.audiences.sending import DESTINIES, Destined, Destinies, Takes
from headwater.console.audiences.terms_panel import said_of, terms
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, box
from headwater.console.drawn.page import Page, View
from headwater.console.project.ahead import AHEAD

_COLUMNS = (
    Column("Destination"),
    Column("Takes"),
    Column("Holds", is_number=True),
    Column("Purpose", is_minor=True),
    Column("When", is_minor=True),
    Column("In the way", is_minor=True),
)
_BESIDE = "; each destination asks for consent and identifiers, too"


async def show(view: View, name: str) -> None:
    """Draw it."""
    found = await view.ask(DESTINIES, name)
    ahead = await view.ask(AHEAD, (name,))
    with audience_page(view, name, SEND, found.description, ahead=ahead, counted_at=found.counted_at):
        figures = box("figures-row")

        async def look_again() -> None:
            _figures(figures, await view.ask(DESTINIES, name))

        _figures(figures, found)
        if not found.destinations:
            look.empty(
                "No destination yet",
                "A destination is a file that says where audiences go, for which purpose and in what form.",
                "headwater check",
            )
            look.link("Set one up", "/destinations", "button")
            return
        with look.panel("Destinations"):
            look.table("Where it goes", _COLUMNS, [_row(each, found.least) for each in found.destinations])
        if view.may(Action.SEND):
            choose(view, name, found)
        if view.may(Action.CHANGE_AUDIENCES):
            terms(view, name, found, look_again)


def _figures(held: Element, found: Destinies) -> None:
    taking = [each for each in found.destinations if each.takes is not Takes.NOT]
    held.clear()
    with held:
        look.figure("Size", look.people(found.size, found.least), "as last refreshed")
        look.figure("Goes to", f"{len(taking)}", ", ".join(each.name for each in taking) or "nowhere")
        look.figure("Told of", *_told_of(found))
        look.figure("Purpose", found.purpose or "of each destination", "what people must have agreed to")


def _told_of(found: Destinies) -> tuple[str, str]:
    """Of how many destinations are told by its terms, and what these are."""
    said = said_of(found.agreed)
    if not found.agreed.is_scheduled:
        return "nobody now", said
    return look.people(found.agreed.n_told_of, found.least), f"{said}{_BESIDE}"


def _row(each: Destined, least: int | None) -> tuple[Cell, ...]:
    held = "nothing" if each.n_held == 0 else f"{look.people(each.n_held, least)}"
    return (
        Cell(each.name, f"/destinations/{each.name}", below=each.description),
        Cell(each.takes.value, tone="quiet" if each.takes is Takes.NOT else ""),
        Cell(held, below="" if each.n_held == 0 else "identifiers"),
        Cell(each.purpose),
        Cell("within seconds" if each.is_live else "with each run"),
        Cell(f"does not accept {', '.join(each.lacking)}", tone="warn") if each.lacking else Cell(look.DASH),
    )


PAGE = Page("/audiences/{name}/send", "Where it goes", "Audiences", Action.SEE_COUNTS, show)
