"""One audience now against an earlier one: who came in, who left, and how the rule differs, line by line."""

from __future__ import annotations

from urllib.parse import quote

from nicegui import ui

from headwater.access.roles import Action
from headwater.console.audiences.frame import CHANGED, audience_page
from headwater.console.audiences.versions import CHANGES, Changes, Went
from headwater.console.drawn import look
from headwater.console.drawn.changing import show_lines
from headwater.console.drawn.fields import chosen
from headwater.console.drawn.look import box, text
from headwater.console.drawn.page import Page, View


async def show(view: View, name: str) -> None:
    """Draw it."""
    found = await view.ask(CHANGES, name, view.query.get("since", ""))
    with audience_page(view, name, CHANGED, "What it is now, against what it was."):
        if found.chosen is None:
            look.empty(
                "Nothing earlier yet",
                "Each run that changes the audience or its rule can be compared with; so can the file that Git holds.",
                "headwater run",
            )
            return
        _since(found)
        _figures(found)
        with box("grid"):
            _went("Came in", found.came, found)
            _went("Left", found.left, found)
            _rules(found)


def _since(found: Changes) -> None:
    key = found.chosen.key if found.chosen else ""
    since = chosen(
        "Against", {each.key: each.said for each in found.known}, key, hint="Times are UTC.", classes="since"
    )
    since.element.on(
        "change",
        lambda: ui.navigate.to(f"/audiences/{found.name}/changes?since={quote(since.value, safe='')}"),
    )


def _figures(found: Changes) -> None:
    with box("figures-row"):
        look.figure("Before", look.people(found.before, found.least))
        look.figure(
            "Now", look.people(found.now, found.least), f"{look.people(found.stay, found.least)} are in both"
        )
        look.figure("Came in", look.people(found.came.n, found.least))
        look.figure("Left", look.people(found.left.n, found.least))


def _went(title: str, went: Went, found: Changes) -> None:
    if not went.reasons:
        return
    with look.panel(title, "what decides"):
        most = max((n or 0 for _, n in went.reasons), default=0) or 1
        look.bars([(said, n, (n or 0) / most) for said, n in went.reasons], found.least)


def _rules(found: Changes) -> None:
    before, now = found.words
    with look.panel("The rule"):
        if not found.lines:
            text("p", "It means the same as before:", "quiet")
            text("p", now, "rule-words")
            return
        text("p", "Before", "quiet small")
        text("p", before, "rule-words")
        text("p", "Now", "quiet small")
        text("p", now, "rule-words")
        show_lines(found.lines)


PAGE = Page("/audiences/{name}/changes", "What changed", "Audiences", Action.SEE_COUNTS, show)
