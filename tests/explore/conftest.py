"""A shop with sixty people who did this and that, in a real project folder; tests share it and leave it as it is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.audiences.conftest import _with_folders, read

from headwater.audiences.example import CLOCK
from headwater.audiences.history import Happened, History, tables_of
from headwater.audiences.parse import Audience
from headwater.core.project import open_project
from headwater.tables import events, identity_map, profiles, traits
from headwater.tables.workspace import Workspace, work

N_PEOPLE = 60
AUDIENCES = {
    "buyers": "rule: {did: purchase, at_least: 2}\n",
    "young": "rule: {trait: age, is: [18-24]}\n",
    "nobody": "rule: {trait: age, is: none}\n",
}


def _histories() -> list[History]:
    chance = random.Random(11)
    return [_history(chance, n) for n in range(N_PEOPLE)]


def _history(chance: random.Random, number: int) -> History:
    happened = [
        Happened(
            chance.choice(["page", "basket", "purchase"]),
            CLOCK.now() - timedelta(hours=chance.randint(-30, 24 * 100), minutes=chance.choice([0, 0, 30])),
            _properties(chance),
        )
        for _ in range(chance.randint(0, 14))
    ]
    held: dict[str, object] = {
        "age": chance.choice(["18-24", "25-34", "35-44"]),
        "score": float(chance.randint(0, 9)),
        "is_member": chance.random() < 0.5,
        "interests": tuple(chance.sample(["tea", "books", "games"], chance.randint(0, 2))),
    }
    kept = {name: value for name, value in held.items() if chance.random() < 0.8}
    return History(tuple(happened), kept, profile_id=number + 1)  # type: ignore[arg-type]


def _properties(chance: random.Random) -> dict[str, object]:
    every: dict[str, object] = {
        "category": chance.choice(["COFFEE", "TEA", "BREAD", "SOAP"]),
        "revenue": float(chance.randint(1, 30)),
        "size": chance.choice([1, 2, "1", True, None, ["s"]]),
    }
    return {name: value for name, value in every.items() if chance.random() < 0.8}


HISTORIES = _histories()


@pytest.fixture(scope="session")
def project_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explored")
    (folder / "audiences").mkdir()
    (folder / "headwater.yaml").write_text(
        "project: shop\nnow: 2017-07-01T14:00\ntime_zone: Europe/Berlin\nanonymity: {floor: 10}\n"
    )
    for name, text in AUDIENCES.items():
        (folder / "audiences" / f"{name}.yaml").write_text(text)
    with work(open_project(folder)) as workspace:
        for name, rows in tables_of(HISTORIES).items():
            workspace.engine.register(f"new_{name}", _with_folders(name, rows))
        with workspace.publish() as published:
            for table in (events.TABLE, identity_map.TABLE, profiles.TABLE, traits.TABLE):
                published.replace(table, f"SELECT * FROM new_{table.name}")
    return folder


@pytest.fixture(scope="session")
def explored(project_folder: Path) -> Iterator[Workspace]:
    with work(open_project(project_folder)) as opened:
        yield opened


@pytest.fixture(scope="session")
def known(explored: Workspace) -> dict[str, Audience]:
    return read(explored)
