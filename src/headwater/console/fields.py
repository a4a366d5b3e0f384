"""What people type into and choose from: native elements, labelled, whose value is known here as it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from headwater.console import look
from headwater.console.look import box, text, with_attributes


@dataclass(eq=False)
class Field:
    """A field and what stands in it. `element`: what listens."""

    element: Element
    value: str

    def on_enter(self, does: Callable[[], object]) -> None:
        """Do something when somebody presses Enter in it."""
        self.element.on("keydown.enter", does)


def typed(label: str, *, value: str = "", hint: str = "", kind: str = "text", classes: str = "") -> Field:
    """A line to write; `kind`: as HTML's: text, search, date."""
    with box(f"label {classes}", "label"):
        text("span", label)
        element = with_attributes(box("field", "input"), type=kind, autocomplete="off", spellcheck="false")
    with_attributes(element, placeholder=hint, **({"value": value} if value else {}))
    return _heard(element, value, "input")


def chosen(label: str, options: Mapping[str, str], *, value: str = "", classes: str = "") -> Field:
    """One of some, by what each is called; the first, if none is said."""
    value = value if value in options else next(iter(options), "")
    with box(f"label {classes}", "label"):
        text("span", label)
        with box("field", "select") as element:
            for name, said in options.items():
                option = with_attributes(text("option", said), value=name)
                if name == value:
                    option.props["selected"] = True
    return _heard(element, value, "change")


def ticked(legend: str, options: Sequence[tuple[str, str]], ticks: set[str]) -> None:
    """Any of some, as name and words: `ticks` holds the names of those that are chosen, and follows."""
    with box("ticks", "fieldset"):
        text("legend", legend, "quiet small")
        for name, said in options:
            with box("tick", "label"):
                element = with_attributes(box("", "input"), type="checkbox")
                text("span", said)

            def follow(event: GenericEventArguments, name: str = name) -> None:
                (ticks.add if event.args else ticks.discard)(name)

            element.on("change", follow, js_handler="(event) => emit(event.target.checked)")


def _heard(element: Element, value: str, event: str) -> Field:
    field = Field(element, value)

    def follow(said: GenericEventArguments) -> None:
        field.value = str(said.args or "")

    element.on(event, follow, js_handler="(event) => emit(event.target.value)")
    return field


def confirm(
    held: Element, told: str, does: str, then: Callable[[], object], *, is_grave: bool = False
) -> None:
    """Say in an element what would happen, in numbers, and do it only if that is wanted; it takes the place of what was there."""
    held.clear()
    with held, with_attributes(box("confirm", "section"), role="group", aria_label="Confirm"):
        text("p", told, "strong")
        with box("row"):
            look.button(does, then, "danger" if is_grave else "primary")
            look.button("Leave it as it is", held.clear)
