"""What is special about an audience: what its people have more, and less, often than everybody, as bars with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.access.roles import Action
from headwater.console.audiences import pictures
from headwater.console.audiences.frame import SPECIAL as PART, audience_page
from headwater.console.audiences.special import SPECIAL, Special, in_words
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import Page, View
from headwater.console.project.ahead import AHEAD
from headwater.explore.top_traits import TopTrait

_COLUMNS = (
    Column("Trait"),
    Column("Index", is_number=True),
    Column("", is_minor=True),
    Column("Here", is_number=True),
    Column("Everybody", is_number=True, is_minor=True),
    Column("People", is_number=True, is_minor=True),
)
_EXPLAINED = (
    "Index 100: as often as among everybody; 200: twice as often. The line is its 95 % interval. Paler bars may be chance: "
    "so many values are compared at once that a difference must be large to be sure."
)


async def show(view: View, name: str) -> None:
    """Draw it."""
    found = await view.ask(SPECIAL, name)
    ahead = await view.ask(AHEAD, (name,))
    with audience_page(view, name, PART, found.description, ahead=ahead):
        traits = found.traits
        with box("figures-row"):
            look.figure(
                "People compared", look.people(traits.n_people, found.least), "whose data may be used"
            )
            look.figure("With everybody", look.people(traits.n_everyone, found.least))
            look.figure("Values compared", f"{traits.n_tried:,}", _hidden(found))
        text("p", _EXPLAINED, "quiet lede")
        if not (traits.over or traits.under):
            look.empty(
                "Nothing stands out",
                "No value of a trait is more or less frequent here than among everybody, or too few people have it.",
            )
            return
        _values("More often than everybody", traits.over, name)
        _values("Less often than everybody", traits.under, name)


def _hidden(found: Special) -> str:
    return f"{found.n_hidden:,} traits are hidden from your role" if found.n_hidden else ""


def _values(title: str, traits: Sequence[TopTrait], name: str) -> None:
    if not traits:
        return
    with look.panel(title, f"{len(traits)} shown, the most certain first"):
        look.table(f"{title}: {name}", _COLUMNS, [_row(each) for each in traits])


def _row(each: TopTrait) -> tuple[Cell, ...]:
    low, high = (100 * edge / each.share_everyone for edge in (each.low, each.high))
    return (
        Cell(in_words(each.value), below=each.trait.replace("_", " ")),
        Cell(
            f"{each.index:,.0f}",
            tone="strong" if each.is_sure else "quiet",
            below=f"{low:,.0f} to {high:,.0f}",
        ),
        Cell(drawn=pictures.index(each.index, low, high, is_sure=each.is_sure)),
        Cell(f"{each.share:.1%}"),
        Cell(f"{each.share_everyone:.1%}"),
        Cell(f"{each.n:,}"),
    )


PAGE = Page("/audiences/{name}/special", "What is special", "Audiences", Action.SEE_COUNTS, show)
