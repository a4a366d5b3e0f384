"""Whoever is faster than the pages: a page that is left before it is there goes without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.console.asking import Asking
from tests.console.browser.conftest import up

from headwater.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.server]

HURRY = """async () => {
    for (let round = 0; round < 6; round++) {
        for (const link of document.querySelectorAll("#side a.side-link")) {
            link.click();
            await new Promise(resolve => setTimeout(resolve, 25));
        }
    }
    document.querySelector("#side a[href='/audiences']").click();
}"""


def test_pages_that_are_left_before_they_are_there_leave_nothing_behind(
    browser: Browser, shop: Path, asking: Asking, tmp_path: Path
) -> None:
    with up(shop, asking, tmp_path / "told.txt") as running:  # which says whether anything failed in it
        context = browser.new_context()
        context.add_cookies([running.cookie(Role.ADMIN)])
        page = context.new_page()
        page.goto(running.url + "/")
        page.wait_for_function("window.did_handshake")
        page.evaluate(HURRY)
        page.wait_for_selector("h1:text-is('Audiences')")
        page.wait_for_function("document.querySelectorAll('#main .waiting').length === 0")
        assert page.locator("#main h1").count() == 1
        context.close()
