"""Exploring: how many people get from one step to the next, and how fast."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.explore.asked import Events, FunnelAsked, Span, funnel_of
from headwater.console.explore.controls import choose, choose_audience, choose_span
from headwater.console.explore.filters import EventsPart
from headwater.console.explore.frame import Asking, explore_page
from headwater.console.explore.questions import FUNNEL, WORDS, FunnelAnswer, Words
from headwater.console.explore.shown import funnel_shown
from headwater.explore.question import FEWEST_STEPS, MOST_AUDIENCES, MOST_STEPS

LASTING = {
    "1 hours": "an hour",
    "1 days": "a day",
    "7 days": "7 days",
    "30 days": "30 days",
    "90 days": "90 days",
    "": "any time",
}


async def show(view: View) -> None:
    """Draw it."""
    words = await view.ask(WORDS)
    with explore_page("funnel", "How many people get from one step to the next, and how fast."):
        if not words.events:
            look.empty(
                "Nothing has happened yet",
                "Events come by sources and collectors; then it is drawn here how far people get through them.",
                "headwater run",
            )
            return
        asked = funnel_of(view.query, (words.frequent * FEWEST_STEPS)[:FEWEST_STEPS])
        asking = Asking(view, FUNNEL, asked, funnel_shown)
        form = _Form(view, words, asking)
        await form.learn()
        with box("explored"):
            form.draw()
            asking.result.draw()
        await asking.ask(asked, is_first=True)


@dataclass(eq=False)
class _Form:
    """What is asked, as it is chosen."""

    view: View
    words: Words
    asking: Asking[FunnelAsked, FunnelAnswer]
    _steps: list[EventsPart] = field(default_factory=list)
    _held: dict[str, Element] = field(default_factory=dict)

    async def learn(self) -> None:
        """Make a part of each step, and ask for the properties of its event."""
        self._steps = [self._step(each) for each in self.asking.asked.steps]
        for each in self._steps:
            await each.learn()

    def draw(self) -> None:
        """Each step, and for all of them how long, when, and whose."""
        asked = self.asking.asked
        with with_attributes(box("panel asked", "section"), aria_label="Question"):
            self._held["steps"] = box("part")
            self._draw_steps()
            with box("part"):
                lasting = LASTING if asked.lasting in LASTING else {**LASTING, asked.lasting: asked.lasting}
                choose("All within", lasting, asked.lasting, self._lasting)
                choose_span(asked.span, self._spanned)
            self._held["audiences"] = box("part")
            self._draw_audiences()

    def _draw_audiences(self) -> None:
        """Those that are compared, and a way to take another."""
        held, chosen = self._held["audiences"], self.asking.asked.audiences
        held.clear()
        with held:
            rest = [each for each in self.words.audiences if each not in chosen]
            if rest and len(chosen) < MOST_AUDIENCES:
                none = "add one" if chosen else "everybody"
                choose_audience("Of these audiences, each by itself", rest, "", none, self._add_audience)
            for each in chosen:
                with box("row chosen-audience"):
                    text("span", each, "grow clipped")
                    drop = look.button("Remove", partial(self._drop_audience, each), "small")
                    with_attributes(drop, aria_label=f"Remove {each}")

    async def _add_audience(self, name: str) -> None:
        if name in self.words.audiences:
            await self._compare((*self.asking.asked.audiences, name))

    async def _drop_audience(self, name: str) -> None:
        await self._compare(tuple(each for each in self.asking.asked.audiences if each != name))

    async def _compare(self, audiences: tuple[str, ...]) -> None:
        self.asking.asked = replace(self.asking.asked, audiences=audiences)
        self._draw_audiences()
        await self._ask()

    def _draw_steps(self) -> None:
        held = self._held["steps"]
        held.clear()
        with held:
            for at, each in enumerate(self._steps):
                each.label = f"Step {at + 1}"
                with with_attributes(box("step"), role="group", aria_label=each.label):
                    each.draw()
                    each.draw_filters()
                    with box("row"):
                        if at:
                            up = look.button("Move up", partial(self._up, at), "small")
                            with_attributes(up, aria_label=f"Move step {at + 1} up")
                        if len(self._steps) > FEWEST_STEPS:
                            less = look.button("Remove step", partial(self._remove, at), "small")
                            with_attributes(less, aria_label=f"Remove step {at + 1}")
            if len(self._steps) < MOST_STEPS:
                look.button("Add a step", self._add)

    def _step(self, events: Events) -> EventsPart:
        return EventsPart(self.view, self.words, "", events, self._changed)

    async def _changed(self, *, is_typed: bool = False) -> None:
        steps = tuple(each.events for each in self._steps)
        await self.asking.ask(replace(self.asking.asked, steps=steps), is_typed=is_typed)

    async def _add(self) -> None:
        last = self._steps[-1].events.did
        self._steps.append(self._step(Events(last)))
        await self._steps[-1].learn()
        await self._reordered()

    async def _remove(self, at: int) -> None:
        del self._steps[at]
        await self._reordered()

    async def _up(self, at: int) -> None:
        self._steps.insert(at - 1, self._steps.pop(at))
        await self._reordered()

    async def _reordered(self) -> None:
        self._draw_steps()
        await self._changed()

    async def _lasting(self, lasting: str) -> None:
        await self._ask(lasting=lasting)

    async def _spanned(self, span: Span) -> None:
        await self._ask(span=span)

    async def _ask(self, **changed: Any) -> None:
        await self.asking.ask(replace(self.asking.asked, **changed))


PAGE = Page("/explore/funnel", "Funnel", "Explore", Action.SEE_COUNTS, show, is_listed=False)
