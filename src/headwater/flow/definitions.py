"""Everything a project folder defines, judged as a whole: all problems at once, or all definitions.

Reads the project's files, and the lake for the names of events and traits that exist already; `examine` also looks at what
the sources read and at the secrets of this environment. A name that a file with mistakes declares counts as known, so that
one mistake is told once, where it was made.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from headwater.activate.declare import DeclaredDestination, read_destinations
from headwater.activate.outgoing import Outgoing
from headwater.activate.secrets import with_secrets
from headwater.audiences.lineage import Lineage, read_lineage, with_audiences
from headwater.audiences.parse import Audience, read_audiences
from headwater.audiences.vocabulary import Vocabulary, read_vocabulary
from headwater.collect.declare import Collector, missing_variables, read_collectors
from headwater.collect.tracking_plan.plan import STATING, Plan, read_plans
from headwater.core.config import CORRECTION, ON_REQUEST
from headwater.core.documents import Declared, Document, leaves
from headwater.core.errors import Problem, ProjectError, SettingsError, suggest
from headwater.core.project import CONFIG, KINDS, Project
from headwater.flow.agreements import Agreement, read_agreements
from headwater.flow.refused import gate_problems, refused_audiences, refused_deliveries
from headwater.identity.declare import Rules, read_rules
from headwater.identity.identifier import identifier_kinds, lookup_kinds
from headwater.identity.likeness.declare import Model, Stated, household_models, read_models
from headwater.personalise.placements import Placement, read_placements
from headwater.privacy.wishes import unknown_signals
from headwater.profiles.trait import TraitDeclaration, read_traits, trait_type
from headwater.sources.declare import SourceDeclaration, read_sources
from headwater.sources.look import look
from headwater.tables.table import Type
from headwater.tables.workspace import Workspace

VIEWS = frozenset({"page", "screen"})


@dataclass(frozen=True)
class Definitions:
    """What a project defines, every part sound."""

    collectors: Mapping[str, Collector]
    plans: Mapping[str, Plan]
    sources: Mapping[str, Declared[SourceDeclaration]]
    identifiers: Rules
    matching: Mapping[str, Model]
    traits: Mapping[str, Declared[TraitDeclaration]]
    audiences: Mapping[str, Audience]
    destinations: Mapping[str, DeclaredDestination]
    placements: Mapping[str, Placement]
    lineage: Lineage
    cleanrooms: Mapping[str, Agreement] = field(default_factory=dict)

    @property
    def outgoing(self) -> Mapping[str, Outgoing]:
        """What each audience brings along to destinations."""
        return {
            name: Outgoing(self.lineage.of_audience(name), audience.terms)
            for name, audience in self.audiences.items()
        }


@dataclass(frozen=True)
class Findings:
    """What a project defines, and what keeps it from running.

    Attributes:
        problems: mistakes in its files, and in what they name.
        warnings: what this environment lacks to run it: the files may be right.
    """

    definitions: Definitions
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def read_definitions(workspace: Workspace) -> Definitions:
    """All definitions of the project.

    Raises:
        ProjectError: with every problem in every file.
    """
    definitions, problems = judge(workspace)
    if problems:
        raise project_error(problems)
    return definitions


def examine(workspace: Workspace) -> Findings:
    """Everything that would stop a run, as far as a look tells: files, columns, databases and secrets included."""
    definitions, problems = judge(workspace)
    seen = [look(document, workspace) for document in workspace.project.documents["sources"]]
    looked = [problem for each in seen for problem in each.problems]
    warnings = [warning for each in seen for warning in each.warnings]
    warnings += [warning for each in definitions.collectors.values() for warning in _keys(each)]
    warnings += [warning for each in definitions.destinations.values() for warning in _secrets(each)]
    return Findings(definitions, in_order([*problems, *looked]), in_order(warnings))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order in which data flows, from collectors and sources to clean rooms; by file and line."""
    folders = (CONFIG, *KINDS)

    def rank(problem: Problem) -> tuple[int, Problem]:
        folder = PurePosixPath(problem.file).parts[0]
        return (folders.index(folder) if folder in folders else len(folders), problem)

    return sorted(problems, key=rank)


def project_error(problems: Iterable[Problem]) -> ProjectError:
    """The error that tells problems in the order in which data flows; by itself it tells them by the alphabet."""
    error = ProjectError(problems)
    error.problems = tuple(in_order(error.problems))
    head, *_ = error.message.splitlines()
    error.message = "\n".join([head, *(f"  {problem}" for problem in error.problems)])
    error.args = (error.message,)
    return error


