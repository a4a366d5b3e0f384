"""Sources: where data comes from, whether it came, and what could not be used."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column
from headwater.console.drawn.page import Page, View
from headwater.console.sources.frame import SECTION, TITLE, sources_page
from headwater.console.sources.questions import SOURCES, Listed, Listing

_COLUMNS = (
    Column("Source"),
    Column("Kind", is_minor=True),
    Column("State"),
    Column("Taken", is_number=True),
    Column("Rejected", is_number=True),
    Column("Last run", is_number=True, is_minor=True),
    Column("Rejected then", is_number=True, is_minor=True),
)


async def show(view: View) -> None:
    """Draw it."""
    found = await view.ask(SOURCES)
    with sources_page("/sources", _lede(view, found)):
        if not found.listed:
            look.empty(
                "No source yet",
                "A file in sources/ names a file or a database to read; one in collectors/ lets pages and apps send events.",
                "headwater check",
            )
            return
        _figures(view, found.listed)
        with look.panel("All sources", "what was taken in and rejected, ever"), look.box("named"):
            look.table("Sources", _COLUMNS, [_row(each) for each in found.listed])


def _lede(view: View, found: Listing) -> str:
    often = f"every {found.refresh_minutes:g} minutes"
    if view.rates.per_minute is None:
        return f"Files and databases are read by headwater run; while headwater serve runs, {often}."
    return f"Files and databases are read {often}, collectors take events in all the time."


def _figures(view: View, listed: tuple[Listed, ...]) -> None:
    wrong = [each for each in listed if each.status[1] in ("warn", "bad")]
    with look.box("figures-row"):
        look.figure("Sources", f"{len(listed):,}", f"{sum(each.is_live for each in listed):,} of them live")
        look.figure("To look at", f"{len(wrong):,}", ", ".join(each.name for each in wrong)[:80])
        n_rejected = sum(each.n_rejected for each in listed)
        n_received = sum(each.n_received for each in listed)
        share = f"{n_rejected / n_received:.2%} of what came" if n_received else ""
        look.figure("Rejected", f"{n_rejected:,}", share)
        rate = view.rates.per_minute
        look.figure(
            "Events a minute, live",
            look.DASH if rate is None else f"{rate:,.0f}",
            "" if rate is not None else "nothing is served now",
            view.rates.history,
        )


def _row(each: Listed) -> tuple[Cell, ...]:
    words, tone = each.status
    said = each.problems[0] if each.problems else each.why.replace("_", " ")
    return (
        Cell(each.name, f"/sources/{each.name}", below=each.description),
        Cell(tags=(each.kind.replace("_", " "),)) if each.kind else Cell(look.DASH),
        Cell(words, tone=f"{tone} word", below=said),
        Cell(f"{each.n_accepted:,}"),
        Cell(f"{each.n_rejected:,}"),
        Cell(look.ago(each.loaded_at)),
        Cell(f"{each.last_rejected:,}"),
    )


PAGE = Page("/sources", TITLE, SECTION, Action.SEE_COUNTS, show)
