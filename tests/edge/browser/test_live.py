"""All of it, for real: `headwater serve --shop`, a Chromium that shops there, and what the page shows of it as it happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.conftest import free_port

from headwater.flow.new_project import make_project

pytestmark = [pytest.mark.server, pytest.mark.slow]
SECONDS = 60
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
"""A headless browser says what it is, and is a bot."""
VISITOR = "a1"  # belongs to nobody's control group: see tests/flow/test_shop.py


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a shop that is alive; all its processes end with the test."""
    folder = tmp_path_factory.mktemp("served") / "shop"
    make_project(folder, "shop")
    edge, health, api = free_port(), free_port(), free_port()
    settings = {
        "HEADWATER_EDGE_PORT": str(edge),
        "HEADWATER_HEALTH_PORT": str(health),
        "HEADWATER_API_PORT": str(api),
        "HEADWATER_CONSOLE_PORT": "0",
    }
    command = [sys.executable, "-m", "headwater.cli.main", "serve", "--shop", "--project", str(folder)]
    log = folder.parent / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=os.environ | settings, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_until_live(folder, edge, process, log)
            yield f"http://127.0.0.1:{edge}"
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_live(folder: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the edge answers and the stream has a base to stand on."""
    until = time.monotonic() + SECONDS
    while not (answers(port) and (folder / "live" / "base" / "current").exists()):
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(log.read_text(errors="replace")[-3000:])
        time.sleep(0.1)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def shop(browser: Browser, served: str) -> Iterator[Page]:
    """The shop, opened by a visitor who is new; whatever fails in the page fails the test."""
    context = browser.new_context(user_agent=PERSON)
    context.set_default_timeout(SECONDS * 1000)
    context.add_cookies([{"name": "hw_id", "value": VISITOR, "url": served}])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{served}/shop/")
    yield page
    context.close()


def knows(shop: Page, part: str, text: str) -> None:
    """Wait until the side panel shows something."""
    shop.locator(f"#known #{part}").get_by_text(text).first.wait_for()


def test_what_a_visitor_does_is_known_and_changes_what_they_see(shop: Page) -> None:
    assert "Tea and coffee" in shop.inner_text(".hero")
    assert "not agreed" in shop.inner_text("#known")
    shop.get_by_role("button", name="Agree to all").click()
    knows(shop, "identifiers", VISITOR)
    knows(shop, "events", "Consent Updated")

    for product in ("Sencha", "Assam", "Chamomile"):
        shop.get_by_role("link", name=product).click()
        shop.get_by_role("heading", name=product).wait_for()
        shop.get_by_role("link", name="Leaf & Bean").click()
    knows(shop, "events", "Product Viewed")
    knows(shop, "audiences", "tea_lovers")
    shop.reload()
    shop.locator(".hero[data-hw-shown=harvest], .hero[data-hw-shown=teapot]").wait_for()
    assert "tea" in shop.inner_text(".hero").lower()

    shop.get_by_role("link", name="Sencha").click()
    shop.get_by_role("button", name="Put into the basket").click()
    shop.get_by_role("link", name="Basket").click()
    shop.get_by_role("link", name="To the checkout").click()
    shop.get_by_label("E-mail").fill("ann@shop.example")
    shop.get_by_role("button", name="Order").click()
    shop.get_by_role("heading", name="Thank you").wait_for()
    knows(shop, "audiences", "bought_today")
    knows(shop, "audiences", "newsletter_readers")
    knows(shop, "identifiers", "ann@shop.example")
    knows(shop, "traits", "9.5")
    shop.get_by_role("link", name="Leaf & Bean").click()
    shop.reload()
    shop.locator(".hero[data-hw-shown=thanks]").wait_for()