def judge(workspace: Workspace) -> tuple[Definitions, list[Problem]]:
    """The sound definitions, and every problem in the others."""
    project = workspace.project
    collectors, collector_problems = read_collectors(project)
    plans, plan_problems = read_plans(project)
    sources, source_problems = read_sources(project)
    identifiers, identifier_problems = read_rules(project, identifier_kinds())
    traits, trait_problems = read_traits(project)
    stated = _stated(sources, traits, workspace)
    matching, matching_problems = read_models(project, stated, identifier_kinds())
    households = household_models(matching)
    vocabulary = _vocabulary(sources, traits, households, live_events(project, plans), workspace)
    vocabulary = replace(vocabulary, unread=_unread(project, plans, sources, traits))
    audiences, audience_problems = read_audiences(project, vocabulary)
    destinations, destination_problems = read_destinations(
        project, sorted(vocabulary.audiences | _unreadable(project, "audiences")), sorted(lookup_kinds())
    )
    lineage = with_audiences(read_lineage(project, sources, plans, traits, matching), audiences)
    placements, placement_problems = read_placements(project, vocabulary, lineage)
    cleanrooms, cleanroom_problems = read_agreements(
        project, vocabulary.audiences | _unreadable(project, "audiences")
    )
    problems = [
        *project.unreadable,
        *collector_problems,
        *plan_problems,
        *source_problems,
        *_unknown_identifiers(sources),
        *_unknown_identifiers_of_webhooks(collectors),
        *_open_identifiers(sources),
        *_unknown_priorities(project, sources),
        *_taken_names(project),
        *_unknown_in_retention(project),
        *unknown_signals(project),
        *identifier_problems,
        *matching_problems,
        *trait_problems,
        *audience_problems,
        *destination_problems,
        *placement_problems,
        *gate_problems(project, vocabulary),
        *refused_audiences(project, audiences, lineage),
        *refused_deliveries(project, destinations, audiences, lineage),
        *cleanroom_problems,
    ]
    definitions = Definitions(
        collectors,
        plans,
        sources,
        identifiers,
        matching,
        traits,
        audiences,
        destinations,
        placements,
        lineage,
        cleanrooms,
    )
    return definitions, in_order(problems)


def _stated(
    sources: Mapping[str, Declared[SourceDeclaration]],
    traits: Mapping[str, Declared[TraitDeclaration]],
    workspace: Workspace,
) -> Stated:
    """The attributes that sources state, or stated once; what clients and files with mistakes may state is open."""
    project = workspace.project
    held = workspace.engine.table("SELECT DISTINCT attribute FROM attributes")["attribute"].to_pylist()
    declared = {name for source in sources.values() for name in source.value.attribute_columns()}
    is_open = bool(project.documents["collectors"] or _unreadable(project, "sources"))
    is_open = is_open or len(sources) < len(project.documents["sources"])
    return Stated(frozenset(held) | declared, is_open, frozenset(traits))


def read_vocabulary_of(definitions: Definitions, workspace: Workspace) -> Vocabulary:
    """The words a rule may use in a sound project."""
    live = live_events(workspace.project, definitions.plans)
    households = household_models(definitions.matching)
    return _vocabulary(definitions.sources, definitions.traits, households, live, workspace)


def live_events(project: Project, plans: Mapping[str, Plan]) -> frozenset[str]:
    """The names of the events that are expected live: those of the plans and, if anything is collected, page and screen."""
    planned = {plan.said.event for plan in plans.values()} - {*STATING, "alias"}
    return frozenset(planned) | (VIEWS if project.documents["collectors"] else frozenset())


