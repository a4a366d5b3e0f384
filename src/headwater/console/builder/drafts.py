"""Audiences that are being written: judged and counted as they are, compared with what is saved, and saved.

Reads what `audiences.py` reads. Writes one file of `audiences/` by `desk.files`: whole or not at all, and only over the very text
that it was begun from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from headwater.access.roles import Action
from headwater.audiences.chosen import Members, Unsaved, by_rules
from headwater.audiences.evaluate import Named
from headwater.audiences.parse import parse, parse_rule
from headwater.audiences.rule import All, Any, Not, Rule, describe
from headwater.audiences.vocabulary import Vocabulary
from headwater.console.audiences.known import vocabulary_of
from headwater.console.builder import rule_tree
from headwater.console.builder.left_open import left_open
from headwater.console.builder.rule_tree import Condition, Group, Part, Place
from headwater.console.desk import files
from headwater.console.desk.files import expect_sound, file_of, read_text
from headwater.console.desk.question import Given, Question
from headwater.core.documents import Document, parse_document
from headwater.core.errors import Problem, UserError
from headwater.engine.bitmaps import Words, count_packed, unpack
from headwater.privacy.anonymity.counts import Counting, Exact

MOST_CHARACTERS = 50_000


@dataclass(frozen=True)
class Leaves:
    """How many people are left with a part of a rule and those before it in its group; or, of alternatives, meet it.

    Attributes:
        n: None: too few to show.
        share: of everyone; `before`: what was there before it.
    """

    words: str
    n: int | None
    share: float
    before: float


@dataclass(frozen=True)
class Draft:
    """A rule that is being written.

    Attributes:
        problems: what is wrong with it; then its size is not known. `unsound`: the same by the place of each condition.
        words: in plain English, line by line with how deep each is.
        size: None if it is too few to show; `everyone`: how many there are in all.
        parts: what each part leaves, by its place.
        least: the floor below which numbers are not shown to who asks.
    """

    problems: tuple[str, ...] = ()
    unsound: Mapping[Place, str] = field(default_factory=dict)
    words: str = ""
    size: int | None = None
    share: float = 0.0
    parts: Mapping[Place, Leaves] = field(default_factory=dict)
    least: int | None = None


def _draft(given: Given, text: str) -> Draft:
    """What a text means now, and exactly how many people."""
    document = _document("draft", text)
    return Draft((_told(document),)) if isinstance(document, Problem) else _meant(given, document)


def _draft_rule(given: Given, rule: str) -> Draft:
    """The same of a rule by itself, as JSON: what a hand changes is counted without reading YAML."""
    if len(rule) > MOST_CHARACTERS:
        return Draft((f"the rule is longer than {MOST_CHARACTERS:,} characters",))
    return _meant(given, Document("draft", "", {"rule": json.loads(rule)}))


def _meant(given: Given, document: Document) -> Draft:
    vocabulary = vocabulary_of(given)
    rule = parse(document, vocabulary)
    data = document.data.get("rule") if isinstance(document.data, dict) else None
    tree = rule_tree.read(data)
    if isinstance(rule, list):
        return Draft(tuple(map(_told, rule)), dict(_unsound(tree, vocabulary)))
    return _counted(tree, rule, given, vocabulary)


def _counted(tree: Group, rule: Rule, given: Given, vocabulary: Vocabulary) -> Draft:
    with given.counting() as counting:
        is_deep = isinstance(counting, Exact)  # others have so many different answers a day, and no more
        rules = {
            place: _rule(part, vocabulary)
            for place, part in rule_tree.places(tree)
            if place and (is_deep or len(place) == 1)
        }
        named: dict[str, Named] = {_name(place): Unsaved(each) for place, each in rules.items()}
        members = by_rules({"": Unsaved(rule), **named}, given.workspace, given.definitions.audiences)
        sets = _with_those_before(tree, {place: members.sets.words[_name(place)] for place in rules})
        size = _count(members.sets.words[""], members, counting)
        counts = {place: _count(words, members, counting) for place, words in sets.items()}
    everyone = max(1, members.n_profiles)
    parts = {place: _leaves(place, tree, counts, describe(rules[place]), everyone) for place in rules}
    least = None if given.sees_small_counts else given.project.config.anonymity.least
    return Draft((), {}, describe(rule), size, (size or 0) / everyone, parts, least)


def _with_those_before(tree: Group, sets: Mapping[Place, Words]) -> dict[Place, Words]:
    """Who is met by each part: with those before it, where all must be met; otherwise by itself."""
    found = dict(sets)
    for place in sets:  # each after those before it
        if place[-1] and _is_narrowing(tree, place):
            found[place] = sets[place] & found[*place[:-1], place[-1] - 1]
    return found


def _is_narrowing(tree: Group, place: Place) -> bool:
    above = rule_tree.at(tree, place[:-1])
    return isinstance(above, Group) and above.kind == "all"


def _leaves(
    place: Place, tree: Group, counts: Mapping[Place, int | None], words: str, everyone: int
) -> Leaves:
    is_narrowing = _is_narrowing(tree, place)
    n, before = counts[place], everyone
    if is_narrowing and place[-1]:
        before = counts[(*place[:-1], place[-1] - 1)] or 0
    return Leaves(words, n, (n or 0) / everyone, before / everyone if is_narrowing else 0.0)


def _rule(part: Part, vocabulary: Vocabulary) -> Rule:
    """A part of a rule that is sound, as a rule."""
    if isinstance(part, Condition):
        rule = parse_rule(part.said, vocabulary)
        assert not isinstance(rule, list)  # noqa: S101 - the whole is sound
        return rule
    inner = tuple(_rule(each, vocabulary) for each in part.parts)
    made = All(inner) if part.kind in {"all", "not_all"} else Any(inner)
    return Not(made) if part.kind in {"none", "not_all"} else made


def _unsound(tree: Group, vocabulary: Vocabulary) -> Iterator[tuple[Place, str]]:
    """What is wrong with each condition."""
    for place, part in rule_tree.places(tree):
        if isinstance(part, Condition):
            found = parse_rule(part.said, vocabulary)
            if isinstance(found, list):
                yield place, "; ".join(left_open(part.said)[:3] or map(_told_beside, found[:3]))


def _count(words: Words, members: Members, counting: Counting) -> int | None:
    if isinstance(counting, Exact):
        return count_packed(words)
    return counting.crowd(members.universe.members(unpack(words, members.universe.size)))


def _name(place: Place) -> str:
    """A name that no audience can have."""
    return " ".join(("part", *map(str, place)))


def _text(given: Given, name: str) -> str:
    """An audience's file as it is now; empty: there is none."""
    try:
        return read_text(given.project.root, file_of(given.project.root, "audiences", name))
    except UserError:
        return ""


