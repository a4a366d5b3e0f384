"""One source, as its page shows it: its runs, what becomes of its columns, what it refused, and its file.

Reads the definitions, `source_loads`, `rejected_events` and the source's file, which is shown without what looks like a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from headwater.access.roles import Action
from headwater.console.desk.question import Given, Question
from headwater.console.sources.questions import FOLDERS, Listed, listed, said_of
from headwater.console.sources.told import told_text
from headwater.core.documents import Document
from headwater.core.errors import NotFoundError
from headwater.engine.query import DIALECT, literal
from headwater.explore.rejections import Group, Which, groups
from headwater.sources.look import look
from headwater.tables.workspace import Workspace

N_RUNS = 50


@dataclass(frozen=True)
class Run:
    """What one run took in of a source."""

    loaded_at: datetime
    n_objects: int
    n_received: int
    n_accepted: int
    n_rejected: int
    object: str


@dataclass(frozen=True)
class Mapped:
    """What a part of a source's rows becomes: `what` is a property, an attribute, an identifier …"""

    what: str
    name: str
    column: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class OneSource:
    """A source with all that there is to know of it.

    Attributes:
        facts: what its file says beside the mapping, in words.
        text: its file, without what must not be seen; empty: there is none.
        columns: those found at its last run.
    """

    listed: Listed
    runs: tuple[Run, ...]
    facts: tuple[tuple[str, str], ...]
    mapped: tuple[Mapped, ...]
    refused: tuple[Group, ...]
    file: str
    text: str


def _one(given: Given, name: str) -> OneSource:
    """One source.

    Raises:
        NotFoundError: there is none of that name.
    """
    known = {each.name: each for each in listed(given)}
    if name not in known:
        raise NotFoundError("source", name, sorted(known))
    document = next(
        (each for folder in FOLDERS for each in given.project.documents[folder] if each.name == name), None
    )
    return OneSource(
        known[name],
        _runs(name, given.workspace),
        _facts(given, name),
        _mapping(given, name),
        groups(given.workspace, Which(source=name)),
        document.file if document else "",
        _text(given, document) if document else "",
    )


def _runs(name: str, workspace: Workspace) -> tuple[Run, ...]:
    rows = workspace.engine.table(
        "SELECT loaded_at, count(*)::BIGINT AS n_objects, sum(n_received)::BIGINT AS n_received, "
        "sum(n_accepted)::BIGINT AS n_accepted, sum(n_rejected)::BIGINT AS n_rejected, max(object) AS object "
        f"FROM source_loads WHERE source = {literal(name).sql(DIALECT)} "
        f"GROUP BY loaded_at ORDER BY loaded_at DESC LIMIT {N_RUNS}"
    ).to_pylist()
    return tuple(Run(**row) for row in rows)


def _facts(given: Given, name: str) -> tuple[tuple[str, str], ...]:
    """What a file says beside its mapping."""
    if name in given.definitions.sources:
        source = given.definitions.sources[name].value
        told = [("Time zone", source.time_zone or given.project.config.time_zone)]
        if source.event is not None:
            told += [("Event", source.event.name), ("Time of the event", source.event.time)]
            told += [("What makes a row the same row", ", ".join(source.event.key) or "its place")]
        return tuple(told)
    if name in given.definitions.collectors:
        collector = given.definitions.collectors[name]
        said = collector.said
        kept_aside = said.plan == "quarantine"
        return (
            ("Wire formats", ", ".join(sorted(collector.settings))),
            ("Against the plan", "kept aside for repair" if kept_aside else "taken in, and reported"),
            ("Clients' addresses", said.ip),
            ("Crawlers", "are taken, too" if said.keep_bots else "are kept aside"),
            ("Keys", f"{len(said.keys):,}, {'secret, of servers' if said.private else 'public, of pages'}"),
        )
    return ()


def _mapping(given: Given, name: str) -> tuple[Mapped, ...]:
    """What becomes of a source's columns."""
    if name not in given.definitions.sources:
        return ()
    source = given.definitions.sources[name].value
    made = [Mapped("identifier", kind, column) for kind, column in source.identifiers.items()]
    if source.event is not None:
        made += [Mapped("property", each, " + ".join(of)) for each, of in source.event.columns().items()]
        made += [Mapped("property", each, f"always {value}") for each, value in source.event.fixed.items()]
    for each, attribute in source.attribute_columns().items():
        made.append(Mapped("attribute", each, attribute.column))
    for consent in source.consents:
        made.append(
            Mapped("consent", consent.purpose or str(consent.signal), consent.column or str(consent.state))
        )
    labels = {column: tuple(map(str, said)) for column, said in source.labels.items()}
    return tuple(Mapped(each.what, each.name, each.column, labels.get(each.column, ())) for each in made)


def _text(given: Given, document: Document) -> str:
    return told_text((given.project.root / document.file).read_text(encoding="utf-8"), document.file)


def _looked(given: Given, name: str) -> tuple[str, ...]:
    """What a run would find wrong with what a source reads: whether it is there, can be read, and has the columns named."""
    seen = [look(each, given.workspace) for each in given.project.documents["sources"] if each.name == name]
    return tuple(said_of(each) for one in seen for each in (*one.problems, *one.warnings))


SOURCE = Question("console source", Action.SEE_COUNTS, _one)
LOOK = Question("console source look", Action.SEE_COUNTS, _looked, seconds=0.0)
