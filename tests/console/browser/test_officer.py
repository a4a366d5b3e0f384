"""A privacy officer's path in a real browser: find somebody, look at why they are one, export, erase, receipt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.console.asking import Asking
from tests.console.browser.accessible import faults
from tests.console.browser.conftest import Running, Watched, up
from tests.console.conftest import made

from headwater.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.server]
EMAIL = "m1@example.com"
SECONDS = 60_000


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A console of its own: somebody is erased there."""
    folder = tmp_path_factory.mktemp("office")
    root = made(folder / "shop")
    asking = Asking(root)
    with up(root, asking, folder / "told.txt") as running:
        yield running
    asking.close()


def test_an_officer_finds_exports_and_erases_somebody(browser: Browser, office: Running) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SECONDS)
    context.add_cookies([office.cookie(Role.PRIVACY_OFFICER)])
    watched = Watched(context.new_page(), office.url)
    page = watched.open("/profiles")
    page.get_by_label("Kind of identifier").select_option("email")
    page.get_by_label("Identifier", exact=True).fill(EMAIL)
    page.get_by_role("button", name="Find").click()
    page.wait_for_selector("h1:has-text('Profile ')")
    assert EMAIL not in page.url

    page.locator("g.tie").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("region", name="Evidence").wait_for()
    assert "seen together" in page.locator(".tie-told").inner_text()
    assert faults(page) == []

    page.get_by_role("link", name="Export …").click()
    page.get_by_label("What is wrong").select_option("city")
    page.get_by_label("What is right").fill("<b>Chur</b>")
    page.get_by_role("button", name="Correct …").click()
    expect(page.locator(".asking")).to_contain_text("city becomes <b>Chur</b>")
    page.get_by_role("button", name="Correct it").click()
    page.locator(".works").get_by_text("corrected").wait_for()
    assert faults(page) == []
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download(timeout=SECONDS) as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.endswith(".zip")

    page.get_by_role("button", name="See what would be erased …").click()
    expect(page.locator(".asking")).to_contain_text("1 profile with", timeout=SECONDS)
    assert faults(page) == []
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_text("nothing of them is left").wait_for()
    expect(page.get_by_role("heading", name="Answer a request")).to_have_count(0)
    expect(page.get_by_role("heading", name="Who they are to us")).to_have_count(0)
    page.locator(".works").get_by_role("link", name="Receipt").first.click()
    page.get_by_text("it stands as it was signed").wait_for()
    assert (watched.errors, watched.foreign) == ([], [])
    context.close()


def test_every_part_of_privacy_is_usable_where_it_is_narrow(browser: Browser, office: Running) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 900})
    context.set_default_timeout(SECONDS)
    context.add_cookies([office.cookie(Role.ADMIN)])
    watched = Watched(context.new_page(), office.url)
    for part in ("/privacy", "/privacy/consent", "/privacy/retention", "/privacy/gate", "/privacy/audit"):
        page = watched.open(part)
        page.wait_for_function("window.did_handshake")
        assert (
            page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        )
        assert faults(page) == [], part
    assert watched.errors == []
    context.close()
