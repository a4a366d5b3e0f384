"""The live event stream, drawn: the newest events twice a second, calmly, filtered, held when somebody says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import cast
from urllib.parse import urlencode

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.doing import told_in
from headwater.console.drawn.fields import chosen
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.sources.events_asked import OF_LOG
from headwater.console.sources.payload_panel import payload_panel
from headwater.console.sources.tail import KEPT, Came, tail_of
from headwater.core.errors import HeadwaterError

SECONDS = 0.5
N_ROWS = 20
LIST = "stream"
EVERY, BAD = "", "bad"


@dataclass
class Stream:
    """The stream as one page has it open.

    Attributes:
        last: the number of the newest event that was looked at.
        n_came, n_passed: events that fit since the page was opened, and those of them that were never drawn.
        n_jumps: how often some had been passed over unseen before it was.
    """

    view: View
    event_place: Element
    told: TextElement
    words: tuple[str, ...] = ()
    source: str = EVERY
    kinds: str = EVERY
    is_paused: bool = False
    last: int = -1
    n_came: int = 0
    n_passed: int = 0
    n_jumps: int = 0
    rows: list[Came] = field(default_factory=list)

    async def look(self) -> None:
        """See what came, and draw it."""
        tail = tail_of(self.view.desk)
        try:
            await tail.look()
        except HeadwaterError as error:
            self.told.set_text(error.message)
            return
        is_first = self.last < 0
        if is_first:
            self.last, self.n_jumps = 0, tail.n_jumps
        found = tail.after(self.last)
        n_unseen = found[-1].number - self.last - 1 if found and not is_first else 0
        if found:
            self.last = found[0].number
        fits = [each for each in found if self._fits(each)]
        if not is_first:
            self.n_came += len(fits) + n_unseen
            self.n_passed += max(0, len(fits) - N_ROWS) + n_unseen
        if not self.is_paused and (fits or is_first):
            self._draw([*fits, *self.rows][:N_ROWS], at_once=is_first)
        self._tell(tail.n_jumps - self.n_jumps)

    def filter_anew(self) -> None:
        """Draw what fits by now of all that is kept."""
        found = [each for each in tail_of(self.view.desk).after(0) if each.number <= self.last]
        self._draw([each for each in found if self._fits(each)][:N_ROWS], at_once=True)

    def _fits(self, each: Came) -> bool:
        return each.fits(self.words, self.source, bad=self.kinds == BAD)

    def _draw(self, rows: list[Came], *, at_once: bool) -> None:
        self.rows = rows
        told = json.dumps([_row(each) for each in rows])
        ui.run_javascript(f"window.headwaterStream?.({json.dumps(LIST)}, {told}, {json.dumps(at_once)})")

    def _tell(self, n_jumps: int) -> None:
        rate = self.view.rates.per_minute
        parts = ["nothing is served now" if rate is None else f"{rate:,.0f} events a minute"]
        if self.is_paused:
            parts = ["paused"]
        parts.append(f"{self.n_came:,} came since you opened this")
        if self.n_passed:
            parts.append(f"{self.n_passed:,} of them passed over, so that you can read")
        if n_jumps:
            parts.append("more came than can be followed: some were not even looked at")
        said = "; ".join(parts)
        if self.told.text != said:
            self.told.set_text(said)


def _row(each: Came) -> dict[str, object]:
    tone = "bad" if each.reason else "warn" if each.against else "good"
    mark = "refused" if each.reason else "off plan" if each.against else "taken"
    wrong = f"{each.reason.replace('_', ' ')}: {each.detail}" if each.reason else "; ".join(each.against)
    return {
        "number": each.number,
        "at": f"{each.at:%H:%M:%S}",
        "tone": tone,
        "mark": mark,
        "name": each.event,
        "source": each.source,
        "says": wrong or ", ".join(each.names[:8]),
    }


def stream_panel(view: View, sources: tuple[str, ...]) -> None:
    """The stream, its filters, and the event that is chosen."""
    with look.panel("As they come", "newest first, times in UTC"):
        opens = view.may(Action.SEE_PEOPLE)
        bar = box("row filters", "search")
        told = cast("TextElement", text("p", "…", "quiet small"))
        with box("stream-split"):
            listed = with_attributes(box("stream", "ul"), id=LIST, aria_label="Newest events")
            with_attributes(listed, data_opens="yes" if opens else "no")
            event_place = box("event-place")
        stream = Stream(view, event_place, told)
        with bar:
            _filters(stream, sources)
        if opens:
            listed.on("choose", partial(_choose, stream), js_handler="(event) => emit(event.detail)")
        else:
            text(
                "p", "Your role sees names, times and counts; what an event says is left out.", "quiet small"
            )
    ui.timer(SECONDS, stream.look)


def _filters(stream: Stream, sources: tuple[str, ...]) -> None:
    with box("label grow", "label"):
        text("span", "Filter")
        typed = with_attributes(box("field", "input"), type="search", autocomplete="off", spellcheck="false")
        with_attributes(typed, placeholder="Event, property or reason", aria_label="Filter events")

    def type_(event: GenericEventArguments) -> None:
        stream.words = tuple(str(event.args or "").casefold().split())
        stream.filter_anew()

    typed.on(
        "input", type_, js_handler="(event) => emit(event.target.value)", throttle=0.2, leading_events=True
    )
    source = chosen("Source", {EVERY: "every source", **{each: each for each in sources}})
    kinds = chosen("Show", {EVERY: "everything", BAD: "refused or off plan"})

    def choose() -> None:
        stream.source, stream.kinds = source.value, kinds.value
        stream.filter_anew()

    for each in (source, kinds):
        each.element.on("change", choose)
    _pause(stream)


def _pause(stream: Stream) -> None:
    def switch() -> None:
        stream.is_paused = not stream.is_paused
        button.set_text("Go on" if stream.is_paused else "Pause")
        if not stream.is_paused:
            stream.filter_anew()

    button = cast("TextElement", look.button("Pause", switch))


async def _choose(stream: Stream, event: GenericEventArguments) -> None:
    """Look at one of them whole."""
    kept = {each.number: each for each in tail_of(stream.view.desk).after(0)}
    row = kept.get(event.args) if isinstance(event.args, int) else None
    view, place = stream.view, stream.event_place
    if row is None:
        place.clear()
        with place:
            look.refusal(
                "That event is not among the newest any more.", f"The newest {KEPT:,} can be chosen."
            )
        return
    with told_in(place):
        found = await view.ask(OF_LOG, row.source, row.position, row.place)
        payload_panel(place, found, close=place.clear)
        if row.reason and view.may(Action.OPERATE):
            query = urlencode({"source": row.source, "reason": row.reason})
            with place, box("row"):
                look.link("Repair events like this …", f"/events/rejected?{query}", "button")
