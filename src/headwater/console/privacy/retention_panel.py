"""How long data is kept, how much is kept too long, and letting go of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, trying
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.privacy.frame import privacy_page, rows_in
from headwater.console.privacy.standing import RETAIN, RETENTION, Retention
from headwater.console.works.under_way import under_way
from headwater.console.works.works import works_of


async def show(view: View) -> None:
    """Draw it."""
    found = await view.ask(RETENTION)
    with privacy_page(view, "retention", "How long data is kept. What is older goes once a day, or now."):
        look_again = under_way(view)
        if not found.is_declared:
            look.empty(
                "Nothing is let go of yet",
                "The project does not say how long data is kept. Write `retention: {}` in headwater.yaml for what stands "
                "below, or other periods by table.",
                "headwater privacy retain --dry-run",
            )
        _tables(found)
        _said(found)
        if found.is_declared and view.may(Action.PRIVACY_REQUESTS):
            _let_go(view, found, look_again)


def _tables(found: Retention) -> None:
    with look.panel("Tables", "a dry run: nothing is changed" if found.is_counted else ""):
        rows = [
            (
                Cell(each.table.replace("_", " "), below=each.meaning),
                Cell(each.period),
                Cell(f"{each.n_old:,}" if found.is_counted else look.DASH, tone="warn" if each.n_old else ""),
            )
            for each in found.tables
        ]
        columns = (Column("Table"), Column("Kept for"), Column("Rows kept too long", is_number=True))
        look.table("How long tables are kept", columns, rows)


def _said(found: Retention) -> None:
    for title, said in (("By source", found.by_source), ("By purpose", found.by_purpose)):
        if said:
            with look.panel(title):
                look.table(
                    title,
                    (Column("Name"), Column("Kept for")),
                    [(Cell(name), Cell(period)) for name, period in said.items()],
                )


def _let_go(view: View, found: Retention, look_again: Callable[[], None]) -> None:
    n_old = sum(each.n_old for each in found.tables)
    with look.panel("Let go of it now"):
        if not n_old:
            text("p", "Nothing is kept too long.", "good")
            return
        row, held = box("row"), with_attributes(box("stack"), aria_live="polite")

        def begin() -> None:
            held.clear()
            works_of(view.desk).begin(view.session, "Letting go of what is old", _gone, RETAIN)
            look_again()

        async def ask() -> None:
            told = f"{n_old:,} rows go for good, also from the disk; profiles, traits and audiences follow."
            confirm(held, told, "Let go of them", begin)

        with row:
            look.button("Let go …", trying(held, ask))


def _gone(_: View, rows: Mapping[str, int]) -> None:
    text("p", "They are gone, also from the disk.", "good")
    rows_in("Let go of", rows)
