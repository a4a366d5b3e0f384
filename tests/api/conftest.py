from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.api.asking import Asking

from headwater.access.attempts import Attempts
from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.tables.workspace import work
from headwater.testing.shop import make_shop


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """Of a shop that was run once; tests of one module share it and leave it as it is."""
    folder = make_shop(tmp_path_factory.mktemp("project") / "shop", n_people=12, n_purchases=60).folder
    with (folder / "headwater.yaml").open("a") as config:
        config.write("anonymity: {epsilon: 20}\n")
    (folder / "audiences" / "buyers.yaml").write_text("rule: {did: purchase, at_least: 1}\n")
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    asking = Asking(folder)
    yield asking
    asking.close()


@pytest.fixture(autouse=True)
def _nobody_failed_before(request: pytest.FixtureRequest) -> None:
    """Whoever is not recognised too often is not looked at: each test begins anew."""
    if "api" in request.fixturenames:
        request.getfixturevalue("api").api.sign_in.attempts = Attempts()
