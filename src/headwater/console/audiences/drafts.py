"""Audiences that are being written: judged and counted as they are, compared with what is saved, and saved.

Reads what `audiences.py` reads. Writes one file of `audiences/`, whole or not at all, and only over the very text that it was
begun from: what somebody else saved meanwhile is shown, and stays.
"""

from __future__ import annotations

import difflib
import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from headwater.access.roles import Action
from headwater.audiences.chosen import Unsaved, by_rules
from headwater.audiences.parse import parse
from headwater.audiences.rule import describe
from headwater.console.audiences.questions import Part, parts_of
from headwater.console.desk.question import Given, Question
from headwater.core.config import NAME
from headwater.core.documents import Document, parse_document
from headwater.core.errors import Problem, ProjectError, UserError
from headwater.engine.lake import write_atomically
from headwater.flow.definitions import judge, read_vocabulary_of

MOST_CHARACTERS = 50_000
_SAVING = threading.Lock()


@dataclass(frozen=True)
class Draft:
    """A rule that is being written. `problems`: then nothing else is known; `size`: None if it is too few to show."""

    problems: tuple[str, ...] = ()
    words: str = ""
    size: int | None = None
    parts: tuple[Part, ...] = ()
    is_narrowing: bool = True
    least: int | None = None


@dataclass(frozen=True)
class Words:
    """The names that a rule may use, to be offered while it is written."""

    events: tuple[str, ...]
    traits: tuple[str, ...]
    audiences: tuple[str, ...]
    lists: tuple[str, ...]


@dataclass(frozen=True)
class Saved:
    """What was saved: how its text differs from what was there, in the lines of a diff."""

    name: str
    diff: tuple[str, ...]


def _draft(given: Given, text: str) -> Draft:
    """What a text means now, and exactly how many people."""
    document = _document("draft", text)
    if isinstance(document, Problem):
        return Draft((_told(document),))
    rule = parse(document, read_vocabulary_of(given.definitions, given.workspace))
    if isinstance(rule, list):
        return Draft(tuple(map(_told, rule)))
    known = given.definitions.audiences
    members = by_rules({"": Unsaved(rule)}, given.workspace, known)
    with given.counting() as counting:
        size = counting.crowd(members.universe.members(members.sets[""]))
        parts, is_narrowing = parts_of(rule, given, counting)
    least = None if given.sees_small_counts else given.project.config.anonymity.least
    return Draft((), describe(rule), size, parts, is_narrowing, least)


def _words(given: Given) -> Words:
    """The names that a rule may use."""
    known = read_vocabulary_of(given.definitions, given.workspace)
    return Words(
        *(tuple(sorted(each)) for each in (known.events, known.traits, known.audiences, known.lists))
    )


def _text(given: Given, name: str) -> str:
    """An audience's file as it is now; empty: there is none."""
    if not re.fullmatch(NAME, name):
        return ""
    try:
        return _path(given, name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _save(given: Given, name: str, text: str, begun_from: str) -> Saved:
    """Save an audience's file, if all of it is sound, and nobody changed it since.

    Args:
        given: by what it is judged.
        name: of the audience, and so of the file.
        text: the whole file.
        begun_from: the text that whoever wrote this began from; empty: a new audience.

    Raises:
        UserError: it cannot have that name; or somebody changed it meanwhile: the message shows how.
        ProjectError: it is not sound.
    """
    if not re.fullmatch(NAME, name):
        raise UserError(
            "an audience's name is lower case letters, digits and underscores, and begins with a letter",
            next_step="name it after who is in it, like tea_lovers",
        )
    path = _path(given, name)
    _expect_sound(given, name, text)
    with _SAVING:
        now = _text(given, name)
        if now != begun_from:
            raise UserError(
                f"somebody changed {name} while you wrote:\n" + "\n".join(diff(begun_from, now)),
                next_step="copy what you wrote, open the audience again, and put it in there",
            )
        write_atomically(path, text.encode())
    return Saved(name, tuple(diff(now, text)))


def diff(before: str, after: str) -> list[str]:
    r"""The lines that differ, with one around them: `+` is new, `-` is gone.

    >>> diff("rule: a\n", "rule: b\n")
    ['-rule: a', '+rule: b']
    """
    _, _, *lines = *difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1), "", ""
    return [line for line in lines if line and not line.startswith("@@")]


