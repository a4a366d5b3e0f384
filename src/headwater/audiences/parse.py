"""From YAML to a rule, or to every problem in it.

Reads an audience's document (`audiences/*.yaml`) against what a project knows. `parse` reads one rule;
`read_audiences` all files of a project, and finds circles among them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import Field

from headwater.audiences.operator import operators
from headwater.audiences.reading import Reader
from headwater.audiences.rule import MOST_LEVELS, All, Any, Not, Rule, needs_of
from headwater.audiences.terms import NO_TERMS, Terms, TermsFields, misordered, read_terms
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.config import NAME
from headwater.core.documents import Document, Place
from headwater.core.errors import Problem, suggest
from headwater.core.project import Project

BRANCHES = ("all", "any", "not")


class AudienceFields(TermsFields):
    """What an audience's file may say."""

    description: str = Field("", description="Who they are, in words.")
    purpose: str | None = Field(
        None, description="What they are reached for, unless a destination says otherwise."
    )
    rule: object = Field(description="Who is in it.")


@dataclass(frozen=True)
class Audience:
    """A named rule. `purpose`: the default purpose for its activation; `terms`: on which destinations are told of it."""

    name: str
    description: str
    purpose: str | None
    rule: Rule
    document: Document
    terms: Terms = NO_TERMS


def parse(document: Document, vocabulary: Vocabulary) -> Rule | list[Problem]:
    """The rule of an audience's document, or all that is wrong with it."""
    data = document.data
    if not isinstance(data, dict) or "rule" not in data:
        return [document.problem((), "'rule' is missing")]
    reader = Reader(document, vocabulary)
    rule = _rule(data["rule"], ("rule",), 1, reader)
    return rule if rule is not None and not reader.problems else reader.problems


def parse_rule(data: object, vocabulary: Vocabulary) -> Rule | list[Problem]:
    """A rule that stands in no file, such as one being tried out."""
    return parse(Document("the rule", "", {"rule": data}), vocabulary)


def read_audiences(project: Project, vocabulary: Vocabulary) -> tuple[dict[str, Audience], list[Problem]]:
    """The audiences of a project by name, and every problem in the others.

    An audience that refers to one with problems is left out too, so that those given can be evaluated.
    """
    documents = project.documents["audiences"]
    known = replace(vocabulary, audiences=frozenset(document.name for document in documents))
    audiences: dict[str, Audience] = {}
    problems: list[Problem] = []
    for document in documents:
        read = _audience(document, known, project)
        if isinstance(read, Audience):
            audiences[read.name] = read
        else:
            problems += read
    problems += _circles(audiences)
    return _complete(audiences), problems


def _audience(document: Document, vocabulary: Vocabulary, project: Project) -> Audience | list[Problem]:
    reader = Reader(document, vocabulary)
    if not re.fullmatch(NAME, document.name):
        reader.problem(
            (), "the file's name must be lower case letters, digits and underscores", value=document.name
        )
    fields = reader.fields(AudienceFields, document.data, ())
    purposes = project.config.purposes
    if fields and fields.purpose is not None and fields.purpose not in purposes:
        reader.problem(
            ("purpose",),
            f"there is no purpose '{fields.purpose}'",
            expected=suggest(fields.purpose, purposes),
        )
    rule = parse(document, vocabulary) if _has_rule(document.data) else []
    terms = read_terms(document.name, fields, project.clock) if fields else NO_TERMS
    reader.problems += misordered(document, terms)
    if reader.problems or fields is None or isinstance(rule, list):
        return [*reader.problems, *(rule if isinstance(rule, list) else [])]
    return Audience(document.name, fields.description, fields.purpose, rule, document, terms)


def _has_rule(data: object) -> bool:
    return isinstance(data, dict) and "rule" in data


def _rule(given: object, place: Place, level: int, reader: Reader) -> Rule | None:
    if not isinstance(given, dict) or not given:
        reader.problem(place, "must be a condition", value=given, expected=_known())
        return None
    if level > MOST_LEVELS:
        reader.problem(
            place, f"is nested deeper than {MOST_LEVELS} levels", expected="move a part into an audience"
        )
        return None
    branches = [key for key in BRANCHES if key in given]
    if branches:
        return _branch(branches[0], given, place, level, reader)
    return _leaf(given, place, reader)


def _branch(key: str, given: Mapping[str, object], place: Place, level: int, reader: Reader) -> Rule | None:
    for other in given:
        if other != key:
            reader.problem(
                (*place, other), f"'{other}' cannot stand beside '{key}'", expected=f"put it into `{key}`"
            )
    inner, at = given[key], (*place, key)
    if key == "not":
        denied = _rule(inner, at, level + 1, reader)
        return None if denied is None else Not(denied)
    if not isinstance(inner, list) or not inner:
        reader.problem(at, "must be a list of at least one condition", value=inner)
        return None
    read = [_rule(each, (*at, index), level + 1, reader) for index, each in enumerate(inner)]
    rules = tuple(rule for rule in read if rule is not None)
    return All(rules) if key == "all" else Any(rules)


def _leaf(given: Mapping[str, object], place: Place, reader: Reader) -> Rule | None:
    named = [key for key in given if key in operators()]
    if not named:
        first = next(iter(given))
        reader.problem((*place, first), f"there is no operator '{first}'", expected=_known(first))
        return None
    if len(named) > 1:
        reader.problem(place, f"is two conditions: {' and '.join(named)}", expected="put both into `all`")
        return None
    operator = operators()[named[0]]
    fields = reader.fields(operator.fields, dict(given), place)
    if fields is None:
        # What is sound beside the mistake is judged all the same: all that is wrong is told at once.
        rest = reader.sound(operator.fields, given)
        if rest is not None:
            operator.read(rest, place, reader)
        return None
    return operator.read(fields, place, reader)


def _known(name: str = "") -> str:
    return suggest(name, [*BRANCHES, *operators()])


def _circles(audiences: Mapping[str, Audience]) -> list[Problem]:
    """A problem for each circle of audiences that refer to each other."""
    problems: list[Problem] = []
    done: set[str] = set()
    for start in sorted(audiences):
        circle = _circle_from(start, audiences, (), done)
        if circle:
            document = audiences[circle[0]].document
            shown = " → ".join((*circle, circle[0]))
            problems.append(
                document.problem(("rule",), f"audiences refer to each other in a circle: {shown}")
            )
            done.update(circle)
    return problems


def _circle_from(
    name: str, audiences: Mapping[str, Audience], path: tuple[str, ...], done: set[str]
) -> tuple[str, ...]:
    if name in path:
        circle = path[path.index(name) :]
        first = circle.index(min(circle))
        return circle[first:] + circle[:first]
    if name in done or name not in audiences:
        return ()
    for other in sorted(needs_of(audiences[name].rule).audiences):
        circle = _circle_from(other, audiences, (*path, name), done)
        if circle:
            return circle
    done.add(name)
    return ()


def _complete(audiences: Mapping[str, Audience]) -> dict[str, Audience]:
    """Those whose references, and theirs, can all be followed to the end."""
    kept: dict[str, Audience] = {}
    grows = True
    while grows:
        ready = [
            name
            for name, audience in audiences.items()
            if name not in kept and needs_of(audience.rule).audiences <= kept.keys()
        ]
        kept |= {name: audiences[name] for name in ready}
        grows = bool(ready)
    return {name: audiences[name] for name in audiences if name in kept}
