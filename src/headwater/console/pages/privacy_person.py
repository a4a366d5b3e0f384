"""Privacy of one person, chosen by the number of their profile: what may be done for them."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.drawn.page import Page, View
from headwater.console.privacy.frame import privacy_page
from headwater.console.privacy.requests_panel import asked_about, person_requests
from headwater.console.works.under_way import under_way


async def show(view: View, number: str) -> None:
    """Draw it."""
    who = (number,)
    asked = await asked_about(view, who)
    with privacy_page(
        view, "", f"What profile {number} may ask for. Each request says first what it will do."
    ):
        look_again = under_way(view)
        person_requests(view, asked, look_again)


PAGE = Page("/privacy/people/{number}", "Privacy of a person", "Privacy", Action.PRIVACY_REQUESTS, show)
