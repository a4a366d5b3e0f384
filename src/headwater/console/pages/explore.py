"""Exploring: how often something happens over time, by how many people, or what it sums up to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.look import box, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.explore.asked import Span, TrendAsked, trend_of
from headwater.console.explore.controls import choose, choose_audience, choose_span
from headwater.console.explore.filters import EventsPart
from headwater.console.explore.frame import Asking, explore_page
from headwater.console.explore.questions import TREND, WORDS, Answer, Words
from headwater.console.explore.reading import TRAIT
from headwater.console.explore.shown import trend_shown

PERIODS = {each: each for each in ("hour", "day", "week", "month")}
TOPS = {each: each for each in ("3", "5", "10", "20")}


async def show(view: View) -> None:
    """Draw it."""
    words = await view.ask(WORDS)
    with explore_page("", "How often something happens over time, and by how many people."):
        if not words.events:
            look.empty(
                "Nothing has happened yet",
                "Events come by sources and collectors; then their counts are drawn here, by day, week or month.",
                "headwater run",
            )
            return
        asked = trend_of(view.query, next(iter(words.frequent), ""))
        asking = Asking(view, TREND, asked, trend_shown)
        form = _Form(view, words, asking)
        await form.events.learn()
        with box("explored"):
            form.draw()
            asking.result.draw()
        await asking.ask(asked, is_first=True)


@dataclass(eq=False)
class _Form:
    """What is asked, as it is chosen."""

    view: View
    words: Words
    asking: Asking[TrendAsked, Answer]
    _held: dict[str, Element] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.events = EventsPart(self.view, self.words, "Event", self.asking.asked.events, self._happened)

    def draw(self) -> None:
        """Each choice; what depends on another one stands in a place of its own."""
        asked = self.asking.asked
        with with_attributes(box("panel asked", "section"), aria_label="Question"):
            with box("part"):
                self.events.draw()
                self.events.draw_filters()
            with box("part"):
                with box("pair"):
                    counts = {"events": "events", "people": "people"}
                    counts |= (
                        {"sum": "sum of a property"} if self.words.sees_sums or asked.count == "sum" else {}
                    )
                    choose("Count", counts, asked.count, self._count)
                    choose("By", PERIODS, asked.by, self._by)
                self._held["of"] = box("of")
                choose_span(asked.span, self._spanned)
            with box("part"):
                choose_audience("Of whom", self.words.audiences, asked.audience, "everybody", self._audience)
                self._held["split"] = box("split")
                self._held["top"] = box("top")
        self._depending()

    def _depending(self) -> None:
        """Draw what depends on the event and on other choices."""
        asked, seen = self.asking.asked, self.events.properties
        self._held["of"].clear()
        if asked.count == "sum":
            with self._held["of"]:
                numbers = {each.name: each.name for each in seen if each.type == "number"}
                choose("Sum of", {"": "choose a property", **numbers}, asked.of, self._of)
        self._held["split"].clear()
        with self._held["split"]:
            by = {each.name: each.name for each in seen if each.type != "texts"}
            by |= {f"{TRAIT}{name}": f"trait: {name}" for name in self.words.traits}
            choose("Told apart by", {"": "nothing", **by}, asked.split, self._split)
        self._top()

    def _top(self) -> None:
        self._held["top"].clear()
        if self.asking.asked.split:
            with self._held["top"]:
                choose("Most frequent values", TOPS, self.asking.asked.top, self._tops)

    async def _happened(self, *, is_typed: bool = False) -> None:
        is_other = self.events.events.did != self.asking.asked.events.did
        await self._ask(is_typed=is_typed, events=self.events.events)
        if is_other:
            self._depending()

    async def _count(self, count: str) -> None:
        of = self.asking.asked.of or next((e.name for e in self.events.properties if e.type == "number"), "")
        self.asking.asked = replace(self.asking.asked, count=count, of=of if count == "sum" else "")
        self._depending()
        await self._ask()

    async def _split(self, split: str) -> None:
        self.asking.asked = replace(self.asking.asked, split=split)
        self._top()
        await self._ask()

    async def _of(self, of: str) -> None:
        await self._ask(of=of)

    async def _by(self, by: str) -> None:
        await self._ask(by=by)

    async def _tops(self, top: str) -> None:
        await self._ask(top=top)

    async def _audience(self, audience: str) -> None:
        await self._ask(audience=audience)

    async def _spanned(self, span: Span) -> None:
        await self._ask(span=span)

    async def _ask(self, *, is_typed: bool = False, **changed: Any) -> None:
        await self.asking.ask(replace(self.asking.asked, **changed), is_typed=is_typed)


PAGE = Page("/explore", "Explore", "Explore", Action.SEE_COUNTS, show)
