from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from tests.console.asking import Asking

from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.tables.workspace import work
from headwater.testing.shop import make_shop

SCRIPT = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>{{ 7 * 7 }}${alert(1)}"
AUDIENCES = {
    "hostile": f"""
        description: "{SCRIPT}"
        rule: {{trait: city, is: {{equals: "{SCRIPT}"}}}}
        """,
    "nearly_nobody": "rule: {did: purchase, where: {revenue: {at_least: 49.9}}}",
}
OTHERS = {
    "destinations/hostile.yaml": f"""
        description: "{SCRIPT}"
        kind: csv_file
        purpose: newsletter
        audiences: [nearly_nobody]
        identifiers: {{email: sha256_hex}}
        settings: {{folder: "{SCRIPT.split(">", 1)[0].replace("<", "")}"}}
        """,
    "placements/hostile.yaml": f"""
        description: "{SCRIPT}"
        purpose: newsletter
        rules: [{{variants: [{{name: harm, content: {{html: "{SCRIPT}"}}}}]}}]
        fallback: "{SCRIPT}"
        """,
}


def made(folder: Path) -> Path:
    """A shop that was run once, with an audience, a destination and a placement out to do harm, and an audience of very few."""
    make_shop(folder, n_people=60, n_purchases=400, bad_rows=True)
    files = {f"audiences/{name}.yaml": text for name, text in AUDIENCES.items()} | OTHERS
    for name, text in files.items():
        (folder / name).write_text(dedent(text))
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    return folder


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tests share it and leave it as it is."""
    return made(tmp_path_factory.mktemp("console") / "shop")


@pytest.fixture(scope="session")
def asking(shop: Path) -> Iterator[Asking]:
    """Its desk, with somebody of each role in front of it."""
    asking = Asking(shop)
    yield asking
    asking.close()
