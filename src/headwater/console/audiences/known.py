"""The words that a rule may use in a project, with their types: what it is judged by, and what forms know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.access.roles import Action
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import EVENT_PROPERTIES, Vocabulary
from headwater.console.desk.question import Given, Question
from headwater.flow.definitions import read_vocabulary_of


@dataclass(frozen=True)
class Known:
    """The names that a rule may use, and the types of what they name, as far as they are known."""

    events: tuple[str, ...]
    traits: Mapping[str, ValueType | None]
    properties: Mapping[str, ValueType]
    audiences: tuple[str, ...]
    lists: tuple[str, ...]


def vocabulary_of(given: Given) -> Vocabulary:
    """The words a rule may use, made once for the tables as they are."""
    made: Vocabulary = given.workspace.kept(
        "words of rules",
        ("events", "traits", "list_uploads"),
        lambda: read_vocabulary_of(given.definitions, given.workspace),
        given=id(given.definitions),
    )
    return made


def _known(given: Given) -> Known:
    known = vocabulary_of(given)
    return Known(
        tuple(sorted(known.events)),
        dict(sorted(known.traits.items())),
        {**known.properties, **EVENT_PROPERTIES},
        tuple(sorted(known.audiences)),
        tuple(sorted(known.lists)),
    )


WORDS = Question("console words", Action.SEE_COUNTS, _known)
