"""What a step is: a function that adds one named step to the query of a load.

The rows carry `line`, `problem` and the typed columns of `sources.mapping`. A step called `drop_…` sets `problem` on the rows
that cannot be used (the first problem of a row stays); `put_…` adds or fills columns. No step removes a row: rejected rows
are stored with their reason, so that received = accepted + rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from headwater.engine.query import Query, name as quoted
from headwater.sources.declare import SourceDeclaration
from headwater.sources.mapping import Check
from headwater.tables.rejection import Reason
from headwater.tables.workspace import Workspace


class Identifier(Protocol):
    """What a load must know of an identifier kind (the kinds stand in `identity.identifiers`)."""

    @property
    def strength(self) -> int:
        """How surely it names one person; an event's own node is its strongest identifier."""

    def to_sql(self, value: exp.Expression) -> exp.Expression:
        """The normalised value of a text, NULL if it is not valid."""


@dataclass
class Load:
    """One object of one source on its way in. Steps read it, and add checks and columns to it.

    `keeps_repeats`: statements come in another order than they were made, so one that says the same again is kept, too.
    """

    name: str
    object: str
    source: SourceDeclaration
    workspace: Workspace
    identifiers: Mapping[str, Identifier]
    checks: list[Check] = field(default_factory=list)
    event_columns: list[str] = field(default_factory=list)
    keeps_repeats: bool = False

    def problem(self, reason: Reason, detail: str) -> int:
        """The number that marks rows with this problem."""
        self.checks.append(Check(reason, detail, ""))
        return len(self.checks) - 1

    @property
    def kinds(self) -> list[str]:
        """The identifier kinds in this load, strongest first."""
        return sorted(self.source.identifiers, key=lambda kind: (-self.identifiers[kind].strength, kind))


class Step(Protocol):
    """A step of `process`."""

    def __call__(self, rows: Query, load: Load) -> Query:
        """The query with this step added, or as it is where the step has nothing to do."""


def last_of(rows: Query) -> str:
    """The name of a query's last step, quoted."""
    return quoted(rows.steps[-1][0])


def mark(rows: Query, step: str, when: str, problem: int) -> Query:
    """The query with `problem` set on rows for which `when` is true and that had none yet."""
    return rows.step(
        step,
        f"SELECT * REPLACE (CASE WHEN problem IS NULL AND ({when}) THEN {problem} ELSE problem END AS problem) "
        f"FROM {last_of(rows)}",
    )
