"""Where data comes from, as pages show it: every source and collector, what it gave, its runs, and what it refused.

Reads the definitions, `source_loads` and `rejected_events`. What its file says is shown without what looks like a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from headwater.access.roles import Action
from headwater.collect.declare import read_collectors
from headwater.console.desk.question import Given, Question
from headwater.console.sources.told import told_text
from headwater.core.documents import Document
from headwater.core.errors import NotFoundError, Problem
from headwater.engine.query import DIALECT, literal
from headwater.explore.rejections import Group, Which, groups
from headwater.sources.declare import read_sources
from headwater.sources.look import look
from headwater.tables.workspace import Workspace

N_RUNS = 50
COLLECTOR = "collector"
FOLDERS = ("sources", "collectors")


@dataclass(frozen=True)
class Listed:
    """A source or a collector.

    Attributes:
        kind: how it is read; empty: no file declares it any more.
        n_received, n_accepted, n_rejected: rows or events, ever; `last_rejected`: of its last run.
        why: the commonest reason of its last refusals, empty if there are none.
        problems: what is wrong with its file.
    """

    name: str
    kind: str
    description: str
    n_received: int = 0
    n_accepted: int = 0
    n_rejected: int = 0
    loaded_at: datetime | None = None
    last_received: int = 0
    last_rejected: int = 0
    why: str = ""
    problems: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether its events come by themselves."""
        return self.kind == COLLECTOR

    @property
    def status(self) -> tuple[str, str]:
        """How it fares, in words, and the tone of that."""
        if self.problems:
            return "its file is not sound", "bad"
        if not self.kind:
            return "not declared any more", ""
        if self.loaded_at is None:
            return "nothing came yet", ""
        if self.last_received and self.last_rejected == self.last_received:
            return "nothing could be used", "bad"
        return ("some refused", "warn") if self.last_rejected else ("good", "good")


@dataclass(frozen=True)
class Listing:
    """Every source; `refresh_minutes`: how often those that do not come by themselves are read while it is served."""

    listed: tuple[Listed, ...]
    refresh_minutes: float


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


def _listing(given: Given) -> Listing:
    """Every source, and how often they are read."""
    return Listing(_listed(given), given.project.settings.refresh_minutes)


def _listed(given: Given) -> tuple[Listed, ...]:
    """Every source there is, and those of which something is left; what is wrong first, then by name."""
    workspace, definitions = given.workspace, given.definitions
    counted = {row.pop("source"): row for row in _rows(_COUNTED, workspace)}
    broken = _problems(given)
    kinds = dict.fromkeys(_named(given, "sources"), "source") | dict.fromkeys(
        _named(given, "collectors"), COLLECTOR
    )
    kinds |= {name: each.value.kind for name, each in definitions.sources.items()}
    said = {name: each.value.description for name, each in definitions.sources.items()}
    said |= {name: each.said.description for name, each in definitions.collectors.items()}
    found = [
        Listed(
            name,
            kinds.get(name, ""),
            said.get(name, ""),
            problems=broken.get(name, ()),
            **counted.get(name, {}),
        )
        for name in sorted({*kinds, *counted, *broken})
    ]
    return tuple(sorted(found, key=lambda each: (not each.problems, each.name)))


_COUNTED = """
WITH totals AS (
    SELECT source, sum(n_received)::BIGINT AS n_received, sum(n_accepted)::BIGINT AS n_accepted,
        sum(n_rejected)::BIGINT AS n_rejected, max(loaded_at) AS loaded_at
    FROM source_loads GROUP BY source
), lately AS (
    SELECT source, sum(loads.n_received)::BIGINT AS last_received, sum(loads.n_rejected)::BIGINT AS last_rejected
    FROM source_loads AS loads JOIN totals USING (source, loaded_at) GROUP BY source
), reasons AS (
    SELECT source, reason, sum(n_rows) AS n FROM rejected_events JOIN totals USING (source, loaded_at) GROUP BY source, reason
)
SELECT totals.*, last_received, last_rejected,
    coalesce((SELECT arg_max(reason, (n, reason)) FROM reasons WHERE reasons.source = totals.source), '') AS why
FROM totals JOIN lately USING (source)
"""


def _problems(given: Given) -> dict[str, tuple[str, ...]]:
    """What is wrong with the files of sources and collectors, by their names."""
    problems = [
        *read_sources(given.project)[1],
        *read_collectors(given.project)[1],
        *given.project.unreadable,
    ]
    found: dict[str, list[str]] = {}
    for each in problems:
        folder, _, name = each.file.partition("/")
        if folder in FOLDERS:
            found.setdefault(name.removesuffix(".yaml"), []).append(_said(each))
    return {name: tuple(dict.fromkeys(said)) for name, said in found.items()}


def _said(problem: Problem) -> str:
    """A problem in words, without what was found there: it may be a secret."""
    return str(replace(problem, value=""))


def _named(given: Given, folder: str) -> list[str]:
    return [each.name for each in given.project.documents[folder]]


def _one(given: Given, name: str) -> OneSource:
    """One source.

    Raises:
        NotFoundError: there is none of that name.
    """
    known = {each.name: each for each in _listed(given)}
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
    rows = _rows(
        "SELECT loaded_at, count(*)::BIGINT AS n_objects, sum(n_received)::BIGINT AS n_received, "
        "sum(n_accepted)::BIGINT AS n_accepted, sum(n_rejected)::BIGINT AS n_rejected, max(object) AS object "
        f"FROM source_loads WHERE source = {literal(name).sql(DIALECT)} "
        f"GROUP BY loaded_at ORDER BY loaded_at DESC LIMIT {N_RUNS}",
        workspace,
    )
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
    return tuple(_said(each) for one in seen for each in (*one.problems, *one.warnings))


def _rows(sql: str, workspace: Workspace) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = workspace.engine.table(sql).to_pylist()
    return rows


SOURCES = Question("console sources", Action.SEE_COUNTS, _listing)
SOURCE = Question("console source", Action.SEE_COUNTS, _one)
LOOK = Question("console source look", Action.SEE_COUNTS, _looked, seconds=0.0)
