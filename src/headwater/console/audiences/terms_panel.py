"""The terms of an audience at destinations, as they are and as somebody would have them: a holdout, a first and a last day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial

from nicegui import ui
from nicegui.element import Element

from headwater.console.audiences.agreed import DRAFT_TERMS, SAVE_TERMS, Agreed, DraftOfTerms, Written
from headwater.console.audiences.sending import Destinies
from headwater.console.drawn import look
from headwater.console.drawn.changing import Would, conflict, review
from headwater.console.drawn.doing import place, say, told_in
from headwater.console.drawn.fields import Field, typed
from headwater.console.drawn.look import box
from headwater.console.drawn.page import View
from headwater.core.errors import EditConflictError

_NOT_YOURS = "Your role may not change audiences."


Again = Callable[[], Awaitable[None]]
"""Draws the figures of the page anew."""


def terms(view: View, name: str, found: Destinies, look_again: Again) -> None:
    """Fields for a holdout and for the first and the last day; what they would come to is said before they are written."""
    agreed = found.agreed
    with look.panel("On what terms", "of every destination"):
        with box("row fields"):
            holdout = typed(
                "Hold out", agreed.holdout, example="10%", hint="a share that no destination is told of"
            )
            begins = _day("From", agreed.begins, "the first day; empty: at once")
            ends = _day("Until", agreed.ends, "the last day; empty: for ever")
        row, held = box("row"), place()

        async def review() -> None:
            with told_in(held, _NOT_YOURS):
                said = (each.value.strip() for each in (holdout, begins, ends))
                would = await view.ask(DRAFT_TERMS, name, *said)
                _review(found, would, partial(_write, view, name, would, held, look_again), held)

        with row:
            look.button("Look at the change", review, "primary")


def said_of(agreed: Written) -> str:
    """The terms in words."""
    said = [f"{agreed.holdout} held out"] if agreed.holdout else []
    said += [f"from {agreed.begins}"] if agreed.begins else []
    said += [f"until {agreed.ends}"] if agreed.ends else []
    return ", ".join(said) or "everybody, always"


def _day(label: str, value: str, hint: str) -> Field:
    """A day; an instant that stands in the file is left as it is written."""
    return typed(label, value, hint=hint, example="2026-12-24", kind="date" if _is_day(value) else "text")


def _is_day(value: str) -> bool:
    """Whether a field for days can show it.

    >>> _is_day(""), _is_day("2026-12-24"), _is_day("2026-12-24T18:00")
    (True, True, False)
    """
    try:
        return not value or date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _review(found: Destinies, would: DraftOfTerms, write: Again, held: Element) -> None:
    draft = would.draft
    files = [Would(draft.file, draft.difference, _comes_to(found, would.agreed))] if draft.changes else []
    review(held, files, write)


def _comes_to(found: Destinies, agreed: Agreed) -> str:
    """What the next run does, in numbers."""
    if not agreed.is_scheduled:
        return (
            "It is not sent now: with the next run destinations that hold it are told to take everybody back."
        )
    told_of, size = (look.people(n, found.least) for n in (agreed.n_told_of, found.size))
    return (
        f"Of {size} people destinations are told of {told_of}, as far as they agreed to it. "
        "Whoever of the others they hold is taken back with the next run."
    )


async def _write(view: View, name: str, would: DraftOfTerms, held: Element, look_again: Again) -> None:
    with told_in(held, _NOT_YOURS):
        try:
            file = await view.ask(SAVE_TERMS, name, would.draft)
        except EditConflictError as error:
            conflict(error, held, [("Look anew", ui.navigate.reload)])
            return
        say(held, f"Written to {file}. The next run sends by it.")
        await look_again()
