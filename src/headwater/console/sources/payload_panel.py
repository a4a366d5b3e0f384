"""An event whole, drawn: what was wrong with it, who it is about, what it says; long values cut, with the way to all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from nicegui import ui
from nicegui.element import Element

from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.sources.payload import Payload, Said

CUT, CUT_JSON = 300, 20_000  # characters


def payload_panel(held: Element, found: Payload, *, close: Callable[[], object] | None = None) -> None:
    """Draw an event in an element, instead of what stands there."""
    held.clear()
    with held, with_attributes(box("payload", "section"), role="region", aria_label="Event"):
        with box("panel-head"):
            with box("row"):
                text("h3", found.name or "a row", "strong clipped-name")
                look.tag(found.source)
            if close is not None:
                look.button("Close", close)
        _wrong(found)
        with box("payload-facts quiet small"):
            for said in _facts(found):
                text("span", said)
        if found.identifiers:
            rows = [(Cell(each.kind.replace("_", " ")), Cell(each.value)) for each in found.identifiers]
            look.table("Identifiers", (Column("Identifier"), Column("Value")), rows)
        _said(found)
        if found.raw is not None:
            text("p", "As it came", "strong small")
            cut_text(found.raw, CUT_JSON)
        elif found.said:
            with box("figures", "details"):
                text("summary", "As JSON", "quiet small")
                cut_text(as_json(found), CUT_JSON)

    bring_into_view(held)


def bring_into_view(held: Element) -> None:
    """Let what was opened be seen, wherever somebody pressed for it."""
    ui.run_javascript(
        f"document.getElementById({json.dumps(held.html_id)})?.scrollIntoView({{block: 'nearest'}})"
    )


def _wrong(found: Payload) -> None:
    if found.wrong is not None:
        with box("said bad"):
            text("span", f"{found.wrong.reason.replace('_', ' ')}: {found.wrong.detail}", "strong")
            text("span", found.wrong.meaning)
            text("span", found.wrong.advice, "quiet")
    if found.against:
        with box("said warn"):
            text("span", "Taken in, and not as the tracking plan says:", "strong")
            for each in found.against:
                text("span", each)


def _facts(found: Payload) -> list[str]:
    told = []
    if found.received_at is not None:
        told.append(f"taken in {look.moment(found.received_at)}")
    if found.occurred_at is not None:
        told.append(f"happened {look.moment(found.occurred_at)} (UTC)")
    if found.event_id:
        told.append(f"id {found.event_id}")
    if found.wrong is not None:
        told.append(found.wrong.where)
    return [*told, *(f"consent to {each}" for each in found.consents)]


def _said(found: Payload) -> None:
    if not found.said:
        return
    with (
        with_attributes(box("scrolling"), tabindex="0", role="region", aria_label="What it says"),
        box("table", "table"),
    ):
        with box("", "thead"), box("", "tr"):
            for heading, classes in (("What", ""), ("Type", "minor"), ("Value", "")):
                with_attributes(text("th", heading, classes), scope="col")
        with box("", "tbody"):
            for each in found.said:
                _row(each)


def _row(each: Said) -> None:
    with box("", "tr"):
        text("td", each.path, "path")
        text(
            "td",
            each.type if each.length < CUT else f"{each.type}, {each.length:,} characters",
            "minor quiet",
        )
        with box("", "td"):
            cut_text(each.value, CUT, classes="value-text")


def cut_text(said: str, most: int, classes: str = "source wraps") -> None:
    """A text, and of one that is long its beginning and the way to the rest."""
    tag = "span" if classes == "value-text" else "pre"
    held = box("stack")
    with held:
        shown = text(tag, said if len(said) <= most else f"{said[:most]} …", classes)
        if tag == "pre":
            with_attributes(shown, tabindex="0", role="region", aria_label="The event as text")
        if len(said) > most:
            look.button(f"Show all {len(said):,} characters", partial(_show_all, held, said, tag, classes))


def _show_all(held: Element, said: str, tag: str, classes: str) -> None:
    held.clear()
    with held:
        shown = text(tag, said, f"{classes} whole-text")
        with_attributes(shown, tabindex="0", role="region", aria_label="All of it")


def as_json(found: Payload) -> str:
    """What an event says as JSON, as far as it may be seen."""
    told: dict[str, dict[str, object]] = {
        "identifiers": {each.kind: each.value for each in found.identifiers}
    }
    for each in found.said:
        place, dot, name = each.path.partition(".")
        told.setdefault(place if dot else "about", {})[name or place] = _value(each)
    return json.dumps({"event": found.name, "source": found.source, **told}, indent=2, ensure_ascii=False)


def _value(each: Said) -> object:
    if each.type == "text" or each.value.startswith("("):
        return each.value
    try:
        return json.loads(each.value)
    except ValueError:
        return each.value
