"""The audit log: who did what, when, and how it ended; and whether it is as it was written."""

from __future__ import annotations

from datetime import date, datetime

from nicegui.element import Element

from headwater.access.audit.entry import Entry, Outcome
from headwater.access.roles import Action
from headwater.console.desk.question import RefusedError
from headwater.console.drawn import look
from headwater.console.drawn.doing import trying
from headwater.console.drawn.fields import chosen, typed
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.privacy.frame import privacy_page
from headwater.console.privacy.standing import ENTRIES, VERIFY_AUDIT
from headwater.console.works.works import works_of
from headwater.core.errors import UserError

A_PAGE = 50
_TONES = {Outcome.REFUSED: "bad", Outcome.FAILED: "bad", Outcome.DONE: "", Outcome.BEGUN: "quiet"}


async def show(view: View) -> None:
    """Draw it."""
    if not view.may(Action.SEE_AUDIT):
        raise RefusedError(Action.SEE_AUDIT)
    with privacy_page(
        view, "audit", "Who did what, when, about whom, and how it ended. People are told by pseudonym."
    ):
        _verifying(view)
        await _log(view)


def _verifying(view: View) -> None:
    with look.panel("Is it as it was written?", "every entry is tied to the one before"):
        row, held = box("row"), with_attributes(box("stack"), aria_live="polite")

        async def verify() -> None:
            found = await works_of(view.desk).ask(view.session, VERIFY_AUDIT)
            held.clear()
            with held:
                if found.is_whole:
                    text("p", f"All {found.n_entries:,} entries are as they were written.", "good")
                    text("p", f"To be noted elsewhere: {found.head}", "quiet small")
                else:
                    look.refusal(
                        f"Entry {found.first_broken:,} is not as it was written: {found.why}",
                        "Keep the database and audit/head as they are, and find out who could write to them.",
                    )

        with row:
            look.button("Verify the log", trying(held, verify))


async def _log(view: View) -> None:
    with look.panel("Entries", "newest first, times in UTC"):
        with with_attributes(box("row fields"), role="search"):
            who = typed("Who", example="a key, a subject, local:name")
            actions = {"": "every action", **{each.value: each.value.replace("_", " ") for each in Action}}
            action = chosen("Action", actions)
            since = typed("Since", kind="date")
            pressed = box("row")
        held = with_attributes(box("stack"), aria_live="polite")

        async def filter_by() -> None:
            await _entries(view, (who.value.strip(), action.value, _day(since.value)), A_PAGE, held)

        with pressed:
            look.button("Filter", trying(held, filter_by), "primary")
        for each in (who, since):
            each.on_enter(trying(held, filter_by))
        action.element.on("change", trying(held, filter_by))
        await trying(held, filter_by)()


def _day(written: str) -> datetime | None:
    if not written:
        return None
    try:
        on = date.fromisoformat(written)
    except ValueError:
        raise UserError("the day is none", next_step="write it like 2026-03-01") from None
    return datetime(on.year, on.month, on.day)  # noqa: DTZ001 - as entries hold it: UTC, without zone


async def _entries(view: View, wanted: tuple[str, str, datetime | None], most: int, held: Element) -> None:
    found = await view.ask(ENTRIES, *wanted, most)
    held.clear()
    with held:
        if not found:
            text("p", "No entry fits.", "quiet")
            return
        columns = (
            Column("When"), Column("Who"), Column("What"),
            Column("About", is_minor=True), Column("People", is_minor=True), Column("Outcome"),
        )  # fmt: skip
        look.table("Entries of the audit log", columns, [_row(each) for each in found])
        if len(found) == most:
            problem = box()

            async def show_more() -> None:
                await _entries(view, wanted, most * 2, held)

            look.button("Show more", trying(problem, show_more))


def _row(entry: Entry) -> tuple[Cell, ...]:
    event = entry.event
    people = ", ".join(f"{look.people(n)} {what}" for what, n in event.counts.items())
    return (
        Cell(f"{entry.at:%Y-%m-%d %H:%M:%S}"),
        Cell(event.who, below=event.role.replace("_", " ")),
        Cell(event.by, below=event.action.replace("_", " ")),
        Cell(", ".join(event.about) or look.DASH),
        Cell(people or look.DASH),
        Cell(event.outcome, tone=_TONES[event.outcome]),
    )
