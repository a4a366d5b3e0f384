"""A small project on disk whose people, identifiers, consents and audiences a test states outright."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tests.tables.sealed import sealed

from headwater.activate.declare import DeclaredDestination, read_destinations
from headwater.activate.ledger import Ledger, open_ledger
from headwater.activate.outgoing import Outgoing
from headwater.activate.send import Delivered, deliver
from headwater.audiences.terms import Terms
from headwater.core.errors import ProjectError
from headwater.core.project import Project, open_project
from headwater.tables.consents import TABLE as CONSENTS
from headwater.tables.identity_map import TABLE as IDENTITY_MAP
from headwater.tables.memberships import TABLE as MEMBERSHIPS
from headwater.tables.nodes import TABLE as NODES
from headwater.tables.table import Table
from headwater.tables.workspace import work

LONG_AGO = datetime(2020, 1, 1)

CONFIG = """
project: shop
purposes:
  mailing: {description: Letters and mails}
  service: {description: Answering people, lawful_basis: contract}
settings: {http_timeout_seconds: 5, http_attempts: 3}
"""


@dataclass(frozen=True)
class Shop:
    """The project, and how to change and deliver what is in it."""

    root: Path

    @property
    def project(self) -> Project:
        return open_project(self.root)

    def webhook(
        self,
        url: str,
        name: str = "crm",
        *,
        identifiers: str = "{household_id: plain}",
        rows: int = 3,
        audiences: str = "all",
        **settings: object,
    ) -> None:
        """Declare a webhook."""
        self.declare(
            name,
            f"kind: webhook\npurpose: mailing\naudiences: {audiences}\nidentifiers: {identifiers}\n"
            f"rows_a_batch: {rows}\nsettings: {json.dumps({'url': url, **settings})}\n",
        )

    def csv_file(
        self,
        name: str = "house",
        *,
        identifiers: str = "{household_id: plain}",
        rows: int = 3,
        **settings: object,
    ) -> None:
        """Declare a folder of CSV files."""
        self.declare(
            name,
            f"kind: csv_file\npurpose: mailing\naudiences: all\nidentifiers: {identifiers}\n"
            f"rows_a_batch: {rows}\nsettings: {json.dumps(settings)}\n",
        )

    def declare(self, name: str, text: str) -> None:
        """Write a destination's file."""
        path = self.root / "destinations" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def fill(
        self,
        people: Mapping[int, Sequence[tuple[int, str, str]]],
        audiences: Mapping[str, Sequence[int]],
        denied: Sequence[int] = (),
    ) -> None:
        """People by profile id, each with (node, kind, value); all agreed to mailing but the `denied` nodes."""
        nodes = [
            {"node_id": n, "identifier": kind, "value": value, "first_source": "t", "loaded_at": LONG_AGO}
            for own in people.values()
            for n, kind, value in own
        ]
        owners = [{"node_id": n, "profile_id": profile} for profile, own in people.items() for n, _, _ in own]
        consents = [
            {
                "node_id": one["node_id"],
                "purpose": "mailing",
                "state": "denied" if one["node_id"] in denied else "granted",
                "source": "t",
                "stated_at": LONG_AGO,
                "until_at": None,
            }
            for one in owners
        ]
        members = [
            {"audience": name, "profile_id": one, "entered_at": LONG_AGO}
            for name, ids in audiences.items()
            for one in ids
        ]
        self.write({NODES: nodes, IDENTITY_MAP: owners, CONSENTS: consents, MEMBERSHIPS: members})

    def write(self, tables: Mapping[Table, Sequence[Mapping[str, object]]]) -> None:
        with work(self.project) as workspace, workspace.publish() as out:
            for table, rows in tables.items():
                workspace.engine.register("given", pa.Table.from_pylist(list(rows), schema=table.schema))
                out.replace(table, sealed(table, "given"))

    def households(
        self, n: int, *, audience: str = "buyers", start: int = 1, denied: Sequence[int] = ()
    ) -> None:
        """Let people be n households, all in one audience."""
        ids = range(start, start + n)
        self.fill({i: [(i, "household_id", f"h{i}")] for i in ids}, {audience: list(ids)}, denied)

    def destinations(self, audiences: Sequence[str] = ("buyers",)) -> dict[str, DeclaredDestination]:
        declared, problems = read_destinations(self.project, audiences)
        if problems:
            raise ProjectError(problems)
        return declared

    def deliver(
        self,
        audiences: Sequence[str] = ("buyers",),
        waits: list[float] | None = None,
        terms: Terms | None = None,
    ) -> list[Delivered]:
        slept: Callable[[float], None] = (waits if waits is not None else []).append
        with work(self.project) as workspace:
            return deliver(
                workspace,
                self.destinations(audiences).values(),
                dict.fromkeys(audiences, Outgoing(terms=terms or Terms())),
                sleep=slept,
            )

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with open_ledger(self.project) as ledger:
            yield ledger

    def rows(self, folder: str = "deliveries") -> list[str]:
        """All rows of all files delivered, in the order of the files' names, without headers."""
        files = sorted((self.root / folder).glob("*.csv"))
        return [line for file in files for line in file.read_text().splitlines()[1:]]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("NO_PROXY", "*")
    (tmp_path / "headwater.yaml").write_text(CONFIG)
    return Shop(tmp_path)
