"""An event, and filters of its properties, to choose by hand: properties, comparisons and values are offered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from nicegui.element import Element
from pydantic import ValidationError

from headwater.audiences.comparison import comparisons
from headwater.audiences.values import ValueType
from headwater.console.drawn import fields, look
from headwater.console.drawn.look import box, with_attributes
from headwater.console.drawn.page import View
from headwater.console.explore.asked import MOST_FILTERS, Events, Filter, with_filter
from headwater.console.explore.questions import PROPERTIES, Words
from headwater.explore.seen_properties import Seen

MOST_LISTED, MOST_OFFERED = 200, 500
Changed = Callable[..., Awaitable[None]]
"""Called when something is asked otherwise; with `is_typed` where somebody may still be typing."""
_SAMPLES: Mapping[str, tuple[object, ...]] = {
    "text": ("a", ["a"]),
    "number": (1.0, [1.0], [1.0, 2.0]),
    "boolean": (True,),
    "texts": (["a"],),
    "instant": ("2026-01-01", ["2026-01-01", "2026-01-02"]),
}


@dataclass(eq=False)
class EventsPart:
    """An event and its filters, as they are chosen.

    Attributes:
        changed: told of everything that is chosen or typed.
        properties: of the event; known after `learn`.
    """

    view: View
    words: Words
    label: str
    events: Events
    changed: Changed
    properties: tuple[Seen, ...] = ()
    _held: dict[str, Element] = field(default_factory=dict)

    async def learn(self) -> None:
        """Ask which properties the event has."""
        known = self.events.did in self.words.events
        self.properties = await self.view.ask(PROPERTIES, self.events.did) if known else ()

    def draw(self) -> None:
        """The event; the filters stand where `draw_filters` puts them."""
        event = pick(self.label, self.words.events, self.events.did, "choose an event")

        async def choose() -> None:
            self.events = Events(event.value)
            await self.learn()
            self._redraw()
            await self.changed()

        event.element.on("change", choose)

    def draw_filters(self) -> None:
        """The filters, and a way to add one."""
        self._held["filters"] = box("stack filters")
        self._redraw()

    def _redraw(self) -> None:
        held = self._held.get("filters")
        if held is None or held.is_deleted:
            return
        held.clear()
        with held:
            for at, each in enumerate(self.events.where):
                with with_attributes(
                    box("row fields filter-row"), role="group", aria_label=f"Filter {at + 1} of {self.label}"
                ):
                    self._filter(at, each)
            if len(self.events.where) < MOST_FILTERS and self.properties:
                look.button("Add a filter", self._add, "small")

    def _filter(self, at: int, said: Filter) -> None:
        seen = next((each for each in self.properties if each.name == said.name), Seen(said.name, "text"))
        names = {each.name: each.name for each in self.properties} | (
            {said.name: said.name} if said.name else {}
        )
        name = fields.chosen("Property", {"": "choose one", **names}, said.name)
        fits = fitting(seen.type)
        words = {each: each.replace("_", " ") for each in (*fits, said.comparison)}
        comparison = fields.chosen("is", words, said.comparison)
        value = _value(seen, said, comparison.value)

        async def rename() -> None:
            offered = fitting(next((each.type for each in self.properties if each.name == name.value), ""))
            begin = said.comparison if said.comparison in offered else offered[0]
            await self._put(at, Filter(name.value, begin, ""), is_redrawn=True)

        async def compare() -> None:
            now = Filter(name.value, comparison.value, value.value)
            await self._put(at, now, is_redrawn=comparison.value == "exists")

        async def write(*, is_typed: bool) -> None:
            now = Filter(name.value, comparison.value, value.value)
            await self._put(at, now, is_typed=is_typed)

        name.element.on("change", rename)
        comparison.element.on("change", compare)
        value.element.on("input", partial(write, is_typed=True), throttle=0.25, leading_events=False)
        value.element.on("change", partial(write, is_typed=False))
        remove = look.button("Remove", partial(self._put, at, None, is_redrawn=True), "small")
        with_attributes(remove, aria_label=f"Remove filter {at + 1}")

    async def _put(
        self, at: int, to: Filter | None, *, is_redrawn: bool = False, is_typed: bool = False
    ) -> None:
        if to is not None and at < len(self.events.where) and self.events.where[at] == to and is_typed:
            return
        self.events = with_filter(self.events, at, to)
        if is_redrawn:
            self._redraw()
        await self.changed(is_typed=is_typed)

    def _add(self) -> None:
        self.events = replace(self.events, where=(*self.events.where, Filter()))
        self._redraw()


def _value(seen: Seen, said: Filter, comparison: str) -> fields.Field:
    """What a property is compared with; frequent values are offered where they are known."""
    if comparison == "exists" or seen.type == "boolean":
        return fields.chosen("Value", {"": "choose one", "true": "yes", "false": "no"}, said.value)
    example = {"one_of": "this, that", "between": "10, 20"}.get(comparison, "")
    value = fields.typed("Value", said.value, example=example)
    if seen.frequent:
        name = f"offered-{value.element.id}"
        with_attributes(value.element, list=name)
        _offer(name, seen.frequent)
    return value


def pick(label: str, names: Iterable[str], value: str, none: str) -> fields.Field:
    """One of some names, or none of them; of very many it is typed, and they are offered."""
    options = {"": none, **{name: name for name in names}}
    if len(options) <= MOST_LISTED:
        return fields.chosen(label, options if value in options else {**options, value: value}, value)
    typed = fields.typed(label, value, example=none)
    name = f"offered-{typed.element.id}"
    with_attributes(typed.element, list=name)
    _offer(name, tuple(options)[1:])
    return typed


def _offer(name: str, values: tuple[str, ...]) -> None:
    with with_attributes(box("", "datalist"), id=name):
        for each in values[:MOST_OFFERED]:
            with_attributes(box("", "option"), **{"^value": each})


@lru_cache(maxsize=16)
def fitting(kind: str) -> tuple[str, ...]:
    """The comparisons that a value of a type can be put to, the plain ones first; by their own declarations.

    >>> fitting("boolean")
    ('equals', 'not_equals', 'exists', 'is_true')
    """
    samples, wanted = _SAMPLES.get(kind, _SAMPLES["text"]), ValueType(kind if kind in _SAMPLES else "text")
    found = [name for name in comparisons() if any(_reads(name, each, wanted) for each in (*samples, True))]
    first = ("equals", "at_least", "contains_any", "after", "not_equals", "at_most")
    return tuple(sorted(found, key=lambda name: (first.index(name) if name in first else len(first), name)))


def _reads(name: str, sample: object, kind: ValueType) -> bool:
    comparison = comparisons()[name]
    try:
        operand = getattr(comparison.fields.model_validate({name: sample}), name)
    except ValidationError:
        return False
    return comparison.reads(operand) in (kind, ValueType.ANY)