def fingerprint(documents: tuple[Document, ...], *others: object) -> str:
    """Changes when any of the documents, or of the other things, does."""
    held = [[document.file, document.data] for document in documents]
    text = json.dumps([held, *others], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _vocabulary(
    sources: Mapping[str, Declared[SourceDeclaration]],
    traits: Mapping[str, Declared[TraitDeclaration]],
    households: Collection[str],
    live: frozenset[str],
    workspace: Workspace,
) -> Vocabulary:
    """What the tables hold already, and what the definitions and clients (`live`) will put there."""
    declared = {
        name: attribute.type
        for source in sources.values()
        for name, attribute in source.value.attribute_columns().items()
    }
    computed = {name: trait_type(trait.value).value for name, trait in traits.items()}
    computed |= dict.fromkeys(households, Type.TEXT.value)
    known = _with_open_types(
        read_vocabulary(workspace, {**declared, **computed}), {*declared, *computed}, workspace
    )
    events = {source.value.event.name for source in sources.values() if source.value.event}
    said = (events | live) - VIEWS
    # Where no file says what happens, clients may call what they do anything: what some have done already is no list of it.
    is_open = bool(workspace.project.documents["collectors"]) and not said
    return replace(known, events=frozenset() if is_open else known.events | events | live)


def _with_open_types(known: Vocabulary, declared: Collection[str], workspace: Workspace) -> Vocabulary:
    """The words, without the types of traits that only clients state: whoever has a browser's key could say another one."""
    if not workspace.project.documents["collectors"]:
        return known
    return replace(
        known, traits={name: kind if name in declared else None for name, kind in known.traits.items()}
    )


def _unread(
    project: Project,
    plans: Mapping[str, object],
    sources: Mapping[str, object],
    traits: Mapping[str, object],
) -> frozenset[str]:
    """The names that files with mistakes declare: traits, events and audiences to be, as far as the files can be read."""
    broken = [document for document in project.documents["sources"] if document.name not in sources]
    names = {name for document in broken for name in _declared_names(document.data)}
    planned = [document.data for document in project.documents["plans"] if document.name not in plans]
    names |= {str(plan["event"]) for plan in planned if isinstance(plan, dict) and "event" in plan}
    names |= {document.name for document in project.documents["traits"] if document.name not in traits}
    names |= _unreadable(project, "traits") | _unreadable(project, "audiences")
    return frozenset(names | _words(project))


def _declared_names(source: object) -> Iterator[str]:
    """The attributes and the event that a source's plain data names."""
    if isinstance(source, dict):
        attributes, event = source.get("attributes"), source.get("event")
        yield from attributes if isinstance(attributes, dict) else ()
        if isinstance(event, dict) and isinstance(event.get("name"), str):
            yield event["name"]


def _unreadable(project: Project, kind: str) -> frozenset[str]:
    """The names of the files of a kind that are no YAML."""
    files = [PurePosixPath(problem.file) for problem in project.unreadable]
    return frozenset(file.stem for file in files if file.parts[0] == kind)


def _words(project: Project) -> set[str]:
    """Every word in sources and plans that are no YAML, and every line's value: the names that they declare are among them."""
    folders = ("sources/", "plans/")
    files = {problem.file for problem in project.unreadable if problem.file.startswith(folders)}
    texts = [project.path(file).read_text(encoding="utf-8", errors="replace") for file in files]
    return {
        word for text in texts for pattern in (r"\w+", r"(?<=: )[^\n]+") for word in re.findall(pattern, text)
    }


def _keys(collector: Collector) -> Iterator[Problem]:
    """What the environment lacks of a collector's keys."""
    for name in missing_variables(collector):
        yield collector.document.problem(
            ("keys",),
            f"the environment variable {name} is not set",
            expected="set it in the environment of the command that collects",
        )


def _secrets(destination: DeclaredDestination) -> Iterator[Problem]:
    """What the environment lacks of a destination's secrets."""
    document = destination.document
    try:
        with_secrets(destination.settings, document.file)
    except SettingsError as error:
        named = set(re.findall(r"\w+", error.message))
        given = document.data.get("settings") if isinstance(document.data, dict) else None
        places = [
            place for place, value in leaves(given) if named & set(re.findall(r"\$\{(\w+)\}", str(value)))
        ]
        message = error.message.removeprefix(f"{document.file}: ")
        yield document.problem(("settings", *next(iter(places), ())), message, expected=error.next_step or "")


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


def _open_identifiers(sources: Mapping[str, Declared[SourceDeclaration]]) -> list[Problem]:
    """Attributes that are identifiers: those lie sealed, attributes lie open."""
    direct = {name for name, kind in identifier_kinds().items() if kind.is_direct}
    return [
        source.document.problem(
            ("attributes", name),
            f"an attribute would keep {name} in the open",
            expected=f"name the column under identifiers, as {name}: there it is sealed",
        )
        for source in sources.values()
        for name in source.value.attribute_columns()
        if name in direct
    ]


def _unknown_identifiers_of_webhooks(collectors: Mapping[str, Collector]) -> list[Problem]:
    """Of every wire format whose settings name identifiers."""
    kinds = identifier_kinds()
    return [
        collector.document.problem(
            ("formats", name, "identifiers", kind),
            f"there is no kind of identifier '{kind}'",
            expected=suggest(kind, kinds),
        )
        for collector in collectors.values()
        for name, said in collector.settings.items()
        for kind in getattr(said, "identifiers", ())
        if kind not in kinds
    ]


def _taken_names(project: Project) -> list[Problem]:
    """Of sources and collectors whose statements would be taken for those of privacy requests."""
    return [
        document.problem(
            (), f"'{document.name}' is the name of statements by privacy requests", expected="another name"
        )
        for kind in ("collectors", "sources")
        for document in project.documents[kind]
        if document.name in (CORRECTION, ON_REQUEST)
    ]


def _unknown_in_retention(project: Project) -> list[Problem]:
    """Sources and purposes whose data is to be kept for some time, and that there are not."""
    retention = project.config.retention
    if retention is None:
        return []
    named = {
        kind: {each.name for each in project.documents[kind]} | _unreadable(project, kind)
        for kind in ("collectors", "sources")
    }
    sources = set().union(*named.values())
    return [
        project.config_document.problem(
            ("retention", field_, name), f"there is no {what} '{name}'", expected=suggest(name, known)
        )
        for field_, what, known in (
            ("sources", "source or collector", sources),
            ("purposes", "purpose", set(project.config.purposes)),
        )
        for name in getattr(retention, field_)
        if name not in known
    ]


def _unknown_priorities(project: Project, sources: Mapping[str, object]) -> list[Problem]:
    known = {document.name for document in project.documents["sources"]} | _unreadable(project, "sources")
    return [
        project.config_document.problem(
            ("source_priority", place), f"there is no source '{name}'", expected=suggest(name, known)
        )
        for place, name in enumerate(project.config.source_priority)
        if name not in known and name not in sources
    ]
