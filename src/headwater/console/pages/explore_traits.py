"""Exploring: what is special about an audience."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.explore.asked import TraitsAsked, traits_of
from headwater.console.explore.controls import choose, choose_audience
from headwater.console.explore.frame import Asking, explore_page
from headwater.console.explore.questions import TRAITS, WORDS, TraitsAnswer, Words
from headwater.console.explore.shown import traits_shown

TOPS = {"5": "5 each way", "10": "10 each way", "20": "20 each way", "50": "50 each way"}


async def show(view: View) -> None:
    """Draw it."""
    words = await view.ask(WORDS)
    with explore_page("traits", "What people of an audience have more, or less, often than others."):
        if not words.audiences:
            look.empty(
                "No audience yet",
                "Make one; then it is told here what is special about its people.",
                "headwater audiences list",
            )
            return
        asked = traits_of(view.query, words.audiences[0])
        asking = Asking(view, TRAITS, asked, traits_shown)
        with box("explored"):
            _Form(words, asking).draw()
            asking.result.draw()
        await asking.ask(asked, is_first=True)


@dataclass(frozen=True, eq=False)
class _Form:
    """What is asked, as it is chosen."""

    words: Words
    asking: Asking[TraitsAsked, TraitsAnswer]

    def draw(self) -> None:
        """Whom, against whom, and how much of it."""
        asked = self.asking.asked
        with with_attributes(box("panel asked", "section"), aria_label="Question"):
            choose_audience("Audience", self.words.audiences, asked.audience, "choose one", self._audience)
            choose_audience("Against", self.words.audiences, asked.against, "everybody", self._against)
            choose("How many", TOPS, asked.top, self._top)
            text(
                "p",
                "The index is 100 times the share inside over that of the others. A * says that chance alone hardly "
                "makes such a difference, even with so many values tried. Values that fewer than five of the others "
                "have are left out.",
                "quiet small",
            )

    async def _audience(self, audience: str) -> None:
        await self._ask(audience=audience)

    async def _against(self, against: str) -> None:
        await self._ask(against=against)

    async def _top(self, top: str) -> None:
        await self._ask(top=top)

    async def _ask(self, **changed: Any) -> None:
        await self.asking.ask(replace(self.asking.asked, **changed))


PAGE = Page("/explore/traits", "Top traits", "Explore", Action.SEE_COUNTS, show, is_listed=False)
