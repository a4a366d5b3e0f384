"""A destination's file as a form changes it: what the form begins with, the change as it would be written, and writing it.

Reads the definitions and the file; writes the file. What is secret in it comes to no page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from headwater.access.roles import Action
from headwater.activate.declare import find_destination, kinds, read_destinations
from headwater.activate.prepare import holders_by_kind
from headwater.activate.trial import Tried, try_out
from headwater.console.desk.committing import committing
from headwater.console.desk.files import (
    Draft,
    Line,
    difference,
    drafted,
    drafted_in,
    edited,
    expect_sound,
    file_of,
    read_text,
    save,
)
from headwater.console.desk.question import Given, Question, RefusedError
from headwater.console.destinations.questions import PLACE, kind_name, least_shown
from headwater.console.drawn.declared import settings_from, shown, told_text
from headwater.core.documents import Document, parse_document
from headwater.core.errors import EditConflictError, NotFoundError, UserError
from headwater.identity.identifier import identifier_kinds, lookup_kinds


@dataclass(frozen=True)
class Form:
    """What a form to set a destination up begins with.

    Attributes:
        kind: the kind's id; `settings`: as far as they may be seen.
        hidden: the settings that stand in the file and are not shown.
        n_with: how many people have an identifier of each kind; None: too few to show to who may see no fewer than `least`.
    """

    name: str
    kind: str
    description: str
    purpose: str
    audiences: tuple[str, ...] | None
    identifiers: tuple[tuple[str, str], ...]
    is_live: bool
    settings: Mapping[str, str]
    hidden: tuple[str, ...]
    purposes: tuple[str, ...]
    known_audiences: tuple[str, ...]
    known_identifiers: tuple[str, ...]
    n_with: tuple[tuple[str, int | None], ...]
    least: int | None


@dataclass(frozen=True)
class Drafted:
    """A change that waits for somebody's word. `draft` stays on the server: its text may hold what is not for pages."""

    draft: Draft
    lines: tuple[Line, ...]


def _form(given: Given, name: str, kind: str) -> Form:
    """What a form begins with: of a destination there is, or of a new one of a kind (`name` empty).

    Raises:
        RefusedError: whoever asks may neither set destinations up nor choose what goes there.
        NotFoundError: there is no such destination, or no such kind.
    """
    if not (given.caller.may(Action.OPERATE) or given.caller.may(Action.SEND)):
        raise RefusedError(Action.SEND)
    definitions = given.definitions
    to = find_destination(name, definitions.destinations) if name else None
    kind = kind_name(to) if to else kind
    if kind not in kinds():
        raise NotFoundError("kind of destination", kind, sorted(kinds()))
    settings = _settings(to.document if to else None) if given.caller.may(Action.OPERATE) else {}
    model = kinds()[kind].fields
    visible = shown(model, settings)
    return Form(
        name,
        kind,
        to.description if to else "",
        to.purpose if to else "",
        to.audiences if to else (),
        tuple((each, form.value) for each, form in to.identifiers.items()) if to else (),
        to.live if to else False,
        visible,
        tuple(each for each, said in visible.items() if not said and settings.get(each)),
        tuple(given.project.config.purposes),
        tuple(sorted(definitions.audiences)),
        known := tuple(each for each in sorted(identifier_kinds()) if kinds()[kind].field_of(each)),
        _n_with(given, known),
        least_shown(given),
    )


def _n_with(given: Given, known: tuple[str, ...]) -> tuple[tuple[str, int | None], ...]:
    """How many people have an identifier of each kind, as whoever asks may see it."""
    found = holders_by_kind(given.workspace)
    with given.counting() as counting:
        return tuple((each, counting.number(found.get(each, 0), f"{PLACE} {each}")) for each in known)


def _draft(given: Given, name: str, said: str) -> Drafted:
    """A destination's file as a form says it, judged; nothing is written. `said`: the form's values as JSON.

    Raises:
        RefusedError: whoever asks may not set destinations up. UserError, ProjectError: it cannot be so.
    """
    if not given.caller.may(Action.OPERATE):
        raise RefusedError(Action.OPERATE)
    return _judged(_drafted(given, name, json.loads(said)), given)


