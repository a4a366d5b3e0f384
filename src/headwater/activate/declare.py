"""Declared destinations: which audiences go where, for which purpose, in what form.

    # destinations/crm.yaml
    kind: webhook
    purpose: email_marketing
    audiences: [coffee_lovers, lapsed]      # or: all
    identifiers: {email: sha256_hex}        # or a list: each in the form the kind prefers
    accepts: [financial]                    # optional: what audiences may say of people there
    rows_a_batch: 500                       # optional: fewer than the kind allows
    settings: {url: https://example.com/in, secret: "${CRM_SECRET}"}

Reads the project's `destinations/*.yaml`; gives what is declared and every problem in it. A file's name is the
destination's id; the record of what it received goes by that id, so a new place is a new file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, cast

from pydantic import Field

from headwater.activate.destination import Destination, Form
from headwater.activate.forms import forms_of, preferred
from headwater.core.config import NAME
from headwater.core.documents import Declaration, Document, read_declaration
from headwater.core.errors import NotFoundError, Problem, suggest
from headwater.core.plugins import discover
from headwater.core.project import Project
from headwater.privacy.labels import Label, read_labels

FAMILY = "headwater.activate.destinations"


class DestinationFile(Declaration):
    """What a file in `destinations/` may say."""

    description: str = Field("", description="What it is for, in words.")
    kind: str = Field(description="The kind of destination.")
    purpose: str = Field(description="What people must have agreed to, as headwater.yaml names it.")
    audiences: Literal["all"] | list[str] = Field(description="The audiences that go there, or all.")
    identifiers: dict[str, Form] | list[str] = Field(
        min_length=1, description="The kinds of identifier sent, as a list, or with the form of each."
    )
    accepts: tuple[Label, ...] = Field(
        (), description="Labels of audiences that may go there besides what the kind takes of itself."
    )
    live: bool = Field(
        False,
        description="While `headwater serve` runs: told of who enters and leaves within seconds, not with the next full run.",
    )
    rows_a_batch: int | None = Field(
        None, ge=1, description="Members a request; the kind's limit unless given."
    )
    settings: dict[str, object] = Field(default_factory=dict, description="What the kind asks for.")


@dataclass(frozen=True)
class DeclaredDestination:
    """A destination as declared, checked. Its settings still hold `${NAME}`s.

    `audiences` None: all there are. `accepts`: the labels that may go there, those that its kind takes of itself included.
    """

    name: str
    description: str
    kind: Destination[Any]
    purpose: str
    audiences: tuple[str, ...] | None
    identifiers: Mapping[str, Form]
    rows_a_batch: int
    settings: Declaration
    document: Document
    live: bool = False
    accepts: frozenset[Label] = frozenset()

    @property
    def fingerprint(self) -> str:
        """Changes when what is sent, or where to, does."""
        said = [self.settings.model_dump(mode="json"), dict(self.identifiers)]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def kinds() -> Mapping[str, Destination[Any]]:
    """Every kind of destination by id."""
    return cast("Mapping[str, Destination[Any]]", discover(FAMILY, "DESTINATION"))


def find_destination(name: str, declared: Mapping[str, DeclaredDestination]) -> DeclaredDestination:
    """The declared destination of this name.

    Raises:
        NotFoundError: there is none; the nearest is named.
    """
    if name not in declared:
        raise NotFoundError("destination", name, list(declared))
    return declared[name]


def read_destinations(
    project: Project, known_audiences: Collection[str], known_identifiers: Collection[str] | None = None
) -> tuple[dict[str, DeclaredDestination], list[Problem]]:
    """The destinations that are sound, and everything that is wrong with the others.

    Args:
        project: the project; its unreadable files are reported by whoever opened it.
        known_audiences: the ids of the audiences there are.
        known_identifiers: the kinds of identifier there can be; None: any.
    """
    declared: dict[str, DeclaredDestination] = {}
    problems: list[Problem] = []
    for document in project.documents["destinations"]:
        read = _read(document, project, known_audiences, known_identifiers)
        if isinstance(read, DeclaredDestination):
            declared[read.name] = read
        else:
            problems += read
    return declared, problems


def _read(
    document: Document,
    project: Project,
    audiences: Collection[str],
    identifiers: Collection[str] | None,
) -> DeclaredDestination | list[Problem]:
    said = read_declaration(document, DestinationFile)
    if isinstance(said, list):
        return [_in_words(each) for each in said]
    problems = [*_misnamed(document, said, project, audiences, identifiers)]
    kind = kinds().get(said.kind)
    if kind is None:
        return [
            *problems,
            document.problem(("kind",), f"unknown kind '{said.kind}'", expected=suggest(said.kind, kinds())),
        ]
    problems += _untakeable(document, said, kind)
    settings = _settings(document, kind)
    if isinstance(settings, list):
        return problems + settings
    if problems:
        return problems
    return DeclaredDestination(
        document.name,
        said.description,
        kind,
        said.purpose,
        None if said.audiences == "all" else tuple(dict.fromkeys(said.audiences)),
        MappingProxyType(_forms(said, kind)),
        said.rows_a_batch or kind.limits.max_rows,
        settings,
        document,
        said.live,
        read_labels(kind.accepts) | frozenset(said.accepts),
    )


def _in_words(problem: Problem) -> Problem:
    """That no identifier is named at all, in words; every other problem as it is."""
    if problem.path != "identifiers" or "at least 1 item" not in problem.message:
        return problem
    return replace(
        problem, message="choose at least one identifier", value="", expected="such as email: sha256_hex"
    )


def _misnamed(
    document: Document,
    said: DestinationFile,
    project: Project,
    audiences: Collection[str],
    identifiers: Collection[str] | None,
) -> Iterator[Problem]:
    """Names that stand for nothing: the file's own, the purpose, audiences, kinds of identifier."""
    if not re.match(NAME, document.name):
        yield document.problem(
            (), f"'{document.name}' is no name for a destination", expected="lower case, digits, _"
        )
    purposes = project.config.purposes
    if said.purpose not in purposes:
        expected = (
            suggest(said.purpose, purposes) if purposes else "declare it under `purposes:` in headwater.yaml"
        )
        yield document.problem(("purpose",), f"unknown purpose '{said.purpose}'", expected=expected)
    for index, name in enumerate(said.audiences if isinstance(said.audiences, list) else []):
        if name not in audiences:
            yield document.problem(
                ("audiences", index), f"unknown audience '{name}'", expected=suggest(name, audiences)
            )
    for place, kind in _places(said):
        if identifiers is not None and kind not in identifiers:
            yield document.problem(
                place, f"unknown kind of identifier '{kind}'", expected=suggest(kind, identifiers)
            )


