"""What a test does on a page that holds the tag."""

from __future__ import annotations

from collections import Counter

from playwright.sync_api import Page
from tests.edge.browser.fake_edge import FakeEdge


def ready(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_function("!Array.isArray(window.hw)")


def track(page: Page, *names: str) -> None:
    page.evaluate("names => names.forEach(name => hw.track(name))", list(names))


WAITING = "Object.keys(localStorage).filter(name => name.startsWith('hw_q')).length"


def waiting(page: Page) -> int:
    """How many events wait in the browser."""
    count: int = page.evaluate(WAITING)
    return count


def once(edge: FakeEdge, *names: str) -> None:
    """These events came, each once, and nothing more of them waits."""
    edge.wait(lambda: set(names) <= set(edge.names()))
    counted = Counter(edge.names())
    assert {name: counted[name] for name in names} == dict.fromkeys(names, 1)
