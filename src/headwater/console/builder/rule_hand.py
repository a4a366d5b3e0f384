"""A rule as it is written by hand: groups in groups, conditions with their forms, to be dragged or moved by keys.

What is left with each part stands beside it. `builder.js` tells what was dragged where, by places of `rule_tree`.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from headwater.audiences.operator import operators
from headwater.console.builder import rule_tree
from headwater.console.builder.begin import begun
from headwater.console.builder.declared import fields_of, in_short, meaning_of
from headwater.console.builder.drafts import Draft
from headwater.console.builder.forms import Form
from headwater.console.builder.gauge import Gauge
from headwater.console.builder.lines import Hand, choice, focus, line, remover, write_in
from headwater.console.builder.operands import shown, typed
from headwater.console.builder.rule_tree import KINDS, Condition, Group, Part, Place
from headwater.console.builder.steps import MOVED
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes

NEW = "Add a condition …"
MOST_EXPLAINED = 80  # letters, so that a list of choices is not wider than a page


@dataclass(eq=False)
class RuleHand:
    """The rule on the page.

    Attributes:
        held: where it is drawn.
        hand: what forms have; what they change is taken into the tree by `changed`.
        tree: the rule as it is.
        changed: to be said when it is another.
    """

    held: Element
    hand: Hand
    tree: Group
    changed: Callable[[], Awaitable[None]]
    _gauges: dict[Place, Gauge] = field(default_factory=dict)
    _faults: dict[Place, TextElement] = field(default_factory=dict)
    _boxes: dict[Place, Element] = field(default_factory=dict)
    _said: TextElement | None = None

    def draw(self) -> None:
        """Draw all of it anew."""
        for each in (self._gauges, self._faults, self._boxes):
            each.clear()
        self.held.clear()
        with self.held:
            with with_attributes(box("rule-hand"), data_hears="yes") as heard:
                self._part((), self.tree)
            heard.on("moved", self._moved, js_handler=MOVED)
            self._said = cast("TextElement", with_attributes(text("p", "", "unseen"), aria_live="polite"))

    def show(self, draft: Draft) -> None:
        """What each part leaves, and what is wrong with it, beside it."""
        for place, gauge in self._gauges.items():
            gauge.show(draft.parts.get(place), draft.least)
        for place, fault in self._faults.items():
            fault.set_text(draft.unsound.get(place, ""))

    def _part(self, place: Place, part: Part) -> None:
        classes = "group" if isinstance(part, Group) else "condition"
        with box(f"rule-part {classes}") as held:
            self._boxes[place] = held
            if place:
                with_attributes(held, data_item=_told(place))
            if isinstance(part, Group):
                self._group(place, part)
            else:
                self._condition(place, part)

    def _group(self, place: Place, group: Group) -> None:
        with box("part-head"):
            self._handle(place, "group")
            choice("Which of them", KINDS, group.kind, partial(self._regroup, place))
            if place:
                self._gauge(place)
                remover("Remove this group", partial(self._remove, place))
        with with_attributes(box("group-parts"), data_list="parts", data_path=_told(place)):
            for number, each in enumerate(group.parts):
                self._part((*place, number), each)
        with box("row group-add"):
            options = {"": NEW, **{name: _explained(name) for name in operators()}}
            choice("Add a condition", options, "", partial(self._add, place))
            look.button("Add a group", partial(self._add_group, place))

    def _condition(self, place: Place, condition: Condition) -> None:
        said: Any = condition.said
        operator = next((each for each in said if each in operators()), "") if isinstance(said, dict) else ""
        with box("part-head"):
            self._handle(place, "condition")
            told = text("span", operator.replace("_", " ") or "not a condition yet", "condition-name strong")
            with_attributes(told, title=meaning_of(operator) if operator else "")
            self._gauge(place)
            remover("Remove this condition", partial(self._remove, place))
        if operator:
            data = copy.deepcopy(said)
            hand = replace(self.hand, changed=partial(self._say, place, data))
            Form(fields_of(operator), data, hand, titled=operator)
        else:
            line("The condition as YAML", shown("yaml", said), partial(self._say_yaml, place))
        fault = with_attributes(text("p", "", "fault small warn"), role="status")
        self._faults[place] = cast("TextElement", fault)

    def _handle(self, place: Place, what: str) -> None:
        if place:
            handle = look.button("\N{BRAILLE PATTERN DOTS-123456}", lambda: None, "drag")
            told = f"Move this {what}: drag it, or use the arrow keys: up, down, left out of its group, right into one"
            with_attributes(handle, aria_label=told, title="Drag, or move with the arrow keys")

    def _gauge(self, place: Place) -> None:
        self._gauges[place] = Gauge()

    async def _say(self, place: Place, data: object) -> None:
        self.tree = rule_tree.put(self.tree, place, Condition(copy.deepcopy(data)))
        await self.changed()

    async def _say_yaml(self, place: Place, said: str) -> None:
        await self._say(place, typed("yaml", said))

    async def _put(self, tree: Group) -> None:
        self.tree = tree
        self.draw()
        await self.changed()

    async def _add(self, place: Place, operator: str) -> None:
        if operator not in operators():
            return
        tree = rule_tree.add(self.tree, place, begun(operator, self.hand.words))
        await self._put(tree)
        group = cast("Group", rule_tree.at(tree, place))
        write_in(self._boxes[*place, len(group.parts) - 1])

    async def _add_group(self, place: Place) -> None:
        above = cast("Group", rule_tree.at(self.tree, place))
        kind = "any" if above.kind in {"all", "not_all"} else "all"
        await self._put(rule_tree.add(self.tree, place, Group(kind, (begun("did", self.hand.words),))))
        focus(self._boxes[*place, len(above.parts)], "select")

    async def _remove(self, place: Place) -> None:
        await self._put(rule_tree.remove(self.tree, place))

    async def _regroup(self, place: Place, kind: str) -> None:
        if kind in KINDS:
            self.tree = rule_tree.regroup(self.tree, place, kind)
            await self.changed()

    async def _moved(self, event: GenericEventArguments) -> None:
        """A part was dragged elsewhere, or moved by a key."""
        said = event.args if isinstance(event.args, dict) else {}
        try:
            place = _read(str(said["item"]))
            if "way" in said:
                tree, now = rule_tree.step(self.tree, place, str(said["way"]))
            else:
                tree, now = rule_tree.move(self.tree, place, (*_read(str(said["list"])), int(said["index"])))
        except (IndexError, KeyError, TypeError, ValueError):
            return  # it was drawn anew meanwhile
        if tree is self.tree:
            return
        await self._put(tree)
        focus(self._boxes[now], "button")
        if self._said:
            group = cast("Group", rule_tree.at(tree, now[:-1]))
            self._said.set_text(f"Now {now[-1] + 1} of {len(group.parts)} in {KINDS[group.kind]}")


def _explained(operator: str) -> str:
    """An operator among others: its name, and what it asks."""
    return f"{operator.replace('_', ' ')} \N{EM DASH} {in_short(meaning_of(operator), MOST_EXPLAINED)}"


def _told(place: Place) -> str:
    return ".".join(map(str, place))


def _read(told: str) -> Place:
    return tuple(int(each) for each in told.split(".") if each)
