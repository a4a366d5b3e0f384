"""Everything a project folder defines, judged as a whole: all problems at once, or all definitions.

Reads the project's files, and the lake for the names of events and traits that exist already.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from headwater.activate.declare import DeclaredDestination, read_destinations
from headwater.audiences.parse import Audience, read_audiences
from headwater.audiences.vocabulary import Vocabulary, read_vocabulary
from headwater.core.documents import Declared, Document
from headwater.core.errors import Problem, ProjectError, suggest
from headwater.core.project import Project
from headwater.identity.identifier import identifier_kinds
from headwater.profiles.trait import TraitDeclaration, read_traits, trait_type
from headwater.sources.declare import SourceDeclaration, read_sources
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class Definitions:
    """What a project defines, every part sound."""

    sources: Mapping[str, Declared[SourceDeclaration]]
    traits: Mapping[str, Declared[TraitDeclaration]]
    audiences: Mapping[str, Audience]
    destinations: Mapping[str, DeclaredDestination]


def read_definitions(workspace: Workspace) -> Definitions:
    """All definitions of the project.

    Raises:
        ProjectError: with every problem in every file.
    """
    definitions, problems = judge(workspace)
    if problems:
        raise ProjectError(problems)
    return definitions


def judge(workspace: Workspace) -> tuple[Definitions, list[Problem]]:
    """The sound definitions, and every problem in the others."""
    project = workspace.project
    sources, source_problems = read_sources(project)
    traits, trait_problems = read_traits(project)
    vocabulary = _vocabulary(sources, traits, workspace)
    audiences, audience_problems = read_audiences(project, vocabulary)
    destinations, destination_problems = read_destinations(
        project, sorted(vocabulary.audiences), sorted(identifier_kinds())
    )
    problems = [
        *project.unreadable,
        *source_problems,
        *_unknown_identifiers(sources),
        *_unknown_priorities(project, sources),
        *trait_problems,
        *audience_problems,
        *destination_problems,
    ]
    return Definitions(sources, traits, audiences, destinations), sorted(problems)


def read_vocabulary_of(definitions: Definitions, workspace: Workspace) -> Vocabulary:
    """The words a rule may use in a sound project."""
    return _vocabulary(definitions.sources, definitions.traits, workspace)


def fingerprint(documents: tuple[Document, ...], *others: object) -> str:
    """Changes when any of the documents, or of the other things, does."""
    held = [[document.file, document.data] for document in documents]
    text = json.dumps([held, *others], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _vocabulary(
    sources: Mapping[str, Declared[SourceDeclaration]],
    traits: Mapping[str, Declared[TraitDeclaration]],
    workspace: Workspace,
) -> Vocabulary:
    """What the tables hold already, and what the definitions will put there."""
    declared = {
        name: attribute.type
        for source in sources.values()
        for name, attribute in source.value.attribute_columns().items()
    }
    computed = {name: trait_type(trait.value).value for name, trait in traits.items()}
    known = read_vocabulary(workspace, {**declared, **computed})
    events = {source.value.event.name for source in sources.values() if source.value.event}
    return replace(known, events=known.events | events)


def _unknown_identifiers(sources: Mapping[str, Declared[SourceDeclaration]]) -> list[Problem]:
    kinds = identifier_kinds()
    return [
        source.document.problem(
            ("identifiers", kind), f"there is no kind of identifier '{kind}'", expected=suggest(kind, kinds)
        )
        for source in sources.values()
        for kind in source.value.identifiers
        if kind not in kinds
    ]


def _unknown_priorities(project: Project, sources: Mapping[str, object]) -> list[Problem]:
    known = {document.name for document in project.documents["sources"]}
    return [
        project.config_document.problem(
            ("source_priority", place), f"there is no source '{name}'", expected=suggest(name, known)
        )
        for place, name in enumerate(project.config.source_priority)
        if name not in known and name not in sources
    ]
