from __future__ import annotations

from pathlib import Path

import pytest

from headwater.core.project import Project, open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.tables.workspace import work
from headwater.testing.shop import make_shop

ANONYMITY = "anonymity: {floor: 5, epsilon: 2, quasi_identifiers: [favourite_category]}\n"


@pytest.fixture(scope="session")
def sharing_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was run once."""
    folder = make_shop(tmp_path_factory.mktemp("sharing") / "shop", n_people=120, n_purchases=900).folder
    with (folder / "headwater.yaml").open("a") as config:
        config.write(ANONYMITY)
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    return folder


@pytest.fixture
def shop(sharing_shop: Path) -> Project:
    return open_project(sharing_shop)
