"""`make screenshots`: a picture of each page into a folder, which SCREENSHOTS names; without it nothing is tried here."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests.console.browser.addresses import addresses
from tests.console.browser.conftest import Opening

FOLDER = os.environ.get("SCREENSHOTS", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.server,
    pytest.mark.skipif(not FOLDER, reason="only pictures: make screenshots"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_picture_of_each_page(opening: Opening, width: int, scheme: str) -> None:
    watched = opening(width=width, scheme=scheme)
    for declared, address in addresses("coffee_lovers").items():
        name = re.sub(r"\W+", "_", declared).strip("_") or "home"
        page = watched.open(address)
        page.wait_for_function("window.did_handshake")
        page.screenshot(path=Path(FOLDER) / f"{name}_{width}_{scheme}.png", full_page=True)
