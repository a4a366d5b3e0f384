"""Where data comes from, as pages show it: every source and collector, what it gave, and what it refused.

Reads the definitions, `source_loads` and `rejected_events`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from headwater.access.roles import Action
from headwater.collect.declare import read_collectors
from headwater.console.desk.question import Given, Question
from headwater.core.errors import Problem
from headwater.sources.declare import read_sources
from headwater.tables.workspace import Workspace

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


def _listing(given: Given) -> Listing:
    """Every source, and how often they are read."""
    return Listing(listed(given), given.project.settings.refresh_minutes)


def listed(given: Given) -> tuple[Listed, ...]:
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
        path = PurePosixPath(each.file)
        if path.parts[0] in FOLDERS:
            found.setdefault(path.stem, []).append(said_of(each))
    return {name: tuple(dict.fromkeys(said)) for name, said in found.items()}


def said_of(problem: Problem) -> str:
    """A problem in words, without what was found there: it may be a secret."""
    return str(replace(problem, value=""))


def _named(given: Given, folder: str) -> list[str]:
    return [each.name for each in given.project.documents[folder]]


def _rows(sql: str, workspace: Workspace) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = workspace.engine.table(sql).to_pylist()
    return rows


SOURCES = Question("console sources", Action.SEE_COUNTS, _listing)