def with_rule(text: str, rule: object, description: str | None = None) -> str:
    """The text of a file with another rule; what else stands in it stays, its comments too.

    Raises:
        UserError: the text is no YAML of keys and values.
    """
    yaml = _yaml()
    try:
        held = yaml.load(text) or {}
        held["rule"] = rule
    except (YAMLError, TypeError):
        raise UserError("the text is no YAML any more", next_step="mend it in the YAML view") from None
    if description is not None:
        held["description"] = description
    out = io.StringIO()
    yaml.dump(held, out)
    return out.getvalue()


def one_line(value: object) -> str:
    """A value as YAML in one line.

    >>> one_line({"last": "90 days"}), one_line("tea"), one_line(None)
    ('{last: 90 days}', 'tea', '')
    """
    if value is None:
        return ""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width = True, 1_000_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment] # as it was written
    yaml.representer.ignore_aliases = lambda _: True
    out = io.StringIO()
    yaml.dump(value, out)
    return " ".join(out.getvalue().replace("\n...\n", "").split())


def from_line(text: str) -> object:
    """A value that was typed as YAML; None: nothing, the text itself where it is no YAML, which the rule's judge then tells."""
    try:
        return YAML(typ="safe").load(text)
    except YAMLError:
        return text


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 4096
    yaml.representer.ignore_aliases = lambda _: True  # a rule that stands twice is written twice
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _path(given: Given, name: str) -> Path:
    return given.project.path("audiences", f"{name}.yaml")


def _document(name: str, text: str) -> Document | Problem:
    file = f"audiences/{name}.yaml"
    if len(text) > MOST_CHARACTERS:
        return Problem(file, 0, "", f"is longer than {MOST_CHARACTERS:,} characters")
    return parse_document(text.encode("utf-8", "replace"), file)


def _expect_sound(given: Given, name: str, text: str) -> None:
    """Judge the whole project as it would be with this file.

    Raises:
        ProjectError: it would have problems that it has not now.
    """
    document = _document(name, text)
    if isinstance(document, Problem):
        raise ProjectError([document])
    _, before = judge(given.workspace)
    with _as_if(given, document):
        _, after = judge(given.workspace)
    known = {(each.file, each.path, each.message) for each in before}
    own = f"audiences/{name}.yaml"
    new = [each for each in after if each.file == own or (each.file, each.path, each.message) not in known]
    if new:
        raise ProjectError(new, next_step="mend what is named, then save again")


@contextmanager
def _as_if(given: Given, document: Document) -> Iterator[None]:
    """The project with a document in place of what has its name; the tables of this thread are nobody else's."""
    workspace, project = given.workspace, given.workspace.project
    others = [each for each in project.documents["audiences"] if each.name != document.name]
    audiences = tuple(sorted([*others, document], key=lambda each: each.name))
    workspace.project = replace(project, documents={**project.documents, "audiences": audiences})
    try:
        yield
    finally:
        workspace.project = project


def _told(problem: Problem) -> str:
    place = f"line {problem.line}, {problem.path}: " if problem.path else ""
    expected = f"; {problem.expected}" if problem.expected else ""
    return f"{place}{problem.message}{expected}"


DRAFT = Question("console audience draft", Action.SEE_COUNTS, _draft, seconds=60.0)
WORDS = Question("console words", Action.SEE_COUNTS, _words)
TEXT = Question("console audience text", Action.SEE_COUNTS, _text, seconds=0.0)
SAVE = Question(
    "console audience save", Action.CHANGE_AUDIENCES, _save, seconds=0.0, about=lambda name, *_: (name,)
)
