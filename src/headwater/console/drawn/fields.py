"""What people type into and choose from: native elements, labelled, whose value is known on the server as it changes.

A field's beginning is an attribute of HTML and no property that Vue holds it to: so nothing that changes elsewhere on the page
takes back what was typed since.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from headwater.console.drawn.look import box, text, with_attributes

Changed = Callable[[], object]
_VALUE = "(event) => emit(event.target.value)"
_CHECKED = "(event) => emit(event.target.checked)"


@dataclass(eq=False)
class Field:
    """A field and what stands in it. `element`: what listens."""

    element: Element
    value: str

    def on_enter(self, does: Changed) -> None:
        """Do something when somebody presses Enter in it."""
        self.element.on("keydown.enter", does)


@dataclass(eq=False)
class Ticks:
    """Boxes to tick; `chosen`: the names of those that are."""

    chosen: set[str] = field(default_factory=set)


def typed(
    label: str, value: str = "", *, hint: str = "", example: str = "", kind: str = "text", classes: str = ""
) -> Field:
    """A line to write. `hint`: words below it; `example`: stands in it while it is empty; `kind`: of HTML's."""
    with box(f"label {classes}", "label"):
        text("span", label)
        element = with_attributes(box("field", "input"), type=kind, autocomplete="off", spellcheck="false")
        with_attributes(element, placeholder=example, **{"^value": value})
        _hint(hint)
    return _heard(Field(element, value), "input")


def typed_lines(label: str, value: str = "", *, hint: str = "") -> Field:
    """Several lines to write."""
    with box("label", "label"):
        text("span", label)
        element = with_attributes(text("textarea", value, "field short"), spellcheck="false")
        _hint(hint)
    return _heard(Field(element, value), "input")


def chosen(
    label: str, options: Mapping[str, str], value: str = "", *, hint: str = "", classes: str = ""
) -> Field:
    """One of some, by what each is called; the first, if none of them is said."""
    value = value if value in options else next(iter(options), "")
    with box(f"label {classes}", "label"):
        text("span", label)
        with box("field", "select") as element:
            for name, said in options.items():
                option = with_attributes(text("option", said), **{"^value": name})
                if name == value:
                    with_attributes(option, **{"^selected": "selected"})
        _hint(hint)
    return _heard(Field(element, value), "change")


def ticked(legend: str, options: Mapping[str, str], chosen: Collection[str] = ()) -> Ticks:
    """Any of some, by what each is called."""
    held = Ticks(set(chosen))
    with box("ticks", "fieldset"):
        text("legend", legend, "quiet small")
        for name, said in options.items():
            with box("tick", "label"):
                element = with_attributes(box("", "input"), type="checkbox")
                if name in held.chosen:
                    with_attributes(element, **{"^checked": "checked"})
                text("span", said)
            _ticking(held, name, element)
    return held


def _ticking(held: Ticks, name: str, element: Element) -> None:
    def follow(event: GenericEventArguments) -> None:
        (held.chosen.add if event.args else held.chosen.discard)(name)

    element.on("change", follow, js_handler=_CHECKED)


def _heard(made: Field, event: str) -> Field:
    def follow(said: GenericEventArguments) -> None:
        made.value = str(said.args if said.args is not None else "")

    made.element.on(event, follow, js_handler=_VALUE)
    return made


def _hint(said: str) -> None:
    if said:
        text("span", said, "quiet small")
