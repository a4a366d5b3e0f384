from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.privacy import Privacy
from headwater.tables.workspace import work
from headwater.testing.shop import make_shop

AGREEMENT = """
    partner: The other
    partner_key: {key}
    agreement: shop-acme
    audience: {audience}
    purpose: newsletter
    floor: {floor}
    until: {until}
    runs: {runs}
    """


def declare(root: Path, other: Path, audience: str, **more: object) -> None:
    """Write the agreement that a project has with another."""
    said = {
        "floor": 5,
        "until": "2099-12-31",
        "runs": 3,
        "key": Privacy(open_project(other)).public_key(),
        **more,
    }
    (root / "cleanrooms").mkdir(exist_ok=True)
    (root / "cleanrooms" / "room.yaml").write_text(dedent(AGREEMENT).format(audience=audience, **said))


@pytest.fixture(scope="session")
def two_projects(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two projects of which each knows some of the other's people; each was run once."""
    found = []
    for name, n_people in (("shop", 100), ("acme", 140)):
        root = make_shop(
            tmp_path_factory.mktemp("rooms") / name, n_people=n_people, n_purchases=n_people * 6
        ).folder
        config = root / "headwater.yaml"
        config.write_text(config.read_text().replace("project: shop", f"project: {name}"))
        with work(open_project(root)) as workspace:
            run_batch(workspace, read_definitions(workspace))
        found.append(root)
    return found[0], found[1]