def _compare(given: Given, name: str, text: str, begun_from: str) -> files.Draft:
    """An audience's file as it would be, judged with the whole project; nothing is written.

    Args:
        given: by what it is judged.
        name: of the audience, and so of the file.
        text: the whole file.
        begun_from: the text that whoever wrote this began from; empty: a new audience.

    Raises:
        UserError: it cannot have that name, or has it already. ProjectError: it is not sound.
    """
    file = file_of(given.project.root, "audiences", name)
    if not begun_from and read_text(given.project.root, file):
        raise UserError(
            f"there is an audience '{name}' already", next_step="choose another name, or change that one"
        )
    return _sound(files.Draft(file, begun_from, text), given)


def _save(given: Given, draft: files.Draft) -> str:
    """Save an audience's file, if all of it is sound, and nobody changed it since; gives its path in the project.

    Raises:
        EditConflictError: somebody changed it. ProjectError: it is not sound. UserError: it is no audience's file.
    """
    path = PurePosixPath(draft.file)
    file = file_of(given.project.root, "audiences", path.stem, "/".join(path.parts[1:-1]))
    if file != draft.file:
        raise UserError(f"{path.stem} is in {file} by now", next_step="look at it anew, then change it there")
    files.save(given.project.root, _sound(draft, given))
    return file


def _sound(draft: files.Draft, given: Given) -> files.Draft:
    if len(draft.text) > MOST_CHARACTERS:
        raise UserError(
            f"{draft.file} is longer than {MOST_CHARACTERS:,} characters",
            next_step="put long lists of values into a trait or an uploaded list",
        )
    expect_sound(draft, given.workspace)
    return draft


def _name_in(draft: files.Draft) -> str:
    return PurePosixPath(draft.file).stem


def _document(name: str, text: str) -> Document | Problem:
    file = f"audiences/{name}.yaml"
    if len(text) > MOST_CHARACTERS:
        return Problem(file, 0, "", f"is longer than {MOST_CHARACTERS:,} characters")
    return parse_document(text.encode("utf-8", "replace"), file)


def _told(problem: Problem) -> str:
    place = f"line {problem.line}, {problem.path}: " if problem.path else ""
    return f"{place}{problem.message}" + (f"; {problem.expected}" if problem.expected else "")


def _told_beside(problem: Problem) -> str:
    """The same beside the condition: without where, and without all that could be said instead."""
    path = problem.path.removeprefix("rule").lstrip(".").replace("_", " ").replace(".", " ")
    path = re.sub(r"\[(\d+)\]", lambda found: f" {int(found[1]) + 1}", path)
    expected = f"; {problem.expected}" if problem.expected and "known:" not in problem.expected else ""
    return f"{path}: {problem.message}{expected}".removeprefix(": ")


DRAFT = Question("console audience draft", Action.SEE_COUNTS, _draft, seconds=60.0)
DRAFT_RULE = Question("console audience draft rule", Action.SEE_COUNTS, _draft_rule, seconds=60.0)
TEXT = Question("console audience text", Action.SEE_COUNTS, _text, seconds=0.0)
COMPARE = Question("console audience compare", Action.SEE_COUNTS, _compare, seconds=0.0)
SAVE = Question(
    "console audience save",
    Action.CHANGE_AUDIENCES,
    _save,
    seconds=0.0,
    about=lambda draft: (_name_in(draft),),
)
