"""The single fields of a rule's forms: a line to write, with what it offers while it is written, or a choice.

A field's beginning is an attribute of HTML, which Vue holds it to no more: so nothing that changes elsewhere takes back what was
typed since.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from headwater.console.audiences.known import Known
from headwater.console.builder.meanings import Meanings
from headwater.console.builder.offered import OFFERED, Asked, Offered
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.core.errors import HeadwaterError

VALUE = "(event) => emit(event.target.value)"
SECONDS = 0.15  # of silence after which what was typed is taken
FEWEST_WORDS = 2  # that say more than the name of a field
Says = Callable[[str], Awaitable[None]]


@dataclass(eq=False)
class Offers:
    """The list that opens below a field: one for the page, which `builder.js` puts where it belongs and moves about in."""

    view: View
    held: Element

    async def show(self, field: Element, asked: Asked) -> None:
        """Fill it with what fits; the browser shows it only if the field is still the one that is typed in."""
        try:
            found = await self.view.ask(OFFERED, asked)
        except HeadwaterError:
            return
        if self.held.is_deleted or field.is_deleted:
            return
        self.held.clear()
        with self.held:
            _draw(found)
        self.held.props["data-for"] = field.html_id
        self.held.update()


def _draw(found: Offered) -> None:
    for number, each in enumerate(found.best):
        option = with_attributes(box("offer"), role="option", id=f"offer-{number}", data_value=each.name)
        with with_attributes(option, aria_selected="false"):
            text("span", each.name, "offer-name")
            if found.is_counted and each.n:
                share = "" if each.share is None else f" · {each.share:.0%}"
                text("span", f"{each.n:,} {found.unit}{share}", "quiet small")
    if found.n > len(found.best):
        rest = f"{found.n - len(found.best):,} more: type to find them"
        with_attributes(text("div", rest, "offers-rest quiet small"), role="presentation")


def offers(view: View) -> Offers:
    """The list, to be drawn once a page."""
    held = with_attributes(box("offers"), id="offers", role="listbox", aria_label="What there is")
    return Offers(view, with_attributes(held, **{"^hidden": "hidden"}))


@dataclass(frozen=True)
class Hand:
    """What every form of a page has. `changed`: to be said when something is; `meanings`: of what can be named."""

    view: View
    words: Known
    offers: Offers
    changed: Callable[[], Awaitable[None]]
    meanings: Meanings


@dataclass(frozen=True)
class Looks:
    """How a line looks. `kind`: of HTML's; `hint`: what it means; `example`: stands in it while it is empty."""

    kind: str = "text"
    hint: str = ""
    example: str = ""


@dataclass(frozen=True)
class Offering:
    """What a line offers: `asked` says what is looked for by what is typed; `is_list`: it takes several, with commas between."""

    offers: Offers
    asked: Callable[[str], Asked]
    is_list: bool = False


def line(
    label: str, value: str, says: Says, looks: Looks | None = None, offering: Offering | None = None
) -> Element:
    """Something to write in a line."""
    looks = looks or Looks()
    element = with_attributes(
        box(f"field line line-{looks.kind}", "input"), type=looks.kind, autocomplete="off"
    )
    with_attributes(
        element, aria_label=label, placeholder=looks.example, title=looks.hint, spellcheck="false"
    )
    with_attributes(element, **{"^value": value})

    async def said(typed: str) -> None:
        await says(typed)
        if offering:
            await offering.offers.show(element, offering.asked(typed))

    hear(element, value, said)
    if offering:
        _as_combobox(element, offering)
    return element


def hear(element: Element, value: str, says: Says) -> None:
    """Say what is written in a field: after some silence, and at once when somebody leaves it. `value`: what it begins with."""
    last = [value]

    async def changed(event: GenericEventArguments) -> None:
        typed = str(event.args if event.args is not None else "")
        if typed != last[0]:
            last[0] = typed
            await says(typed)

    element.on("input", changed, js_handler=VALUE, throttle=SECONDS, leading_events=False)
    element.on("change", changed, js_handler=VALUE)


def _as_combobox(element: Element, offering: Offering) -> None:
    with_attributes(element, role="combobox", aria_autocomplete="list", aria_controls="offers")
    with_attributes(element, data_offers="list" if offering.is_list else "one", **{"^aria-expanded": "false"})

    async def begun() -> None:
        await offering.offers.show(element, offering.asked(""))

    element.on("focus", begun)


def choice(label: str, options: Mapping[str, str], chosen: str, says: Says, hint: str = "") -> Element:
    """One of some, by what each is called."""
    element = with_attributes(box("field choice", "select"), aria_label=label, title=hint)
    offer(element, options, chosen)

    async def changed(event: GenericEventArguments) -> None:
        await says(str(event.args or ""))

    element.on("change", changed, js_handler=VALUE)
    return element


def offer(choice: Element, options: Mapping[str, str], chosen: str) -> None:
    """Let somebody choose among these; it stays the same element, so that what they choose at this very moment is heard."""
    choice.clear()
    with choice:
        for name, said in options.items():
            option = with_attributes(text("option", said), **{"^value": name})
            if name == chosen:
                with_attributes(option, **{"^selected": "selected"})


def meaning(said: str) -> None:
    """What a field means, in small letters beside it; a word or two say no more than its name."""
    if len(said.split()) > FEWEST_WORDS:
        text("span", said, "part-meaning quiet small")


def adder(said: str, does: Callable[[], object], hint: str = "") -> Element:
    """A quiet button that adds something; `hint`: what that means."""
    made = look.button(said, does, "adder")
    return with_attributes(made, title=hint) if hint else made


def remover(said: str, does: Callable[[], object]) -> Element:
    """A small button that takes something away; `said`: what, for who does not see the cross."""
    return with_attributes(look.button("\N{MULTIPLICATION X}", does, "remover"), aria_label=said, title=said)


def write_in(part: Element) -> None:
    """Let somebody write in the first line of a part."""
    focus(part, "input")


def focus(part: Element, tag: str) -> None:
    """Put the keyboard to the first element of a tag in a part."""
    first = next((each for each in part.descendants() if each.tag == tag), None)
    if first is not None:
        first.run_method("focus")
