"""Where an answer is drawn: the chart, its numbers, what is taken along, and the definition behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.echart import EChart

from headwater.console.builder.linked import new_audience
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.explore.pictures import legend_of, without
from headwater.console.explore.shown import Shown, Table
from headwater.explore.sheet import sheet


@dataclass(eq=False)
class Result:
    """A panel that shows one answer after the other; what stays the same is not drawn anew.

    Attributes:
        may_save: whether who looks may make an audience of whom they found.
    """

    may_save: bool = False
    _held: dict[str, Element] = field(default_factory=dict)
    _chart: EChart | None = None
    _shown: Shown | None = None
    _hidden: set[int] = field(default_factory=set)
    _entries: dict[int, Element] = field(default_factory=dict)

    def draw(self) -> None:
        """The panel, empty yet."""
        with with_attributes(box("panel explored-result", "section"), aria_label="Answer"):
            self._held["told"] = with_attributes(box("told"), aria_live="polite")
            with box("stack") as self._held["answer"]:
                with box("chart-head"):
                    self._held["words"] = with_attributes(text("h2", "", "chart-words"), aria_live="polite")
                    self._held["actions"] = box("row")
                self._held["figures"] = box("figures-row")
                self._held["legend"] = with_attributes(box("legend"), role="group", aria_label="Series")
                with box("picture") as self._held["picture"]:
                    with_attributes(box("explored-chart waiting-line"), role="status", aria_label="Loading")
                self._held["tables"] = box("stack")
                self._held["rules"] = box("row rules")
                self._definition()

    def show(self, shown: Shown) -> None:
        """Show an answer in the place of the one before."""
        if self._shown is None or _names(shown) != _names(self._shown):
            self._hidden.clear()
        self._shown = shown
        self._held["told"].clear()
        self._held["answer"].set_visibility(True)
        self._held["words"].text = shown.words  # type: ignore[attr-defined] # it is made of text
        for name, draw in (
            ("actions", self._actions),
            ("figures", self._figures),
            ("legend", self._legend),
            ("tables", self._tables),
            ("rules", self._rules),
            ("definition", self._define),
        ):
            held = self._held[name]
            held.clear()
            with held:
                draw(shown)
        self._picture(shown)

    @property
    def told(self) -> Element:
        """Where is said why there is no answer."""
        return self._held["told"]

    def hide(self) -> None:
        """Hide the answer that is shown, for it is one to something else."""
        self._held["answer"].set_visibility(False)

    def _picture(self, shown: Shown) -> None:
        held = self._held["picture"]
        if shown.options is None:
            held.clear()
            self._chart = None
            if shown.empty:
                with held:
                    look.empty("Nothing to draw", shown.empty)
            return
        options = without(shown.options, self._hidden)
        if self._chart is None:
            held.clear()
            with held:
                self._chart = ui.echart(options, renderer="svg").classes("explored-chart")
        self._chart.style(replace=f"height: {shown.height}px" if shown.height else "")
        with_attributes(self._chart, role="img", aria_label=f"Chart: {shown.words}. Its numbers are below.")
        self._chart.options.clear()
        self._chart.options.update(options)
        self._chart.update()

    def _legend(self, shown: Shown) -> None:
        """Each series by name and colour; pressed once, it is hidden."""
        self._entries.clear()
        if shown.options is None or len(_names(shown)) < 2:
            return
        for place, (name, colour) in legend_of(shown.options).items():
            entry = look.button("", partial(self._turn, place), "legend-entry")
            with with_attributes(entry, aria_pressed="false" if place in self._hidden else "true"):
                box("swatch").style(f"background: {colour}")
                text("span", name, "clipped")
            self._entries[place] = entry

    def _turn(self, place: int) -> None:
        self._hidden ^= {place}
        entry = self._entries[place]
        with_attributes(entry, aria_pressed="false" if place in self._hidden else "true").update()
        if self._shown is not None:
            self._picture(self._shown)

    def _actions(self, shown: Shown) -> None:
        look.button("CSV", self._download)
        if shown.options is not None:
            picture = with_attributes(text("button", "PNG", "button"), type="button", data_picture="")
            with_attributes(picture, data_title=shown.words, data_file=f"{shown.name}.png")

    def _download(self) -> None:
        if self._shown is not None:
            written = sheet(*self._shown.sheet).encode()
            ui.download.content(written, f"{self._shown.name}.csv", "text/csv; charset=utf-8")

    def _figures(self, shown: Shown) -> None:
        for each in shown.figures:
            look.figure(each.label, each.value, each.note)

    def _tables(self, shown: Shown) -> None:
        if shown.least is not None:
            note = f"Your role sees counts of people with noise, and those below {shown.least} not at all: they are empty in CSV."
            text("p", note, "quiet small")
        if shown.note:
            text("p", shown.note, "quiet small")
        for each in shown.tables:
            _table(each, is_open=shown.is_table)

    def _rules(self, shown: Shown) -> None:
        if self.may_save and shown.rules and not shown.empty:
            text("span", "Save as an audience:", "quiet small")
            for words, rule in shown.rules:
                look.link(words, new_audience(rule), "button small")

    def _definition(self) -> None:
        with box("figures", "details"):
            text("summary", "Definition", "quiet small")
            self._held["definition"] = box("stack")

    def _define(self, shown: Shown) -> None:
        text("p", shown.words, "rule-words")
        text("p", "The question as a file, question.yaml:", "quiet small")
        source = text("pre", shown.definition.yaml, "source")
        with_attributes(source, tabindex="0", role="region", aria_label="The question as YAML")
        text("p", "The same numbers from a terminal:", "quiet small")
        text("code", shown.definition.command, "command")


def _names(shown: Shown) -> dict[int, tuple[str, str]]:
    return {} if shown.options is None else legend_of(shown.options)


def _table(held: Table, *, is_open: bool) -> None:
    """A table that is drawn when somebody opens it: it may be large."""
    with box("figures is-whole" if is_open else "figures", "details") as details:
        text("summary", held.heading, "quiet small")
        place = box()

    def draw() -> None:
        if place.default_slot.children:
            return
        with place:
            if held.note:
                text("p", held.note, "quiet small")
            if held.rows:
                look.table(held.heading, held.columns, held.rows)
            else:
                text("p", "None.", "quiet")

    if is_open:
        with_attributes(details, **{"^open": "open"})
        draw()
    else:
        details.on("toggle", draw, js_handler="(event) => event.target.open && emit()")
