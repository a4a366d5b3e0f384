"""What a file in `matching/` says: whom to find among records that share no identifier, and by what.

# matching/people.yaml
level: person                   # or household: a last name at an address
attributes:                     # attribute: what it holds; left out, those whose names say it
  surname: last_name
  born: {kind: birth_date, format: "%d.%m.%Y"}
identifiers: [email, postal]    # left out, all that can be alike
threshold: 0.95                 # left out, it is chosen by what the probabilities promise
runs: with every run            # or by hand: `headwater identity match --apply`

Everything may be left out, and so may the file: then `headwater identity match` tries a model called `people`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from pydantic import Field, ValidationError

from headwater.core.config import NAME
from headwater.core.documents import Declaration, Document, Place, read_declaration
from headwater.core.errors import Problem, suggest
from headwater.core.project import Project
from headwater.identity.identifier import Identifier
from headwater.identity.likeness.names import recognised
from headwater.identity.matching.model import Kind, Level, MatchField, MatchModel

DEFAULT = "people"
SOURCE = "source"  # the column of records that says who named them


class ComparedAttribute(Declaration):
    """What an attribute holds, in full."""

    kind: Kind = Field(description="What the attribute holds.")
    format: str = Field(
        "%Y-%m-%d",
        description="How a birth date is written in text, as strptime has it; of no use to other kinds.",
    )


class MatchingFile(Declaration):
    """What a file in `matching/` may say."""

    also_called: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"fields": "attributes", "columns": "attributes", "probability": "threshold", "when": "runs"}
    )

    description: str = Field("", description="What it is for, for people.")
    level: Level = Field(
        "person",
        description="Whom to find: one person, whose records become one profile; or a household (a last name at an "
        "address), whose people stay profiles of their own.",
    )
    attributes: dict[str, Kind | ComparedAttribute] | None = Field(
        None,
        description="Attribute: what it holds. Of several of one kind the first that a record has counts. Left out: the "
        "attributes whose names say what they hold.",
    )
    identifiers: tuple[str, ...] | None = Field(
        None,
        description="Kinds of identifier that may be alike without being equal; all that can be, if left out.",
    )
    once_per_source: bool = Field(
        False,
        description="No source names anybody twice: only records that different sources named first are compared, and a "
        "record is linked to one record of another source at most.",
    )
    threshold: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="The probability from which a pair is a link; left out, it is chosen from what the probabilities promise.",
    )
    runs: Literal["with every run", "by hand"] = Field(
        "by hand",
        description="Whether every full run compares what is new; or only `headwater identity match --apply` does.",
    )


@dataclass(frozen=True)
class Model:
    """A file that is sound. `identifiers`: the kinds that it compares."""

    name: str
    said: MatchingFile
    identifiers: tuple[str, ...]

    def attributes(self, stated: Collection[str]) -> dict[str, ComparedAttribute]:
        """What each attribute holds, of those that are looked at; `stated`: those there are."""
        said: Mapping[str, Kind | ComparedAttribute]
        said = recognised(stated) if self.said.attributes is None else self.said.attributes
        return {
            name: each if isinstance(each, ComparedAttribute) else ComparedAttribute(kind=each)
            for name, each in said.items()
        }


@dataclass(frozen=True)
class Stated:
    """The attributes of a project. `is_open`: clients may state others yet. `traits`: the names of computed traits."""

    names: frozenset[str]
    is_open: bool = False
    traits: frozenset[str] = frozenset()


def comparable(kinds: Mapping[str, Identifier]) -> tuple[str, ...]:
    """The kinds of identifier that may be alike without being equal."""
    return tuple(name for name, kind in kinds.items() if kind.compared_as)


def models_or_default(models: Mapping[str, Model], kinds: Mapping[str, Identifier]) -> dict[str, Model]:
    """A project's models by name, or the one of a project that declares none."""
    return dict(models) or {DEFAULT: Model(DEFAULT, MatchingFile(), comparable(kinds))}


def household_models(models: Mapping[str, Model]) -> frozenset[str]:
    """The models whose households are traits of their name."""
    return frozenset(name for name, model in models.items() if model.said.level == "household")


