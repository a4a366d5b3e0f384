"""One request: its deadline, more time for it, and the signed receipt of what was done."""

from __future__ import annotations

import json
from functools import partial

from nicegui import ui

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, trying
from headwater.console.drawn.fields import typed
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.privacy.frame import ASKS, receipt_told, state_of
from headwater.console.privacy.requests import EXTEND, REQUEST, Receipted


async def show(view: View, request_id: str) -> None:
    """Draw it."""
    found = await view.ask(REQUEST, request_id)
    request = found.request
    ui.page_title(f"{ASKS[request.asks]} · {view.project}")
    with look.page(ASKS[request.asks], request.request_id, above=("Privacy", "/privacy")):
        with box("figures-row"):
            state, _ = state_of(request)
            look.figure("State", state, request.law.upper())
            look.figure("Received", look.day(request.received_at), "UTC")
            look.figure("Due", look.day(request.due_at), "extended" if request.extended_for else "")
        if request.extended_for:
            text("p", f"More time was taken: {request.extended_for}", "quiet")
        if found.content is None:
            _waiting(view, found)
        else:
            _receipt(found, found.content)


def _waiting(view: View, found: Receipted) -> None:
    request = found.request
    with look.panel("Not answered yet"):
        text(
            "p",
            "Whom it is about is kept sealed until it is answered: find the person under Privacy, by the identifiers that "
            "they gave, and answer there.",
            "quiet",
        )
        if request.extended_for or request.is_overdue:
            return
        reason = typed("Why it takes longer, as whoever asked is told", classes="grow")
        row, held = box("row"), with_attributes(box(), aria_live="polite")

        async def ask() -> None:
            async def done() -> None:
                extended = await view.ask(EXTEND, request.request_id, reason.value)
                held.clear()
                with held:
                    text("p", f"It is due on {look.day(extended.due_at)} now. Tell whoever asked.", "good")

            told = (
                f"The law gives {request.law.more_days} more days, once. Whoever asked must be told, and why."
            )
            confirm(held, told, "Take more time", trying(held, done), is_grave=False)

        with row:
            look.button("Take more time …", trying(held, ask))


def _receipt(found: Receipted, content: object) -> None:
    receipt = found.request.receipt
    with look.panel("Receipt", "signed, for whoever asked, or an authority"):
        if receipt is not None:
            receipt_told(receipt)
        if found.is_genuine:
            text("p", "The signature was checked: it stands as it was signed.", "good")
        else:
            look.refusal(
                "It was changed, or signed by another key.", "See `headwater privacy check-receipt`."
            )
        written = json.dumps(content, indent=2, sort_keys=True)
        name = f"{found.request.request_id}.json"
        with box("row"):
            download = partial(ui.download.content, written, name, "application/json")
            look.button("Download as JSON", download)


PAGE = Page("/privacy/requests/{request_id}", "Privacy request", "Privacy", Action.PRIVACY_REQUESTS, show)
