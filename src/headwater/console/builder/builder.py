"""Where an audience is written: groups and conditions by hand, or its YAML; beside it what it means, and exactly how many people.

The text of the file is what is true: conditions are drawn from it, and what a hand does to them changes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from headwater.console.audiences.known import Known
from headwater.console.builder import rule_tree
from headwater.console.builder.drafts import DRAFT, DRAFT_RULE, Draft
from headwater.console.builder.lines import VALUE, Hand, hear, offers
from headwater.console.builder.meanings import Meanings
from headwater.console.builder.naming import Naming
from headwater.console.builder.rule_hand import RuleHand
from headwater.console.builder.rule_text import description_in, is_sound, rule_in, with_description, with_rule
from headwater.console.builder.saving import Saving
from headwater.console.builder.unsaved import Unsaved, unsaved_at
from headwater.console.drawn import look
from headwater.console.drawn.fields import typed
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.core.errors import HeadwaterError

EXAMPLE = "Who buys tea often, for the newsletter"


@dataclass(eq=False)
class Builder:
    """One audience that somebody writes.

    Attributes:
        words: the names that a rule may use; `meanings`: what they mean.
        name: of the audience; empty: it has none yet.
        begun_from: the text of its file when it was opened; empty: it is a new one.
        text: as it was when a hand began to change its rule; `said`: as it is now.
    """

    view: View
    words: Known
    meanings: Meanings
    name: str
    begun_from: str
    text: str
    _number: int = 0
    _is_yaml: bool = False
    _file: str = ""
    _naming: Naming | None = None
    _rule: RuleHand | None = None
    _hand: object = None  # the rule as a hand changed it; None: as the text has it
    _places: dict[str, Element] = field(default_factory=dict)
    _texts: dict[str, TextElement] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """The text as it is now, with the rule as the hand has it."""
        return _said(self.text, self._hand)

    def draw(self) -> None:
        """Both sides, as they were left if they were left unsaved."""
        self._file, opened = self.name, self.text
        kept = unsaved_at(self.view.desk).of(self.view.session, self._file)
        if kept is not None:
            self._take_up(kept)
        self._saving = Saving(self.view, self, self._saved, self._taken)
        self._offers = offers(self.view)
        self._places["unsaved"] = box("told")
        with box("builder"):
            self._draw_hand()
            with box("stack builder-live"):
                self._draw_live()
                with look.panel("Save"):
                    self._saving.draw()
        if kept is not None:
            self._tell_unsaved(kept, opened)
        self._redraw()
        ui.timer(0, self._count, once=True)

    def _draw_hand(self) -> None:
        with look.panel("Who is in it") as panel:
            panel.classes("builder-hand")
            if not self.begun_from:
                self._naming = Naming(self.name, self.words.audiences, self._named)
                self._naming.draw()
            self._places["about"] = box()
            with with_attributes(box("row"), role="group", aria_label="How it is written"):
                for key, label in (("conditions", "Conditions"), ("yaml", "YAML")):
                    turn = look.button(label, partial(self._turn, is_yaml=key == "yaml"), "turn")
                    self._places[key] = turn
            self._places["hand"] = box("stack")

    def _draw_live(self) -> None:
        with look.panel("How many", "exact, as you write"), with_attributes(box("stack"), aria_live="polite"):
            with box("figure") as self._places["figure"]:
                text("span", "People", "quiet small")
                self._texts["size"] = cast("TextElement", text("span", look.DASH, "value"))
                self._texts["share"] = cast("TextElement", text("span", "\u00a0", "quiet small"))
            self._texts["words"] = cast("TextElement", text("p", "", "rule-words"))
            self._places["wrong"] = box("told")

    def _take_up(self, kept: Unsaved) -> None:
        self.begun_from, self.text, self.name = kept.begun_from, kept.said(), kept.name

    def _tell_unsaved(self, kept: Unsaved, opened: str) -> None:
        """Say that what is shown is not saved; `opened`: the file as it is."""
        held = self._places["unsaved"]

        async def throw_away() -> None:
            unsaved_at(self.view.desk).drop(self.view.session, self._file)
            self.begun_from = opened if self._file else ""
            held.clear()
            await self._taken(opened)

        with held, with_attributes(box("confirm"), role="status"):
            text(
                "p",
                f"You have unsaved changes since {look.moment(kept.since)} (UTC); they are shown here.",
                "strong",
            )
            if kept.begun_from and opened != kept.begun_from:
                text("p", "Somebody has changed the file since; saving shows you how.", "quiet")
            with box("row"):
                look.button("Go on", held.clear)
                look.button("Throw away", throw_away)

    def _turn(self, *, is_yaml: bool) -> None:
        self._is_yaml = is_yaml
        self._redraw()
        ui.timer(0, self._count, once=True)

    def _redraw(self) -> None:
        """Draw the rule anew from the text."""
        held, self._rule = self._places["hand"], None
        held.clear()
        self._places["about"].clear()
        for key, is_on in (("conditions", not self._is_yaml), ("yaml", self._is_yaml)):
            self._places[key].props["aria-pressed"] = str(is_on).lower()
            self._places[key].update()
        self.text, self._hand = self.said, None
        with held:
            if self._is_yaml:
                area = with_attributes(
                    text("textarea", self.text, "field"), aria_label="YAML of the audience"
                )
                with_attributes(area, spellcheck="false")
                hear(area, self.text, self._typed)
            elif not is_sound(self.text):
                look.empty(
                    "The text is not sound YAML.", "Mend it in the YAML view; conditions are drawn from it."
                )
            else:
                self._draw_about()
                hand = Hand(self.view, self.words, self._offers, self._changed, self.meanings)
                self._rule = RuleHand(box("stack"), hand, rule_tree.read(rule_in(self.text)), self._changed)
                self._rule.draw()

    def _draw_about(self) -> None:
        with self._places["about"]:
            line = typed("What it is for (shown in lists)", description_in(self.text), example=EXAMPLE)
            line.element.on("input", self._described, js_handler=VALUE)

    def _described(self, event: GenericEventArguments) -> None:
        self.text = with_description(self.text, str(event.args or ""))
        self._keep()

    def _named(self, name: str) -> None:
        self.name = name
        self._keep()

    async def _typed(self, said: str) -> None:
        self.text = said
        self._keep()
        await self._count()

    async def _changed(self) -> None:
        """A hand changed the rule."""
        if self._rule is not None:
            self._hand = rule_tree.written(self._rule.tree)
            self._keep()
            await self._count()

    def _keep(self) -> None:
        """Note what is written, so that it is there again."""
        self._saving.clear()
        kept = unsaved_at(self.view.desk)
        if self._hand is None and self.text == self.begun_from:
            kept.drop(self.view.session, self._file)
        else:
            said = partial(_said, self.text, self._hand)
            kept.keep(self.view.session, self._file, Unsaved(self.begun_from, said, self.name))

    async def _count(self) -> None:
        """Say what the text means now; an answer that comes when more was typed is not shown."""
        self._number += 1
        number = self._number
        try:
            if self._hand is None:
                draft = await self.view.ask(DRAFT, self.text)
            else:
                draft = await self.view.ask(DRAFT_RULE, json.dumps(self._hand))
        except HeadwaterError as error:
            self._wrong(error.message, error.next_step or "")
            return
        if number == self._number and not self._places["wrong"].is_deleted:
            self._show(draft)

    def _show(self, draft: Draft) -> None:
        if self._rule is not None:
            self._rule.show(draft)
        if draft.problems:
            self._texts["size"].set_text(look.DASH)
            self._texts["share"].set_text("\u00a0")
            self._texts["words"].set_text("")
            n = len(draft.unsound) if self._rule is not None else 0
            told = (
                "One condition lacks something; see beside it."
                if n == 1
                else f"{n} conditions lack something."
            )
            self._wrong(*([told] if n else draft.problems[:8]))
            return
        self._places["wrong"].clear()
        self._texts["size"].set_text(look.people(draft.size, draft.least))
        self._texts["share"].set_text(f"{draft.share:.1%} of everyone" if draft.size else "\u00a0")
        self._texts["words"].set_text(draft.words)

    def _lacks(self, draft: Draft) -> tuple[str, ...]:
        """What is wrong, in short where it stands beside the conditions."""
        if self._rule is not None and not self._rule.tree.parts:
            return ("It asks for nothing yet: add a condition.",)
        if self._rule is None or not draft.unsound:
            return draft.problems[:8]
        n = len(draft.unsound)
        return (
            "One condition lacks something: see there."
            if n == 1
            else f"{n} conditions lack something: see there.",
        )

    def _wrong(self, *told: str) -> None:
        held = self._places["wrong"]
        held.clear()
        with held, box("unfinished"):
            text("p", "Not a whole rule yet:", "strong")
            for each in filter(None, told):
                text("p", each, "small")

    def _saved(self) -> None:
        self.view.desk.changed()
        unsaved_at(self.view.desk).drop(self.view.session, self._file)
        self._places["unsaved"].clear()
        self._file = self.name  # what is changed from now on is that audience's
        if self._naming is not None:
            self._naming.keep()

    async def _taken(self, said: str) -> None:
        """Another text takes the place of what was written."""
        self.text, self._hand = said, None
        self._keep()
        self._redraw()
        await self._count()


def _said(text: str, rule: object) -> str:
    """A text with the rule that a hand made of it; None: none."""
    return text if rule is None else with_rule(text, rule)
