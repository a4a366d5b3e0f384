"""The form that sets a destination up, drawn from what its kind declares; and what is shown before a file is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.activate.destination import Form as Written
from headwater.activate.forms import forms_of
from headwater.console.desk.files import Draft
from headwater.console.desk.question import Question
from headwater.console.destinations.file import (
    DRAFT,
    DRAFT_AUDIENCES,
    GIT,
    SAVE,
    SAVE_AUDIENCES,
    Drafted,
    Form,
)
from headwater.console.destinations.questions import Kind
from headwater.console.destinations.trying import call_to_try
from headwater.console.drawn import look
from headwater.console.drawn.changing import Would, conflict, review
from headwater.console.drawn.committing import offer_commit
from headwater.console.drawn.declared import FieldFacts, Shape
from headwater.console.drawn.doing import place, told_in
from headwater.console.drawn.fields import Field, Ticks, chosen, ticked, typed, typed_lines
from headwater.console.drawn.look import box, text
from headwater.console.drawn.page import View
from headwater.core.errors import EditConflictError

ALL, SOME = "all", "some"
_TAKEN_UP = "Written. What is running checks it and takes it up by itself; the next run sends by it."


@dataclass
class _Filled:
    """The fields of a form."""

    name: Field
    description: Field
    purpose: Field
    whole: Field
    audiences: Ticks
    identifiers: dict[str, Field]
    is_live: Ticks
    settings: dict[str, Field]


def set_up(view: View, form: Form, kind: Kind) -> None:
    """The whole form: of a new destination, or of one there is."""
    with box("stack"):
        with box("row"):
            name = typed("Name", form.name, hint="as the file is called; it stays") if not form.name else None
            description = typed("What it is for", form.description)
            purposes = {each: each for each in form.purposes}
            purpose = chosen("Purpose", purposes, form.purpose, hint="what people must have agreed to")
        settings = {each.name: _setting(each, form) for each in kind.fields}
        identifiers = _identifiers(form)
        whole, audiences = _audiences(form)
        live = ticked(
            "When",
            {"live": "within seconds, while `headwater serve` runs"},
            {"live"} if form.is_live else (),
        )
        known = name or Field(box(), form.name)
        filled = _Filled(known, description, purpose, whole, audiences, identifiers, live, settings)
        _ending(view, form, filled)


def choose_audiences(view: View, form: Form) -> None:
    """Only which audiences go there: for whoever sends."""
    with box("stack"):
        whole, audiences = _audiences(form)
        row, held = box("row"), place()

        async def review() -> None:
            chosen = None if whole.value == ALL else _in_order(form, audiences)
            with told_in(held):
                _review(
                    view, await view.ask(DRAFT_AUDIENCES, form.name, chosen), SAVE_AUDIENCES, form.name, held
                )

        with row:
            look.button("Look at the change", review, "primary")


def _setting(facts: FieldFacts, form: Form) -> Field:
    label = facts.name.replace("_", " ") + ("" if facts.is_required else " (may stay empty)")
    value, hint = form.settings.get(facts.name, ""), facts.meaning
    if facts.name in form.hidden:
        hint += " What stands in the file is not shown; it stays, unless you write something."
    if facts.shape is Shape.CHOICE:
        return chosen(label, {each: each for each in facts.options}, value or facts.default, hint=hint)
    if facts.shape is Shape.PAIRS:
        return typed_lines(label, value, hint=f"{hint} One a line, as `name: value`.")
    default = f"{facts.default}" if facts.default else ""
    return typed(label, value, hint=hint, example="${NAME}" if facts.is_secret else default)


def _identifiers(form: Form) -> dict[str, Field]:
    """Each kind of identifier that it takes: in which form it is sent, or not at all."""
    forms, n_with = dict(form.identifiers), dict(form.n_with)
    with box("ticks", "fieldset"):
        text("legend", "What people are told apart by there", "quiet small")
        return {
            each: chosen(
                each.replace("_", " "),
                {"": "not sent", **{one: _written(one) for one in Written if one in forms_of(each)}},
                forms.get(each, ""),
                hint=who_has(n_with[each], form.least),
            )
            for each in form.known_identifiers
        }


def who_has(n: int | None, least: int | None) -> str:
    """How many people have an identifier of a kind.

    >>> who_has(0, None), who_has(1, None), who_has(1200, 25), who_has(None, 25)
    ('nobody has one', '1 person has one', '1,200 people have one', 'fewer than 25 people have one')
    """
    if n == 0:
        return "nobody has one"
    return "1 person has one" if n == 1 else f"{look.people(n, least)} people have one"


def _written(form: Written) -> str:
    return {Written.PLAIN: "in plain text", Written.SHA256_HEX: "hashed (SHA-256, hex)"}.get(
        form, "hashed (SHA-256, base64)"
    )


def _audiences(form: Form) -> tuple[Field, Ticks]:
    whole = chosen(
        "Audiences",
        {SOME: "those ticked below", ALL: "all there are"},
        ALL if form.audiences is None else SOME,
        hint="None at all: whoever is there is taken back with the next run.",
    )
    return whole, ticked("Which", {each: each for each in form.known_audiences}, form.audiences or ())


def _in_order(form: Form, chosen: Ticks) -> tuple[str, ...]:
    """The audiences that are ticked: those of before where they stood, then the new ones."""
    before = [each for each in form.audiences or () if each in chosen.chosen]
    return tuple(dict.fromkeys([*before, *(each for each in form.known_audiences if each in chosen.chosen)]))


def _ending(view: View, form: Form, filled: _Filled) -> None:
    row, held = box("row"), place()

    async def review() -> None:
        with told_in(held):
            said = json.dumps(_values(form, filled))
            name = filled.name.value.strip()
            _review(view, await view.ask(DRAFT, name, said), SAVE, name, held)

    with row:
        look.button("Look at the file", review, "primary")


def _values(form: Form, filled: _Filled) -> dict[str, object]:
    return {
        "is_new": not form.name,
        "description": filled.description.value.strip() or None,
        "kind": form.kind,
        "purpose": filled.purpose.value,
        "live": True if filled.is_live.chosen else None,
        "audiences": ALL if filled.whole.value == ALL else list(_in_order(form, filled.audiences)),
        "identifiers": {each: field.value for each, field in filled.identifiers.items() if field.value},
        "settings": {each: field.value for each, field in filled.settings.items()},
    }


def _review(view: View, drafted: Drafted, save: Question[str], name: str, held: Element) -> None:
    """Show what would be written, and write it if that is what is wanted."""
    draft = drafted.draft
    would = [Would(draft.file, drafted.lines)] if draft.changes else []

    def call(told: Element) -> None:
        if view.may(Action.OPERATE):
            call_to_try(view, name, told, draft)

    review(held, would, partial(_write, view, draft, save, name, held), call)


async def _write(view: View, draft: Draft, save: Question[str], name: str, held: Element) -> None:
    with told_in(held):
        try:
            await view.ask(save, draft)
        except EditConflictError as error:
            conflict(error, held, [("Open the form anew", ui.navigate.reload)])
            return
        view.desk.changed()
        held.clear()
        with held, box("stack"):
            text("p", _TAKEN_UP, "said good")
            look.link(f"Go to {name}", f"/destinations/{name}")
        if view.may(Action.OPERATE):
            message = f"{'Change' if draft.seen else 'Add'} destination {name}"
            await offer_commit(view, held, GIT, (draft.file,), message)


def may_set_up(view: View) -> bool:
    """Whether who looks may set destinations up."""
    return view.may(Action.OPERATE)


def kind_facts(kinds: Sequence[Kind], name: str) -> Kind | None:
    """A kind among those there are."""
    return next((each for each in kinds if each.name == name), None)