def _draft_audiences(given: Given, name: str, audiences: tuple[str, ...] | None) -> Drafted:
    """A destination's file with other audiences; None: all. Nothing is written.

    Raises:
        RefusedError: whoever asks does not send. UserError, ProjectError: it cannot be so.
    """
    if not given.caller.may(Action.SEND):
        raise RefusedError(Action.SEND)
    find_destination(name, given.definitions.destinations)
    said = {"audiences": "all" if audiences is None else list(audiences)}
    return _judged(
        drafted(given.project.root, file_of(given.project.root, "destinations", name), said), given
    )


def _drafted(given: Given, name: str, values: dict[str, Any]) -> Draft:
    root, file = given.project.root, file_of(given.project.root, "destinations", name)
    kind = kinds().get(values["kind"])
    if kind is None:
        raise NotFoundError("kind of destination", values["kind"], sorted(kinds()))
    seen = read_text(root, file)
    if seen and values.pop("is_new"):
        raise UserError(
            f"there is a destination '{name}' already", next_step="choose another name, or change that one"
        )
    values.pop("is_new", None)
    document = parse_document(seen.encode(), file) if seen else None
    before = _settings(document) if isinstance(document, Document) else {}
    values["settings"] = settings_from(kind.fields, values["settings"], before) or None
    return drafted(root, file, values)


def _judged(draft: Draft, given: Given) -> Drafted:
    expect_sound(draft, given.workspace)
    before, after = (told_text(text, draft.file) if text else "" for text in (draft.seen, draft.text))
    return Drafted(draft, difference(before, after))


def _save(given: Given, draft: Draft) -> str:
    """Write a destination's file; gives the file's name.

    Raises:
        EditConflictError: somebody else changed it meanwhile; its texts are without secrets. ProjectError: it is not sound.
    """
    expect_sound(draft, given.workspace)
    try:
        save(given.project.root, draft)
    except EditConflictError as error:
        seen, now = (told_text(text, draft.file) if text else "" for text in (error.seen, error.now))
        raise EditConflictError(draft.file, seen, now) from None
    return draft.file


def _save_audiences(given: Given, draft: Draft) -> str:
    """The same, of a draft in which nothing but the audiences is another.

    Raises:
        RefusedError: something else is.
    """
    document = parse_document(draft.text.encode(), draft.file)
    said = (
        document.data.get("audiences")
        if isinstance(document, Document) and isinstance(document.data, dict)
        else None
    )
    if edited(draft.seen, {"audiences": said}) != draft.text:
        raise RefusedError(Action.OPERATE)
    return _save(given, draft)


def _try(given: Given, name: str, draft: Draft | None) -> Tried:
    """A test call to a destination as it is, or as a draft of its file would have it.

    Raises:
        NotFoundError: there is no such destination. SettingsError: a secret it names is not there. ProjectError: it is not sound.
    """
    if draft is None:
        return try_out(find_destination(name, given.definitions.destinations), given.project)
    expect_sound(draft, given.workspace)
    project = drafted_in(draft, given.project)
    declared, _ = read_destinations(project, sorted(given.definitions.audiences), sorted(lookup_kinds()))
    return try_out(find_destination(name, declared), given.project)


def _settings(document: Document | None) -> dict[str, object]:
    data = document.data if document else None
    found = data.get("settings") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _about(draft: Draft) -> tuple[str, ...]:
    return (PurePosixPath(draft.file).stem,)


FORM = Question("console destination form", Action.SEE_COUNTS, _form, seconds=0.0)
DRAFT = Question("console destination draft", Action.SEE_COUNTS, _draft, seconds=0.0)
DRAFT_AUDIENCES = Question(
    "console destination audiences draft", Action.SEE_COUNTS, _draft_audiences, seconds=0.0
)
TRY = Question(
    "console destination test call", Action.OPERATE, _try, seconds=0.0, about=lambda name, _: (name,)
)
SAVE = Question("console destination save", Action.OPERATE, _save, seconds=0.0, about=_about)
SAVE_AUDIENCES = Question(
    "console destination audiences", Action.SEND, _save_audiences, seconds=0.0, about=_about
)
GIT = committing("destinations", Action.OPERATE)
