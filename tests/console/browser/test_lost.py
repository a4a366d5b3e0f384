"""A connection that is lost: it is said, and the page is alive again by itself, also after the console was started anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.console.asking import Asking
from tests.console.browser.conftest import start, up, wait_for

from headwater.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.server]
SECONDS = 90_000


def test_a_page_comes_back_after_the_console_was_killed(
    browser: Browser, shop: Path, asking: Asking, tmp_path: Path
) -> None:
    log = tmp_path / "told.txt"
    with up(shop, asking, log) as running:
        context = browser.new_context()
        context.set_default_timeout(SECONDS)
        context.add_cookies([running.cookie(Role.ADMIN)])
        page = context.new_page()
        page.goto(running.url + "/audiences")
        page.wait_for_function("window.did_handshake")
        running.process.kill()
        running.process.wait()
        expect(page.locator("#popup")).to_contain_text("Connection lost", timeout=SECONDS)
        expect(page.locator("#popup")).to_have_attribute("role", "status")
        with log.open("ab") as told:
            again = start(shop, running.port, told)
        try:
            wait_for(running.url + "/sign-in", again, log)
            expect(page.locator("#popup")).to_be_hidden(timeout=SECONDS)
            page.wait_for_function("window.did_handshake")
            page.click('nav a[href="/settings"]')
            page.wait_for_selector("h1:text-is('Settings')")
            assert page.url == running.url + "/settings"
        finally:
            again.terminate()
            again.wait(10)
        context.close()
