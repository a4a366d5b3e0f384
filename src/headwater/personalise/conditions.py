"""For whom a rule of a placement is: the audience rule language, as far as a live person can answer it.

Reads what stands under `when`; gives a rule, or what is wrong with it. The live store holds a person's traits and the
audiences they are in, kept up to date event by event; it holds no events. Whatever else a rule asks belongs into an
audience, which is worked out beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from headwater.audiences.operator import operators
from headwater.audiences.parse import BRANCHES, parse
from headwater.audiences.rule import Rule
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.documents import Document, Place, show_place
from headwater.core.errors import Problem

ANSWERED = ("in_audience", "trait")
"""The operators that a live person can answer."""

_SEEN = {
    "in_list": "lists",
    "household_of": "other people of the household",
    "top": "all other people",
    "sample": "everyone shuffled",
    "split": "everyone shuffled",
    "sql": "the tables",
}


def read_when(
    given: object, place: Place, document: Document, vocabulary: Vocabulary
) -> Rule | list[Problem]:
    """The conditions that stand at a place of a placement's file, or all that is wrong with them."""
    unanswered = dict(_unanswered(given, place))
    read = parse(_alone(given, place, document), vocabulary)
    problems = [_moved(problem, place) for problem in read] if isinstance(read, list) else []
    paths = tuple(show_place(at) for at in unanswered)
    # What else is wrong with a condition that cannot stand here need not be mended.
    others = [problem for problem in problems if not problem.path.startswith(paths)] if paths else problems
    found = [*others, *(_problem(name, at, document) for at, name in unanswered.items())]
    return found if found or isinstance(read, list) else read


def _unanswered(given: object, place: Place) -> Iterator[tuple[Place, str]]:
    """Places of conditions that a live person cannot answer, each with its operator."""
    if isinstance(given, list):
        for index, inner in enumerate(given):
            yield from _unanswered(inner, (*place, index))
    elif isinstance(given, dict):
        branches = [key for key in given if key in BRANCHES]
        for key in branches:
            yield from _unanswered(given[key], (*place, key))
        named = [key for key in given if key in operators() and key not in ANSWERED]
        if named and not branches:
            yield place, named[0]


def _problem(name: str, place: Place, document: Document) -> Problem:
    seen = _SEEN.get(name, "events")
    return document.problem(
        (*place, name),
        f"'{name}' looks at {seen}, but here only traits and audiences are at hand",
        expected="put the condition into an audience, and write `in_audience: NAME` here",
    )


def _alone(given: object, place: Place, document: Document) -> Document:
    """What stands at a place as a document of its own; its name is none that an audience could have."""
    lines = {
        ("rule", *at[len(place) :]): line for at, line in document.lines.items() if at[: len(place)] == place
    }
    return Document(document.file, "", {"rule": given}, {("rule",): document.line(place), **lines})


def _moved(problem: Problem, place: Place) -> Problem:
    return replace(problem, path=show_place(place) + problem.path.removeprefix("rule"))