def _untakeable(document: Document, said: DestinationFile, kind: Destination[Any]) -> Iterator[Problem]:
    """What this kind of destination does not take, or asks for and does not get."""
    for place, name in _places(said):
        field = kind.field_of(name)
        if field is None:
            taken = sorted({one for each in kind.identifiers for one in each.kinds})
            yield document.problem(place, f"a {said.kind} takes no '{name}'", expected=suggest(name, taken))
            continue
        form = said.identifiers[name] if isinstance(said.identifiers, dict) else preferred(field, name)
        if form not in field.forms:
            yield document.problem(
                place,
                f"a {said.kind} does not take '{name}' as {form}",
                expected=f"one of {', '.join(field.forms)}",
            )
        elif form not in forms_of(name):
            yield document.problem(
                place,
                f"'{name}' does not leave as {form}",
                expected=f"one of {', '.join(sorted(forms_of(name)))}",
            )
    for index, label in enumerate(said.accepts):
        if label not in kind.accepts | kind.may_accept:
            allowed = ", ".join(sorted(kind.accepts | kind.may_accept)) or "none"
            yield document.problem(
                ("accepts", index),
                f"a {said.kind} takes nothing that is {label}",
                expected=f"one of: {allowed}",
            )
    for field in kind.identifiers:
        if field.is_required and not any(field.takes(name) for _, name in _places(said)):
            yield document.problem(("identifiers",), f"a {said.kind} needs one of {', '.join(field.kinds)}")
    if said.rows_a_batch and said.rows_a_batch > kind.limits.max_rows:
        yield document.problem(
            ("rows_a_batch",), f"a {said.kind} takes at most {kind.limits.max_rows}", value=said.rows_a_batch
        )


def _places(said: DestinationFile) -> list[tuple[tuple[str | int, ...], str]]:
    """Each kind of identifier with its place in the file."""
    if isinstance(said.identifiers, dict):
        return [(("identifiers", kind), kind) for kind in said.identifiers]
    return [(("identifiers", index), kind) for index, kind in enumerate(said.identifiers)]


def _forms(said: DestinationFile, kind: Destination[Any]) -> dict[str, Form]:
    if isinstance(said.identifiers, dict):
        return dict(sorted(said.identifiers.items()))
    fields = {name: kind.field_of(name) for name in sorted(set(said.identifiers))}
    return {name: preferred(field, name) for name, field in fields.items() if field}


def _settings(document: Document, kind: Destination[Any]) -> Declaration | list[Problem]:
    """The `settings:` block, checked by the kind's own fields."""
    block = cast("dict[str, object]", document.data).get("settings", {})
    lines = {place[1:]: line for place, line in document.lines.items() if place and place[0] == "settings"}
    inner = Document(document.file, document.name, block, {(): document.line(("settings",)), **lines})
    read = read_declaration(inner, kind.fields)
    if not isinstance(read, list):
        return cast("Declaration", read)
    return [replace(one, path=f"settings.{one.path}".rstrip("."), value="") for one in read]
