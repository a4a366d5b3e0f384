"""A project with the purposes the gate is asked about; tests state consents and owners straight into the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import pyarrow as pa
import pytest

from headwater.core.project import open_project
from headwater.tables.consents import TABLE as CONSENTS
from headwater.tables.identity_map import TABLE as IDENTITY_MAP
from headwater.tables.workspace import Workspace, read

CONFIG = """
project: shop
now: 2026-06-01T00:00
purposes:
  mailing: {description: Letters and mails}
  service: {description: Answering people, lawful_basis: contract}
  profiling: {description: Better offers, lawful_basis: legitimate_interest}
"""

Dated = tuple[int, str, datetime | None, datetime | None]
Statement = Dated | tuple[int, str, datetime | None, datetime | None, str | None]
Say = Callable[[Sequence[tuple[int, int]], Sequence[Statement]], None]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("project")
    (root / "headwater.yaml").write_text(CONFIG)
    with read(open_project(root)) as workspace:
        yield workspace


@pytest.fixture
def say(workspace: Workspace) -> Say:
    """Let (node, profile) pairs be the identity map, and (node, state, stated, until, if need be by which signal) be said."""

    def said(owners: Sequence[tuple[int, int]], statements: Sequence[Statement]) -> None:
        keys = ("node_id", "profile_id")
        _register(
            workspace,
            IDENTITY_MAP.name,
            [dict(zip(keys, one, strict=True)) for one in owners],
            IDENTITY_MAP.schema,
        )
        names = ("node_id", "state", "stated_at", "until_at", "signal")
        rows = [
            {**dict(zip(names, one, strict=False)), "purpose": purpose, "source": "t"}
            for one in statements
            for purpose in ("mailing", "service", "profiling")
        ]
        _register(workspace, CONSENTS.name, rows, CONSENTS.schema)

    return said


def _register(workspace: Workspace, name: str, rows: list[dict[str, object]], schema: pa.Schema) -> None:
    workspace.engine.register(name, pa.Table.from_pylist(rows, schema=schema))
    workspace.stand_ins.add(name)
