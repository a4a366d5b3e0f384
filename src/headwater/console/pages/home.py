"""Home: how everything is, in one look; and what to do next where nothing is yet."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.activate.records import Ending
from headwater.console.drawn import look
from headwater.console.drawn.doing import told_in
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import Page, View
from headwater.console.project.health import DELIVERIES, HEALTH, Health, Sent
from headwater.console.project.run_panel import run_panel
from headwater.console.project.running import SERVED

LIVE_SECONDS = 5.0
_STALE_AFTER_FAILURE = frozenset({Ending.FAILED, Ending.REFUSED, Ending.NOT_TRIED})


async def show(view: View) -> None:
    """Draw it."""
    health, sent, served = await view.ask(HEALTH), await view.ask(DELIVERIES), await view.ask(SERVED)
    with look.page("Home", _lede(health)):
        above, between, below = box("whole"), box("whole"), box("whole")

        async def draw_anew() -> None:
            with told_in(below):
                _draw(view, (await view.ask(HEALTH), await view.ask(DELIVERIES)), above, below)

        _draw(view, (health, sent), above, below)
        with between:
            run_panel(view, served, draw_anew)


def _draw(view: View, known: tuple[Health, tuple[Sent, ...]], above: Element, below: Element) -> None:
    """What stands above and below the run, instead of what stood there."""
    health, sent = known
    above.clear()
    with above:
        _next(health)
        _figures(view, health, sent)
    below.clear()
    with below, box("grid"):
        _moved(health)
        _deliveries(sent, health)
        _sources(health)
        _rejected(health)
        _stages(health)
        _consents(health)


def _lede(health: Health) -> str:
    if health.first_event_at is None or health.last_event_at is None:
        return "No events yet."
    return f"Events from {look.day(health.first_event_at)} to {look.day(health.last_event_at)} (UTC)."


def next_steps(health: Health) -> list[tuple[str, str, str]]:
    """What a project lacks, in the order in which it comes: title, why, command."""
    lacking = []
    if not health.n_sources_declared:
        lacking.append(
            (
                "Tell Headwater where data comes from",
                "A file in sources/ names a file or a database; one in collectors/ lets a website send events.",
                "headwater check",
            )
        )
    elif not health.n_events:
        lacking.append(
            ("Load the first data", "Sources are declared; a run takes in what they hold.", "headwater run")
        )
    if not health.n_audiences:
        lacking.append(
            (
                "Describe a first audience",
                "A file in audiences/ says who is in it; its size is exact after the next run.",
                "headwater audiences list",
            )
        )
    elif not health.n_destinations:
        lacking.append(
            (
                "Send an audience somewhere",
                "A file in destinations/ names a place; a CSV file is one.",
                "headwater run",
            )
        )
    return lacking


def _next(health: Health) -> None:
    for title, why, command in next_steps(health)[:1]:
        look.empty(title, why, command)


def _figures(view: View, health: Health, sent: tuple[Sent, ...]) -> None:
    with box("figures-row"):
        live = box("figure-live")
        _live(view, live)
        look.figure("Profiles", look.people(health.n_profiles, health.least), "people known")
        look.figure("Events", f"{health.n_events:,}", f"newest {look.ago(health.last_event_at, health.now)}")
        failing = sum(each.status in _STALE_AFTER_FAILURE for each in sent)
        look.figure("Deliveries failing", f"{failing:,}", f"of the latest {len(sent)}")
    ui.timer(LIVE_SECONDS, lambda: _live(view, live), immediate=False)


def _live(view: View, held: Element) -> None:
    """Events a minute, as they come in."""
    rate, rejected = view.rates.per_minute, view.rates.rejected_per_minute
    note = (
        "live events come in while headwater serve runs" if rate is None else f"{rejected or 0:,.0f} rejected"
    )
    held.clear()
    with held:
        look.figure(
            "Events a minute, live", look.DASH if rate is None else f"{rate:,.0f}", note, view.rates.history
        )


def _moved(health: Health) -> None:
    with look.panel("Audiences that moved", "at the last refresh that changed them"):
        if not health.moved:
            look.empty("No audience has a size yet", "Sizes are there after a run.", "headwater run")
            return
        rows = [
            (
                Cell(each.audience, f"/audiences/{each.audience}"),
                Cell(look.people(each.size, health.least)),
                Cell(_signed("+", each.n_entered)),
                Cell(_signed("\N{MINUS SIGN}", each.n_left)),
            )
            for each in health.moved
        ]
        numbers = (
            Column("Size", is_number=True),
            Column("Entered", is_number=True),
            Column("Left", is_number=True),
        )
        look.table("Audiences that moved", (Column("Audience"), *numbers), rows)


def _signed(sign: str, n: int | None) -> str:
    return look.DASH if n is None else f"{sign}{n:,}" if n else "0"


def _deliveries(sent: tuple[Sent, ...], health: Health) -> None:
    with look.panel("Deliveries", "newest first"):
        if not sent:
            look.empty(
                "Nothing was delivered yet",
                "Audiences go to destinations after each run.",
                "headwater deliveries",
            )
            return
        rows = [
            (
                Cell(each.audience, f"/audiences/{each.audience}", below=each.destination),
                Cell(tags=(each.status.replace("_", " "),)),
                Cell(look.people(each.n_added, health.least)),
                Cell(look.people(each.n_removed, health.least)),
                Cell(look.ago(each.started_at)),
            )
            for each in sent
        ]
        columns = (
            Column("Audience"),
            Column("Status"),
            Column("Added", is_number=True),
            Column("Removed", is_number=True),
            Column("When", is_number=True),
        )
        look.table("Deliveries", columns, rows)


def _sources(health: Health) -> None:
    with look.panel("Sources", "rows received, ever"):
        if not health.sources:
            look.empty("Nothing came in yet", "Declare a source, then run.", "headwater run")
            return
        rows = [
            (
                Cell(each.source, below=look.ago(each.loaded_at)),
                Cell(f"{each.n_accepted:,}"),
                Cell(f"{each.n_rejected:,}", tone="warn" if each.n_rejected else ""),
            )
            for each in health.sources
        ]
        columns = (Column("Source"), Column("Accepted", is_number=True), Column("Rejected", is_number=True))
        look.table("Sources", columns, rows)


def _rejected(health: Health) -> None:
    with look.panel("Rejected, and why"):
        if not health.rejected:
            look.empty(
                "Nothing was rejected", "What cannot be used is kept here with its reason, never dropped."
            )
            return
        most = max(n for *_, n in health.rejected)
        look.bars(
            [(f"{source}: {reason.replace('_', ' ')}", n, n / most) for source, reason, n in health.rejected]
        )
        with box("row"):
            look.link("Look at them, and repair", "/events/rejected", "button")


def _stages(health: Health) -> None:
    with look.panel("Freshness", "when each table last changed"):
        rows = [(Cell(title), Cell(look.ago(at))) for title, at in health.stages]
        look.table("Freshness", (Column("Table"), Column("Last changed", is_number=True)), rows)


def _consents(health: Health) -> None:
    with look.panel("Consent", "people who agree, by purpose"):
        if not health.consents:
            text("p", "No purposes are declared in headwater.yaml, so nothing leaves.", "quiet")
            return
        for each in health.consents:
            look.bars([(each.purpose, each.n_granted, each.share_granted)], health.least)


PAGE = Page("/", "Home", "Home", Action.SEE_COUNTS, show)