def columns_of(kinds_of_attributes: Mapping[str, Kind]) -> dict[str, str]:
    """The column of a record that each attribute fills: that of its kind; of free text one of its own.

    >>> columns_of({"surname": "last_name", "motto": "text", "job": "text"})
    {'surname': 'last_name', 'motto': 'text', 'job': 'text_2'}
    """
    found: dict[str, str] = {}
    for attribute, kind in kinds_of_attributes.items():
        n_texts = sum(column.startswith("text") for column in found.values())
        found[attribute] = f"text_{n_texts + 1}" if kind == "text" and n_texts else kind
    return found


def match_model(said: MatchingFile, columns: Collection[str]) -> MatchModel:
    """What `matching` is told of records that have these columns.

    Raises:
        ValidationError: these columns tell nobody apart.
    """
    fields = [MatchField(kind=_kind(column), column=column) for column in columns]
    return MatchModel(
        level=said.level,
        source=SOURCE if said.once_per_source else None,
        once_per_source=said.once_per_source,
        threshold=said.threshold,
        fields=tuple(fields),
    )


def why_useless(said: MatchingFile, columns: Collection[str]) -> str:
    """Why these columns tell nobody apart; empty if they do."""
    if not columns:
        return "there is nothing to compare records by"
    try:
        match_model(said, columns)
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return ""


def _kind(column: str) -> Kind:
    return "text" if column.startswith("text") else column  # type: ignore[return-value]  # named after its kind


def read_models(
    project: Project, stated: Stated, kinds: Mapping[str, Identifier]
) -> tuple[dict[str, Model], list[Problem]]:
    """The files that are sound, and everything that is wrong with the others."""
    sound: dict[str, Model] = {}
    problems: list[Problem] = []
    for document in project.documents["matching"]:
        said = read_declaration(document, MatchingFile)
        found = said if isinstance(said, list) else list(_judge(document, said, stated, kinds))
        problems += found
        if not found and not isinstance(said, list):
            named = comparable(kinds) if said.identifiers is None else said.identifiers
            sound[document.name] = Model(document.name, said, named)
    return sound, problems


def _judge(
    document: Document, said: MatchingFile, stated: Stated, kinds: Mapping[str, Identifier]
) -> Iterator[Problem]:
    """Everything that is wrong with a file that says what such a file may say."""
    if not re.fullmatch(NAME, document.name):
        expected = "name it in lower case letters, digits and underscores"
        yield document.problem((), f"a model cannot be called '{document.name}'", expected=expected)
    if said.level == "household" and document.name in stated.names | stated.traits:
        expected = "give the file another name"
        yield document.problem((), f"there is a trait '{document.name}' already", expected=expected)
    unknown = [*_unknown_attributes(document, said, stated), *_unknown_identifiers(document, said, kinds)]
    yield from unknown
    if not unknown and (why := _useless(said, stated, kinds)):
        yield document.problem(_place(said), why, expected="say under `attributes` what they hold")


def _unknown_attributes(document: Document, said: MatchingFile, stated: Stated) -> Iterator[Problem]:
    for name in said.attributes or () if not stated.is_open else ():
        if name not in stated.names:
            message = f"no source states an attribute '{name}'"
            yield document.problem(("attributes", name), message, expected=suggest(name, stated.names))


def _unknown_identifiers(
    document: Document, said: MatchingFile, kinds: Mapping[str, Identifier]
) -> Iterator[Problem]:
    known = comparable(kinds)
    for place, name in enumerate(said.identifiers or ()):
        if name not in known:
            no = "is the same or another, and never alike" if name in kinds else "is no kind of identifier"
            yield document.problem(("identifiers", place), f"'{name}' {no}", expected=suggest(name, known))


def _useless(said: MatchingFile, stated: Stated, kinds: Mapping[str, Identifier]) -> str:
    """Why what is compared tells nobody apart; nothing if attributes may come of which nobody knows yet."""
    if said.attributes is None and stated.is_open:
        return ""
    model = Model("", said, comparable(kinds) if said.identifiers is None else said.identifiers)
    attributes = {name: each.kind for name, each in model.attributes(stated.names).items()}
    columns = [*columns_of(attributes).values()]
    columns += [kind for name in model.identifiers for kind in kinds[name].compared_as]
    return why_useless(said, list(dict.fromkeys(columns)))


def _place(said: MatchingFile) -> Place:
    return () if said.attributes is None else ("attributes",)
