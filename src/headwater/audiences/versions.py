"""The versions of audiences' rules: kept as refreshes meet them, and read again.

Reads the tables `audience_rules` and `audience_sizes`; `version_rows` makes what a refresh adds to the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa
from sqlglot import exp

from headwater.audiences.evaluate import Named
from headwater.audiences.members import check_known
from headwater.audiences.rule import describe, fingerprint, needs_of, to_data
from headwater.engine.engine import Engine
from headwater.engine.query import column, literal
from headwater.tables import audience_rules
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class Version:
    """One version of a rule: as YAML data, in words; `number` counts from 1; `first_refreshed_at` is UTC, without zone."""

    number: int
    rule_fingerprint: str
    rule: object
    description: str
    first_refreshed_at: datetime


@dataclass(frozen=True)
class Sized:
    """An audience after a refresh that changed it; `version`: which rule it had (0: its text was not kept)."""

    refreshed_at: datetime
    size: int
    n_entered: int
    n_left: int
    version: int


class Ahead(StrEnum):
    """How an audience's file is ahead of who is in it: it was never refreshed, or its rule was another one then."""

    NEW = "new"
    CHANGED = "changed"


def last_rules(workspace: Workspace) -> dict[str, str]:
    """The fingerprint of the rule each audience was last refreshed with."""
    last = workspace.engine.table(
        "SELECT audience, arg_max(rule_fingerprint, refreshed_at) AS rule FROM audience_sizes GROUP BY audience"
    )
    return dict(zip(last["audience"].to_pylist(), last["rule"].to_pylist(), strict=True))


def ahead_of_refresh(audiences: Mapping[str, Named], workspace: Workspace) -> dict[str, Ahead]:
    """Those of the project's audiences whose rule, or that of one they build on, is not the one of the last refresh."""
    last, rules = last_rules(workspace), {name: each.rule for name, each in audiences.items()}
    changed = {name for name, rule in rules.items() if last.get(name) != fingerprint(rule)}
    above = {name: needs_of(rule).audiences for name, rule in rules.items()}
    ahead = set(changed)
    while added := {name for name, needed in above.items() if name not in ahead and ahead & needed}:
        ahead |= added
    return {name: Ahead.CHANGED if name in last else Ahead.NEW for name in sorted(ahead)}


def version_rows(
    audiences: Mapping[str, Named], names: Iterable[str], engine: Engine, now: datetime
) -> pa.Table:
    """Rows of `audience_rules` for those of the named audiences whose rule, as it is now, is not there yet."""
    held = engine.table("SELECT audience, rule_fingerprint FROM audience_rules").to_pylist()
    known = {(row["audience"], row["rule_fingerprint"]) for row in held}
    rules = {name: audiences[name].rule for name in sorted(names) if name in audiences}
    rows = [
        {
            "audience": name,
            "rule_fingerprint": fingerprint(rule),
            "rule": json.dumps(to_data(rule), sort_keys=True, separators=(",", ":"), ensure_ascii=False),
            "description": describe(rule),
            "first_refreshed_at": now.astimezone(UTC).replace(tzinfo=None),
        }
        for name, rule in rules.items()
        if (name, fingerprint(rule)) not in known
    ]
    return pa.Table.from_pylist(rows, audience_rules.TABLE.schema)


def read_versions(name: str, workspace: Workspace) -> list[Version]:
    """The versions of an audience's rule, oldest first.

    Raises:
        NotFoundError: there is no audience of this name.
    """
    check_known([name], workspace)
    rows = _of(name, "audience_rules", "first_refreshed_at", workspace.engine)
    return [
        Version(
            number,
            row["rule_fingerprint"],
            json.loads(row["rule"]),
            row["description"],
            row["first_refreshed_at"],
        )
        for number, row in enumerate(rows, start=1)
    ]


def read_sizes(name: str, workspace: Workspace) -> list[Sized]:
    """The sizes of an audience after each refresh that changed it, oldest first.

    Raises:
        NotFoundError: there is no audience of this name.
    """
    numbers = {each.rule_fingerprint: each.number for each in read_versions(name, workspace)}
    return [
        Sized(
            row["refreshed_at"],
            row["size"],
            row["n_entered"],
            row["n_left"],
            numbers.get(row["rule_fingerprint"], 0),
        )
        for row in _of(name, "audience_sizes", "refreshed_at", workspace.engine)
    ]


def _of(name: str, table: str, order: str, engine: Engine) -> list[dict[str, Any]]:
    # In a project whose present stands still, several have one instant.
    chosen = exp.select("*").from_(table).where(column("audience").eq(literal(name)))
    chosen = chosen.order_by(order, "rule_fingerprint")
    rows: list[dict[str, Any]] = engine.table(chosen.sql(engine.dialect)).to_pylist()
    return rows
