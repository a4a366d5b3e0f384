"""Where people stand on each purpose, what purposes are, and which labels are in use."""

from __future__ import annotations

from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import View
from headwater.console.privacy.frame import privacy_page
from headwater.console.privacy.standing import CONSENTS, Consents, Coverage, Labelled

MOST_NAMED = 12


async def show(view: View) -> None:
    """Draw it."""
    found = await view.ask(CONSENTS)
    with privacy_page(view, "consent", "Where people stand on each purpose, as of now."):
        if not found.purposes:
            look.empty(
                "No purpose is declared",
                "A purpose says why personal data may be used; without one nothing leaves. "
                "Write it under `purposes:` of headwater.yaml.",
                "headwater check",
            )
        with box("grid"):
            for each in found.purposes:
                _purpose(each, found)
        _labels(found.labels)
        _signals(found)


def _purpose(each: Coverage, found: Consents) -> None:
    with look.panel(each.purpose, each.lawful_basis.replace("_", " ")):
        text("p", each.description, "quiet")
        counts = [
            ("agreed", each.n_granted), ("refused", each.n_denied),
            ("agreed, and it lapsed", each.n_lapsed), ("said nothing", each.n_absent),
        ]  # fmt: skip
        shown = [(said, n) for said, n in counts if n != 0]
        most = max((n or 0 for _, n in shown), default=0) or 1
        look.bars([(said, n, (n or 0) / most) for said, n in shown], found.least)
        text(
            "p",
            f"{each.share_usable:.0%} of all profiles may be used for it, before age, place and labels.",
            "small",
        )
        with box("tags"):
            for use in each.ccpa:
                look.tag(f"CCPA: {use.replace('_', ' ')}")
            if each.lasts_days:
                look.tag(f"lasts {each.lasts_days:,} days")


def _labels(labels: tuple[Labelled, ...]) -> None:
    with look.panel("Labels", "what data can be that calls for care, and what carries it"):
        rows = [
            (Cell(each.label, below=each.meaning), Cell(_named(each.traits)), Cell(_named(each.audiences)))
            for each in labels
        ]
        look.table("Labels", (Column("Label"), Column("Traits"), Column("Audiences")), rows)


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}" if names else look.DASH


def _signals(found: Consents) -> None:
    if not found.refused_signals:
        return
    with look.panel("Consent signals that were refused", "what came with them was taken in"):
        rows = [
            (
                Cell(each.source),
                Cell(each.signal),
                Cell(each.reason.replace("_", " ")),
                Cell(f"{each.n_signals:,}"),
            )
            for each in found.refused_signals
        ]
        columns = (
            Column("Source"), Column("Signal"), Column("Refused as"), Column("Signals", is_number=True),
        )  # fmt: skip
        look.table("Refused signals", columns, rows)
