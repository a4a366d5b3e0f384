"""Personalise: every placement, what it is for, and how often it was asked and shown."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, text
from headwater.console.drawn.page import Page, View
from headwater.console.placements.questions import PLACEMENTS, ListedPlacement, Placements

_COLUMNS = (
    Column("Placement"),
    Column("State"),
    Column("Shows", is_minor=True),
    Column("Decided", is_number=True),
    Column("Shown", is_number=True),
)
TONES = {"on": "good", "begins later": "warn", "over": "quiet"}


async def show(view: View) -> None:
    """Draw it."""
    found = await view.ask(PLACEMENTS)
    with look.page(
        "Personalise", "Placements: what is shown to whom, decided within milliseconds, with consent."
    ):
        for each in found.problems[:5]:
            look.refusal(each)
        with look.panel("Placements"):
            _placements(found)


def _placements(found: Placements) -> None:
    if not found.listed:
        look.empty(
            "No placement yet",
            "A file in placements/ says what is shown where: rules with variants, a fallback, a purpose people agreed to.",
            "headwater check",
        )
        return
    look.table("Placements", _COLUMNS, [_row(each, found.least) for each in found.listed])
    text("p", "Decided: what the server chose. Shown: what a page says it showed.", "quiet small")


def _row(each: ListedPlacement, least: int | None) -> tuple[Cell, ...]:
    return (
        Cell(
            each.name,
            f"/personalise/{each.name}",
            below=f"{each.description or 'no description'}, for {each.purpose}",
        ),
        Cell(each.state, tone=TONES[each.state]),
        Cell(f"{each.n_variants} variants, {each.way}"),
        Cell(look.people(each.n_decided, least)),
        Cell(look.people(each.n_shown, least)),
    )


PAGE = Page("/personalise", "Personalise", "Personalise", Action.SEE_COUNTS, show)
