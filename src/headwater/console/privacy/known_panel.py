"""Who somebody is to us, as far as a request needs it: identifiers, where they stand, and what they asked for before."""

from __future__ import annotations

from headwater.api.endpoints.requests import Requested
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.people.whom import About
from headwater.console.privacy.frame import ASKS, state_of

MOST_IDENTIFIERS = 20
_TONES = {"granted": "good", "denied": "bad", "restricted": "bad", "suppressed": "bad"}


def known(about: About) -> None:
    """Draw it."""
    with look.panel("Who they are to us"):
        if about.profiles:
            with box("row"):
                for number in about.profiles[:5]:
                    look.link(f"Profile {number}", f"/profiles/{number}", "strong")
        else:
            text(
                "p", "Nobody here is known by that. It can be kept out all the same, by erasing it.", "quiet"
            )
        with box("tags"):
            for each in about.identifiers[:MOST_IDENTIFIERS]:
                look.tag(f"{each.identifier.replace('_', ' ')} {each.value}")
            if len(about.identifiers) > MOST_IDENTIFIERS:
                look.tag(f"{len(about.identifiers) - MOST_IDENTIFIERS:,} more")
        if about.is_restricted:
            text("p", "Restricted: nothing of them may be used, for no purpose.", "warn")
        if about.n_suppressed:
            text(
                "p",
                f"{about.n_suppressed:,} of these identifiers {'is' if about.n_suppressed == 1 else 'are'} kept out, "
                "erased before.",
                "warn",
            )
        if about.profiles and about.purposes:
            rows = [
                (
                    Cell(each.purpose, below=each.description),
                    Cell(each.lawful_basis.replace("_", " ")),
                    Cell(each.standing, tone=_TONES.get(each.standing, "")),
                )
                for each in about.purposes
            ]
            look.table(
                "Purposes", (Column("Purpose"), Column("Basis", is_minor=True), Column("Stands")), rows
            )
        _before(about.requests)


def _before(requests: tuple[Requested, ...]) -> None:
    if not requests:
        text("p", "They asked for nothing before.", "quiet")
        return
    rows = []
    for each in requests:
        state, tone = state_of(each)
        rows.append((Cell(ASKS[each.asks], f"/privacy/requests/{each.request_id}"), Cell(state, tone=tone)))
    look.table("Requests before", (Column("Asked before"), Column("State")), rows)
