"""A real Chromium, and a stand-in for the edge."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.edge.browser.fake_edge import FakeEdge, fake_edge


@pytest.fixture(
    scope="module"
)  # no longer: while it runs, no other test of the thread can have an event loop
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium; on Debian or Ubuntu: apt-get install chromium")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def edge() -> Iterator[FakeEdge]:
    with fake_edge() as edge:
        yield edge


@pytest.fixture
def context(browser: Browser, edge: FakeEdge) -> Iterator[BrowserContext]:
    """A visitor: nothing stored yet."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
