"""Where an audience is written: groups and conditions by hand, or its YAML; beside it what it means, and exactly how many people.

The text of the file is what is true: conditions are drawn from it, and what a hand does to them changes it. What a condition may
say is drawn from its operator's own declaration, so that a new operator is here by existing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from headwater.audiences.operator import operators
from headwater.console.audiences import rule_tree
from headwater.console.audiences.drafts import DRAFT, SAVE, Draft, Words, diff, from_line, one_line, with_rule
from headwater.console.audiences.rule_tree import Field, Tree
from headwater.console.desk.question import RefusedError
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.core.documents import Place
from headwater.core.errors import HeadwaterError, UserError

MOST_OFFERED = 500
_GROUPS = {"all": "all of these", "any": "any of these", "not": "not this"}
_EMIT = "(event) => emit(event.target.value)"


@dataclass
class Builder:
    """One audience that somebody writes.

    Attributes:
        name: of the audience; empty: it has none yet.
        begun_from: the text of its file when it was opened; empty: it is a new one.
        said: the text as it is now.
    """

    view: View
    words: Words
    name: str
    begun_from: str
    said: str
    _number: int = 0
    _places: dict[str, Element] = field(default_factory=dict)
    _is_yaml: bool = False

    def draw(self) -> None:
        """Both sides."""
        with box("builder"):
            with look.panel("Who is in it") as panel:
                panel.classes("builder-hand")
                if not self.begun_from:
                    self._name()
                with box("row"):
                    look.button("Conditions", partial(self._turn, is_yaml=False))
                    look.button("YAML", partial(self._turn, is_yaml=True))
                self._places["hand"] = box("stack")
                self._offer()
            with box("stack builder-live"):
                with look.panel("How many", "exact, as you write"):
                    self._places["live"] = with_attributes(box("stack"), aria_live="polite")
                with look.panel("Save"):
                    self._places["save"] = box("stack")
                    look.button("See what changes", self._compare, "primary")
        self._redraw()
        ui.timer(0, self._count, once=True)

    @property
    def tree(self) -> Tree:
        """The rule as the text has it."""
        held = from_line(self.said)
        rule = held.get("rule") if isinstance(held, dict) else None
        return rule_tree.as_group(rule if isinstance(rule, dict) else {})

    def _name(self) -> None:
        with box("label", "label"):
            text("span", "Name")
            typed = with_attributes(
                box("field", "input"), type="text", placeholder="tea_lovers", autocomplete="off"
            )

        def named(event: GenericEventArguments) -> None:
            self.name = str(event.args or "").strip()

        typed.on("input", named, js_handler=_EMIT)

    def _offer(self) -> None:
        """The names that fields offer while they are typed in."""
        for kind in ("events", "traits", "audiences", "lists"):
            with with_attributes(box("", "datalist"), id=f"words-{kind}"):
                for each in getattr(self.words, kind)[:MOST_OFFERED]:
                    with_attributes(box("", "option"), value=each)

    def _turn(self, *, is_yaml: bool) -> None:
        self._is_yaml = is_yaml
        self._redraw()

    def _redraw(self) -> None:
        held = self._places["hand"]
        held.clear()
        with held:
            if self._is_yaml:
                typed = with_attributes(
                    box("field", "textarea"), aria_label="YAML of the audience", value=self.said
                )
                with_attributes(typed, spellcheck="false")
                typed.on("input", self._typed, js_handler=_EMIT, throttle=0.2, leading_events=False)
            else:
                self._part((), self.tree)

    async def _typed(self, event: GenericEventArguments) -> None:
        self.said = str(event.args or "")
        await self._count()

    async def _changed(self, tree: object, *, redraws: bool = True) -> None:
        """A hand changed the rule."""
        try:
            self.said = with_rule(self.said, tree)
        except UserError as error:
            self._refuse("live", error)
            return
        if redraws:
            self._redraw()
        await self._count()

    def _part(self, place: Place, part: object) -> None:
        """A group or a condition."""
        group = rule_tree.branch_of(part)
        if not group:
            self._condition(place, part)
            return
        with box("group"):
            with box("row"):
                self._choice(
                    "Which of them", list(_GROUPS.values()), _GROUPS[group], partial(self._regroup, place)
                )
                if place:
                    look.button("Remove group", partial(self._remove, place))
            held = rule_tree.at(part, (group,))
            if isinstance(held, list):
                for number, each in enumerate(held):
                    self._part((*place, group, number), each)
                with box("row"):
                    self._choice(
                        "Add a condition", ["Add a condition …", *operators()], "", partial(self._add, place)
                    )
                    look.button("Add a group", partial(self._add_group, place))
            else:
                self._part((*place, group), held)

    def _condition(self, place: Place, part: object) -> None:
        operator = rule_tree.operator_of(part)
        with box("condition"):
            if not operator:
                text("span", "This is no condition yet; write it in the YAML view.", "warn")
            for each in rule_tree.fields_of(operator) if operator else ():
                self._field(place, operator, each, rule_tree.at(part, (each.name,)))
            if len(place) > 1:
                look.button("Remove", partial(self._remove, place))

    def _field(self, place: Place, operator: str, said: Field, value: object) -> None:
        with box("label", "label"):
            text("span", said.name.replace("_", " "))
            change = partial(self._say, (*place, said.name), said)
            if said.kind == "choice":
                self._choice(said.name, ["", *said.choices], str(value or ""), change)
                return
            typed = with_attributes(box("field", "input"), type="number" if said.kind == "number" else "text")
            shown = one_line(value) if said.kind == "yaml" else "" if value is None else str(value)
            with_attributes(typed, value=shown, title=said.meaning, autocomplete="off", spellcheck="false")
            if words := _offered(operator, said):
                with_attributes(typed, list=f"words-{words}")

            async def changed(event: GenericEventArguments) -> None:
                await change(str(event.args or ""))

            typed.on("input", changed, js_handler=_EMIT, throttle=0.15, leading_events=False)

    def _choice(
        self, label: str, offered: Iterable[str], chosen: str, does: Callable[[str], Awaitable[None]]
    ) -> None:
        with with_attributes(box("field", "select"), aria_label=label) as select:
            for each in offered:
                option = with_attributes(text("option", each.replace("_", " ") or "\u2013"), value=each)
                if each == chosen:
                    with_attributes(option, selected="selected")

        async def changed(event: GenericEventArguments) -> None:
            await does(str(event.args or ""))

        select.on("change", changed, js_handler=_EMIT)

    async def _say(self, place: Place, said: Field, typed: str) -> None:
        value: object = typed if said.kind in {"text", "choice"} else from_line(typed)
        await self._changed(
            rule_tree.put(self.tree, place, None if typed == "" and not said.is_needed else value),
            redraws=False,
        )

    async def _add(self, place: Place, operator: str) -> None:
        if operator in operators():
            await self._changed(rule_tree.add(self.tree, place, rule_tree.simplest(operator)))

    async def _add_group(self, place: Place) -> None:
        inner = "any" if rule_tree.branch_of(rule_tree.at(self.tree, place)) == "all" else "all"
        await self._changed(rule_tree.add(self.tree, place, {inner: [rule_tree.simplest("did")]}))

    async def _remove(self, place: Place) -> None:
        await self._changed(rule_tree.remove(self.tree, place))

    async def _regroup(self, place: Place, words: str) -> None:
        into = next(key for key, said in _GROUPS.items() if said == words)
        await self._changed(rule_tree.turn(self.tree, place, into))

    async def _count(self) -> None:
        """Say what the text means now; an answer that comes when more was typed is not shown."""
        self._number += 1
        number = self._number
        try:
            draft = await self.view.ask(DRAFT, self.said)
        except HeadwaterError as error:
            self._refuse("live", error)
            return
        if number == self._number:
            held = self._places["live"]
            held.clear()
            with held:
                _show(draft)

    def _compare(self) -> None:
        held = self._places["save"]
        held.clear()
        lines = diff(self.begun_from, self.said)
        with held:
            if not lines:
                text("p", "Nothing is changed.", "quiet")
                return
            with with_attributes(
                box("source", "pre"), tabindex="0", role="region", aria_label="What changes"
            ):
                for line in lines:
                    text(
                        "div",
                        line,
                        "diff-added" if line[0] == "+" else "diff-removed" if line[0] == "-" else "",
                    )
            look.button("Save these changes", self._save, "primary")

    async def _save(self) -> None:
        try:
            await self.view.ask(SAVE, self.name, self.said, self.begun_from)
        except RefusedError:
            self._refuse("save", UserError("your role may not change audiences"))
            return
        except HeadwaterError as error:
            self._refuse("save", error)
            return
        self.view.desk.changed()
        self.begun_from = self.said
        held = self._places["save"]
        held.clear()
        with held:
            text("p", f"Saved as audiences/{self.name}.yaml. Who is in it counts from the next run.", "good")
            look.link(f"Open {self.name}", f"/audiences/{self.name}")

    def _refuse(self, place: str, error: HeadwaterError) -> None:
        held = self._places[place]
        held.clear()
        with held:
            look.problem(error)


def _show(draft: Draft) -> None:
    for each in draft.problems[:8]:
        look.refusal(each)
    if draft.problems:
        return
    look.figure("People", look.people(draft.size, draft.least))
    text("p", draft.words, "rule-words")
    text("p", "What each condition leaves" if draft.is_narrowing else "Each way in, by itself", "quiet small")
    look.bars([(each.words, each.n, each.share) for each in draft.parts], draft.least)


def _offered(operator: str, said: Field) -> str:
    """Which names a field offers."""
    known = {"trait": "traits", "in_audience": "audiences", "in_list": "lists"}
    if said.name != operator:
        return ""
    is_about_events = "within" in operators()[operator].fields.model_fields
    return known.get(operator, "events" if is_about_events else "")
