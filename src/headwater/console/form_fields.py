"""Fields of forms: what somebody typed or chose is known on the server at once, and stays in the browser whatever is drawn anew.

A field's beginning is an attribute of HTML and no property that Vue holds it to: so nothing that changes elsewhere on the page
takes back what was typed since.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from headwater.console.look import box, text, with_attributes

Changed = Callable[[], object]
_VALUE = "(event) => emit(event.target.value)"
_CHECKED = "(event) => emit(event.target.checked)"


@dataclass
class Field:
    """A field of text, or a choice of one; `value`: as it stands now."""

    value: str
    element: Element


@dataclass
class Ticks:
    """Boxes to tick; `chosen`: those that are."""

    chosen: set[str] = field(default_factory=set)


def text_field(
    label: str, value: str = "", hint: str = "", *, placeholder: str = "", kind: str = "text"
) -> Field:
    """A line to type. `kind`: of HTML's kinds of input."""
    with box("label", "label"):
        text("span", label)
        typed = with_attributes(box("field", "input"), type=kind, autocomplete="off", spellcheck="false")
        with_attributes(typed, **{"^value": value, "placeholder": placeholder})
        _hint(hint)
    return _following(Field(value, typed), "input")


def long_field(label: str, value: str = "", hint: str = "") -> Field:
    """Several lines to type."""
    with box("label", "label"):
        text("span", label)
        typed = with_attributes(text("textarea", value, "field short"), spellcheck="false")
        _hint(hint)
    return _following(Field(value, typed), "input")


def choice(
    label: str,
    options: Sequence[tuple[str, str]],
    value: str = "",
    hint: str = "",
    changed: Changed | None = None,
) -> Field:
    """One of several, each with its words. `changed`: called when another is chosen."""
    with box("label", "label"):
        text("span", label)
        with box("field", "select") as chosen:
            for each, said in options:
                option = with_attributes(text("option", said), **{"^value": each})
                if each == value:
                    with_attributes(option, **{"^selected": "selected"})
        _hint(hint)
    first = value or (options[0][0] if options else "")
    return _following(Field(first, chosen), "change", changed)


def ticks(
    label: str,
    options: Sequence[tuple[str, str]],
    chosen: Collection[str] = (),
    changed: Changed | None = None,
) -> Ticks:
    """Any of several, each with its words."""
    held = Ticks(set(chosen))
    with box("ticks", "fieldset"):
        text("legend", label, "quiet small")
        for each, said in options:
            with box("tick", "label"):
                made = with_attributes(box("", "input"), type="checkbox")
                if each in held.chosen:
                    with_attributes(made, **{"^checked": "checked"})
                text("span", said)
            _ticking(held, each, made, changed)
    return held


def _ticking(held: Ticks, name: str, element: Element, changed: Changed | None) -> None:
    def follow(event: GenericEventArguments) -> None:
        (held.chosen.add if event.args else held.chosen.discard)(name)
        if changed is not None:
            changed()

    element.on("change", follow, js_handler=_CHECKED)


def _following(made: Field, event: str, changed: Changed | None = None) -> Field:
    def follow(said: GenericEventArguments) -> None:
        made.value = str(said.args if said.args is not None else "")
        if changed is not None:
            changed()

    made.element.on(event, follow, js_handler=_VALUE)
    return made


def _hint(said: str) -> None:
    if said:
        text("span", said, "quiet small")
