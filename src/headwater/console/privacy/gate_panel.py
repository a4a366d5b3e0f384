"""What the gate lets through to a destination, and what it refuses, by reason."""

from __future__ import annotations

from nicegui.element import Element

from headwater.console.drawn import look
from headwater.console.drawn.doing import trying
from headwater.console.drawn.fields import chosen
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.privacy.frame import privacy_page
from headwater.console.privacy.standing import DESTINATIONS, GATE, Gate
from headwater.flow.destination_check import CheckedAudience


async def show(view: View) -> None:
    """Draw it."""
    names = await view.ask(DESTINATIONS)
    with privacy_page(
        view,
        "gate",
        "Nothing leaves without its permit: what each destination could receive, and why not the rest.",
    ):
        if not names:
            look.empty(
                "No destination yet",
                "A file in destinations/ names a place, the purpose it receives for and the labels it accepts.",
                "headwater check",
            )
            return
        with look.panel("Destination"), box("row fields"):
            destination = chosen(
                "Destination", {each: each for each in names}, value=view.query.get("to", "")
            )
        held = with_attributes(box("page"), aria_live="polite")

        async def check() -> None:
            await _check(view, destination.value, held)

        destination.element.on("change", trying(held, check))
        await trying(held, check)()


async def _check(view: View, destination: str, held: Element) -> None:
    found = await view.ask(GATE, destination)
    held.clear()
    with held:
        check = found.check
        accepts = ", ".join(check.accepts) or "no labelled data"
        text(
            "p",
            f"{check.destination} receives for {check.purpose}, by {check.lawful_basis.replace('_', ' ')}. It accepts {accepts}.",
        )
        _reasons(found)
        _audiences(found)
        _fields(found)


def _reasons(found: Gate) -> None:
    with look.panel(
        "Left out, by reason", "people, over all audiences: whoever is in several counts in each"
    ):
        if not found.reasons:
            text("p", "Nobody is left out.", "good")
            return
        most = max((n or 0 for _, n in found.reasons), default=0) or 1
        look.bars(
            [(reason.replace("_", " "), n, (n or 0) / most) for reason, n in found.reasons], found.least
        )


def _audiences(found: Gate) -> None:
    with look.panel("Audiences", "as of the last run"):
        if not found.check.audiences:
            text("p", "No audience goes there.", "quiet")
            return
        rows = [_audience(each, found.least) for each in found.check.audiences]
        columns = (
            Column("Audience"), Column("Members", is_number=True),
            Column("May be sent", is_number=True), Column("Left out"),
        )  # fmt: skip
        look.table("Audiences", columns, rows)


def _audience(each: CheckedAudience, least: int | None) -> tuple[Cell, ...]:
    left_out = ", ".join(
        f"{look.people(n, least)} {reason.replace('_', ' ')}" for reason, n in each.left_out.items()
    )
    return (
        Cell(each.audience, f"/audiences/{each.audience}"),
        Cell(look.people(each.n_members, least)),
        Cell("none" if each.refusal else look.people(each.n_permitted, least)),
        Cell(each.refusal or left_out or "nobody", tone="bad" if each.refusal else ""),
    )


def _fields(found: Gate) -> None:
    with look.panel("Fields", "what would be told of people"):
        rows = [
            (
                Cell(each.field),
                Cell(", ".join(each.labels) or "none"),
                Cell(
                    "accepted" if each.is_accepted else "refused", tone="good" if each.is_accepted else "bad"
                ),
                Cell("; ".join(each.because) or look.DASH),
            )
            for each in found.check.fields
        ]
        columns = (Column("Field"), Column("Labels"), Column("Gate"), Column("Because of", is_minor=True))
        look.table("Fields", columns, rows)
