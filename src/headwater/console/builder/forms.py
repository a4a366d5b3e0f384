"""The forms of conditions, drawn from what their operators declare; what a form cannot say is a line of YAML.

A form changes plain data in place, as YAML has it, and says that it did; what is only half written stays in it, and the rule's
judge tells what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from nicegui.elements.mixins.text_element import TextElement

from headwater.audiences.values import ValueType
from headwater.console.builder import operands
from headwater.console.builder.comparisons import EXAMPLES, Compared, Data, tests
from headwater.console.builder.declared import TIMES, Field, fields_in, fits
from headwater.console.builder.form_parts import pairs, times, where, within
from headwater.console.builder.lines import (
    Hand,
    Looks,
    Offering,
    adder,
    choice,
    line,
    meaning,
    remover,
    write_in,
)
from headwater.console.builder.offered import Asked
from headwater.console.builder.steps import Steps
from headwater.console.drawn.look import box, text, with_attributes

_LATER = frozenset(
    {"where", "without", "pairs", "text", "value", "yaml"}
)  # stand there only once they are wanted
_TOLD_ELSEWHERE = frozenset({"where", "is", "within", "steps", "choice"})
_EMPTY: dict[str, Callable[[], object]] = {
    "where": lambda: {"": ""},
    "without": lambda: {"did": ""},
    "pairs": lambda: {"": 1},
}


class Form:
    """The fields of a declaration, and the data that they say.

    Attributes:
        data: is changed in place.
        titled: the field whose name stands above the form.
    """

    def __init__(
        self, fields: Sequence[Field], data: Data, hand: Hand, hidden: Sequence[str] = (), titled: str = ""
    ) -> None:
        self.titled = titled
        self.fields = [each for each in fields if each.name not in hidden]
        self.data, self.hand = data, hand
        self._fit: Callable[[], None] = lambda: None
        self.held = box("form-fields")
        self.redraw()

    @property
    def event(self) -> str:
        """Of which event the properties are."""
        return self._named("event")

    def redraw(self, wanted: str = "") -> None:
        """Draw it anew; `wanted`: the field that is to be written in."""
        self.held.clear()
        with self.held:
            for each in self.fields:
                if each.name in TIMES:
                    if each.name == TIMES[0]:
                        times(self.data, self.hand.changed)
                elif not self._is_later(each):
                    with box(f"part part-{each.kind}") as part:
                        self._part(each)
                    if each.name == wanted:
                        write_in(part)
            later = [each for each in self.fields if self._is_later(each)]
            if later:
                with box("adders"):
                    for each in later:
                        said = "filter" if each.kind == "where" else each.label
                        adder(f"+ {said}", partial(self._add, each), each.meaning)

    def _is_later(self, field: Field) -> bool:
        is_wanted = field.is_needed or field.default or field.name in self.data or field.name in TIMES
        return field.kind in _LATER and not is_wanted

    async def _add(self, field: Field) -> None:
        self.data[field.name] = _EMPTY.get(field.kind, str)()
        self.redraw(field.name)
        await self.hand.changed()

    async def _take_away(self, field: Field) -> None:
        self.data.pop(field.name, None)
        self.redraw()
        await self.hand.changed()

    def _part(self, field: Field) -> None:
        held: Any = self.data.get(field.name)
        kind = field.kind if fits(field.kind, held) else "yaml"
        if held is None and kind in _EMPTY:
            held = self.data[field.name] = _EMPTY[kind]()
        if kind not in {"is", "within", "steps"} and field.name != self.titled:
            text("span", field.label, "part-label quiet")
        match kind:
            case "where":
                where(held, lambda: self.event, self.hand, partial(self._take_away, field))
            case "is":
                with box("row-tests"):
                    self._fit = self._tests(field)
            case "within":
                within(self.data, self.hand)
            case "without":
                Form(fields_in("without"), held, self.hand)
            case "pairs":
                pairs(self.data, field, lambda: self.event, self.hand)
            case "steps":
                steps = self.data.setdefault(field.name, [])
                Steps(steps, self.hand, lambda step, hidden: Form(fields_in("step"), step, self.hand, hidden))
            case _:
                self._line(replace(field, kind=kind), held)
        self._end(field, kind)

    def _end(self, field: Field, kind: str) -> None:
        """What stands behind a field: what takes it away, and what it means."""
        if field.kind in _LATER - {"where"} and not (field.is_needed or field.default):
            remover(f"Remove {field.label}", partial(self._take_away, field))
        if kind not in _TOLD_ELSEWHERE:
            meaning(field.meaning)

    def _tests(self, field: Field) -> Callable[[], None]:
        is_of_trait = any(each.offers == "trait" for each in self.fields)

        def known() -> ValueType | None:
            return self._type_of(self._named("trait"))

        def asked(typed: str) -> Asked:
            return Asked("value", typed, "", self._named("trait"))

        return tests(self.data, field.name, Compared(self.hand, known, asked if is_of_trait else None))

    def _line(self, field: Field, held: object) -> None:
        known = [self._type_of(str(held))]

        async def said(typed: str) -> None:
            if typed or field.is_needed:
                self.data[field.name] = operands.typed(field.kind, typed)
            else:
                self.data.pop(field.name, None)
            told.set_text(self.hand.meanings.get((field.offers, typed.strip()), ""))
            await self.hand.changed()
            if field.offers == "trait" and self._type_of(typed) is not known[0]:
                known[0] = self._type_of(typed)
                self._fit()

        if field.kind == "choice":
            options = {each: each for each in field.choices}
            choice(field.label, options, str(held or field.default), said, field.meaning)
            return
        looks = Looks(hint=field.meaning, example=EXAMPLES.get(field.name, field.default))
        offering = Offering(self.hand.offers, partial(self._asked, field.offers)) if field.offers else None
        element = line(field.label, operands.shown(field.kind, held), said, looks, offering)
        meaning_of = self.hand.meanings.get((field.offers, str(held)), "")
        told = cast("TextElement", text("span", meaning_of, "part-meaning quiet small"))
        if field.offers:
            with_attributes(element, aria_describedby=told.html_id)

    def _asked(self, kind: str, typed: str) -> Asked:
        return Asked(kind, typed, self.event if kind == "property" else "")

    def _named(self, what: str) -> str:
        """What stands in the field that names an event, or a trait."""
        own = next((each.name for each in self.fields if each.offers == what), "")
        return str(self.data.get(own) or "")

    def _type_of(self, trait: str) -> ValueType | None:
        return self.hand.words.traits.get(trait)
