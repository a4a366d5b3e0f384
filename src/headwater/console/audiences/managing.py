"""An audience's file copied, moved, renamed or taken out: who uses it, what that would do, and doing it.

Reads the definitions, the file and what the ledger says is at destinations. Writes or removes files of `audiences/`; nothing that
refers to an audience is ever left without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headwater.access.roles import Action
from headwater.activate.ledger import open_ledger
from headwater.audiences.lineage import audience_field
from headwater.audiences.rule import needs_of
from headwater.console.audiences.questions import crowd_of, found, least_of
from headwater.console.desk.committing import committing
from headwater.console.desk.files import (
    Draft,
    expect_sound,
    file_of,
    move,
    place_in,
    problems_without,
    read_text,
    remove,
    save,
)
from headwater.console.desk.question import Given, Question
from headwater.core.errors import ProjectError, UserError


@dataclass(frozen=True)
class Use:
    """Something that names an audience, and where it is looked at; empty: nowhere."""

    what: str
    name: str
    to: str = ""


@dataclass(frozen=True)
class Managed:
    """An audience before it is taken out, or called otherwise.

    Attributes:
        size: how many people are in it; None: too few to show.
        folder: where its file lies; `folders`: all there are, without the one outside of all.
        used_by: what names it, and so stands in the way.
        taken_by: the destinations that take every audience, and so this one.
        held: how many identifiers each destination holds of it.
        seen: the file's text.
    """

    name: str
    description: str
    file: str
    seen: str
    folder: str
    folders: tuple[str, ...]
    size: int | None
    used_by: tuple[Use, ...]
    taken_by: tuple[str, ...]
    held: tuple[tuple[str, int | None], ...]
    least: int | None


def _managed(given: Given, name: str) -> Managed:
    """An audience with all that uses it.

    Raises:
        NotFoundError: there is none of this name.
    """
    audience = found(name, given.definitions)
    with open_ledger(given.project) as ledger, given.counting() as counting:
        held = {to: ledger.held_at(to).get(name) for to in sorted(given.definitions.destinations)}
        told = [
            (to, counting.number(len(each.held), "console held"))
            for to, each in held.items()
            if each is not None and len(each.held)
        ]
        size = counting.crowd(crowd_of(name, given))
    return Managed(
        name,
        audience.description,
        audience.document.file,
        read_text(given.project.root, audience.document.file),
        audience.document.folder,
        tuple(sorted({each.folder for each in given.project.documents["audiences"]} - {""})),
        size,
        tuple(uses_of(name, given)),
        tuple(to for to, each in sorted(given.definitions.destinations.items()) if each.audiences is None),
        tuple(told),
        least_of(given),
    )


def uses_of(name: str, given: Given) -> Iterator[Use]:
    """Everything that names an audience."""
    definitions = given.definitions
    for other, audience in sorted(definitions.audiences.items()):
        if name in needs_of(audience.rule).audiences:
            yield Use("audience", other, f"/audiences/{other}")
    for to, destination in sorted(definitions.destinations.items()):
        if destination.audiences is not None and name in destination.audiences:
            yield Use("destination", to, f"/destinations/{to}")
    for spot, placement in sorted(definitions.placements.items()):
        if audience_field(name) in placement.request.fields:
            yield Use("placement", spot, f"/placements/{spot}")
    for room, agreement in sorted(definitions.cleanrooms.items()):
        if agreement.said.audience == name:
            yield Use("clean room", room)


def _copy(given: Given, name: str, new: str) -> str:
    """The same audience under another name; gives the new file's name.

    Raises:
        NotFoundError: there is no such audience. UserError: the new name is taken, or can be none. ProjectError: it is not sound.
    """
    document = found(name, given.definitions).document
    draft = _as(new, read_text(given.project.root, document.file), document.folder, given)
    expect_sound(draft, given.workspace)
    save(given.project.root, draft)
    return draft.file


def _rename(given: Given, name: str, new: str, seen: str) -> str:
    """An audience under another name, and not under its own any more; gives the new file's name.

    Raises:
        NotFoundError: there is no such audience. UserError: it is used, or the new name is taken, or can be none.
        EditConflictError: somebody changed it meanwhile. ProjectError: something else would not be sound.
    """
    document = found(name, given.definitions).document
    file, draft = document.file, _as(new, seen, document.folder, given)
    _expect_free(name, file, given, draft)
    move(given.project.root, file, draft.file, seen)
    return draft.file


def _move(given: Given, name: str, folder: str, seen: str) -> str:
    """An audience's file in another folder: it stays what it is; gives the file. `folder` empty: in none.

    Raises:
        NotFoundError: there is no such audience. UserError: it is there already, or no folder can be called so.
        EditConflictError: somebody changed it meanwhile.
    """
    document = found(name, given.definitions).document
    if folder == document.folder:
        where = f"in the folder {folder}" if folder else "in no folder"
        raise UserError(f"{name} is {where} already", next_step="choose another folder")
    known = {each.folder for each in given.project.documents["audiences"]}
    file = (
        f"audiences/{folder}/{name}.yaml" if folder in known - {""} else place_in("audiences", name, folder)
    )
    move(given.project.root, document.file, file, seen)
    return file


def _remove(given: Given, name: str, seen: str) -> str:
    """An audience's file taken out; gives which it was.

    Raises:
        NotFoundError: there is no such audience. UserError: it is used. EditConflictError: somebody changed it meanwhile.
        ProjectError: something else would not be sound.
    """
    file = found(name, given.definitions).document.file
    _expect_free(name, file, given)
    remove(given.project.root, file, seen)
    return file


def _as(new: str, text: str, folder: str, given: Given) -> Draft:
    """A file of another name in a folder.

    Raises:
        UserError: nothing can be called so, or something is.
    """
    file = file_of(given.project.root, "audiences", new, folder)
    if (given.project.root / file).exists():
        raise UserError(f"there is an audience '{new}' already", next_step="choose another name")
    return Draft(file, "", text)


def _expect_free(name: str, file: str, given: Given, instead: Draft | None = None) -> None:
    """Go on only if nothing names an audience.

    Raises:
        UserError: something does. ProjectError: other files would not be sound, for whatever reason.
    """
    if used := list(uses_of(name, given)):
        told = ", ".join(f"{each.what} {each.name}" for each in used[:5])
        more = f" and {len(used) - 5:,} more" if len(used) > 5 else ""
        raise UserError(f"{name} is used by {told}{more}", next_step="take it out there first")
    if problems := problems_without(file, given.workspace, instead):
        raise ProjectError(problems, next_step="mend what is named above; nothing is changed")


CHANGE = Action.CHANGE_AUDIENCES
GIT = committing("audiences", CHANGE)
MANAGED = Question("console audience uses", Action.SEE_COUNTS, _managed, seconds=0.0)
COPY = Question("console audience copy", CHANGE, _copy, seconds=0.0, about=lambda name, new: (name, new))
RENAME = Question(
    "console audience rename", CHANGE, _rename, seconds=0.0, about=lambda name, new, _: (name, new)
)
MOVE = Question(
    "console audience folder", CHANGE, _move, seconds=0.0, about=lambda name, folder, _: (name, folder)
)
REMOVE = Question("console audience remove", CHANGE, _remove, seconds=0.0, about=lambda name, _: (name,))
