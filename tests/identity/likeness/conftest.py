"""Records of people in the tables at rest, put there as sources would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.tables.sealed import sealed

from headwater.core.project import open_project
from headwater.identity.declare import KindRules, Rules
from headwater.identity.identifier import identifier_kinds
from headwater.identity.likeness.declare import MatchingFile, Model, comparable
from headwater.identity.likeness.records import Records, read_records
from headwater.identity.resolve import Resolved, resolve
from headwater.tables import attributes, identity_decisions, links, nodes
from headwater.tables.table import Table
from headwater.tables.workspace import Workspace, work

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
KINDS = identifier_kinds()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    text = "project: shop\nnow: 2026-03-10T12:00\ntime_zone: Europe/Berlin\nsource_priority: [crm]\n"
    (tmp_path / "headwater.yaml").write_text(text)
    with work(open_project(tmp_path)) as opened:
        yield opened


def ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


class Known:
    """What sources say: identifiers as `kind=value`, what was seen together, and what is stated of them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.numbers: dict[str, int] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {each.name: [] for each in self._tables()}

    @staticmethod
    def _tables() -> tuple[Table, ...]:
        return (nodes.TABLE, links.TABLE, attributes.TABLE, identity_decisions.TABLE)

    def node(self, identifier: str) -> int:
        if identifier not in self.numbers:
            self.numbers[identifier] = len(self.numbers)
            kind, _, value = identifier.partition("=")
            self._rows["nodes"].append(
                {
                    "node_id": self.numbers[identifier],
                    "identifier": kind,
                    "value": value,
                    "first_source": "crm",
                }
            )
        return self.numbers[identifier]

    def pair(self, one: str, other: str) -> dict[str, int]:
        low, high = sorted((self.node(one), self.node(other)))
        return {"node_id": low, "other_node_id": high}

    def tie(self, one: str, other: str, source: str = "crm", days_ago: float = 1, **given: Any) -> None:
        told = {"rule": "seen_together", "source": source, "first_seen_at": ago(days_ago), "confidence": 1.0}
        self._rows["links"].append({**self.pair(one, other), **told, "is_revoked": False, **given})

    def state(self, identifier: str, source: str = "crm", days_ago: float = 1, **values: Any) -> None:
        for name, value in values.items():
            kind = {str: "text", float: "number", bool: "boolean", datetime: "instant"}[type(value)]
            told = {
                "attribute": name,
                "type": kind,
                kind: value,
                "source": source,
                "stated_at": ago(days_ago),
            }
            self._rows["attributes"].append({"node_id": self.node(identifier), **told})

    def decide(self, one: str, other: str, verdict: str) -> None:
        told = {"verdict": verdict, "reason": "x", "decided_by": "ann", "decided_at": ago(1)}
        self._rows["identity_decisions"].append({**self.pair(one, other), **told})

    def write(self) -> None:
        for table in self._tables():
            rows = pa.Table.from_pylist(self._rows[table.name], schema=table.schema)
            self.workspace.engine.register(f"new_{table.name}", rows)
        with self.workspace.publish() as out:
            for table in self._tables():
                out.replace(table, sealed(table, f"new_{table.name}"))

    def resolve(self, **rules: KindRules) -> Resolved:
        return resolve(self.workspace, ("identities", "test"), Rules(rules), KINDS)

    def profiles(self, **rules: KindRules) -> set[frozenset[str]]:
        self.resolve(**rules)
        names = {number: name for name, number in self.numbers.items()}
        groups: dict[int, set[str]] = {}
        for row in self.rows("SELECT node_id, profile_id FROM identity_map"):
            groups.setdefault(row["profile_id"], set()).add(names[row["node_id"]])
        return {frozenset(group) for group in groups.values()}

    def rows(self, query: str) -> list[dict[str, Any]]:
        return self.workspace.engine.table(query).to_pylist()  # type: ignore[no-any-return]

    def records(self, model: Model | None = None, **rules: KindRules) -> Records:
        return read_records(model or a_model(), self.workspace, Rules(rules), KINDS)

    def held(self, model: Model | None = None, **rules: KindRules) -> dict[str, dict[str, str]]:
        """Of each record what it holds, by its identifier."""
        names = {number: name for name, number in self.numbers.items()}
        found = self.records(model, **rules)
        return {
            names[row["node_id"]]: {name: row[name] for name in found.fed_by if row[name] is not None}
            for row in found.rows.to_pylist()
        }


@pytest.fixture
def known(workspace: Workspace) -> Known:
    return Known(workspace)


def a_model(name: str = "people", **said: Any) -> Model:
    file = MatchingFile.model_validate(said)
    return Model(name, file, comparable(KINDS) if file.identifiers is None else file.identifiers)
