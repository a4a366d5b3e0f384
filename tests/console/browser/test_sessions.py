"""Signing in and out in a real browser, and what becomes of an open page when its session or its console ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from tests.console.browser.conftest import Opening, Running

from headwater.access.keys import AccessKeys
from headwater.access.roles import Action, Caller, Role

pytestmark = [pytest.mark.slow, pytest.mark.server]


def test_a_link_signs_in_and_out_again(opening: Opening, console: Running) -> None:
    watched = opening(None)
    token = console.asking.sessions.make_link()
    page = watched.open(f"/sign-in/once?token={token}")
    page.wait_for_selector("h1:text-is('Home')")
    assert token not in page.content()
    page.click("text=Sign out")
    page.wait_for_selector(".entry-panel")
    page.goto(f"{console.url}/sign-in/once?token={token}")
    assert "used already" in page.locator(".refusal").inner_text()


def test_a_key_signs_in(opening: Opening, console: Running) -> None:
    key = AccessKeys(console.asking.engine).create("browser", Role.READ_ONLY)
    page = opening(None).open("/audiences?q=tea")
    page.fill("#key", key)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:text-is('Audiences')")
    assert page.url.endswith("/audiences?q=tea")
    assert "browser" in page.locator("#side").inner_text()
    assert key not in page.content()


def ended(console: Running, page: Page) -> None:
    """End the session of a page."""
    (cookie,) = page.context.cookies()
    found = console.asking.sessions.find(cookie["value"])
    assert found is not None
    console.asking.sessions.end(found.hash)


def test_an_ended_session_sees_nothing_more(opening: Opening, console: Running) -> None:
    page = opening().open("/")
    page.wait_for_function("window.did_handshake")
    ended(console, page)
    page.click("#side a[href='/audiences']")
    page.wait_for_selector(".entry-panel")


def test_a_page_that_asks_for_more_than_a_role_has_is_refused(opening: Opening, console: Running) -> None:
    page = opening(None)
    nothing = Caller("nothing", Role.READ_ONLY, frozenset({Action.SEE_AUDIT}))
    cookie = {
        "name": f"headwater_{console.port}",
        "value": console.asking.sessions.begin(nothing),
        "url": console.url,
    }
    page.page.context.add_cookies([cookie])  # type: ignore[list-item]
    for path in ("/", "/audiences", "/audiences/coffee_lovers"):
        refused = page.open(path).locator("#main").inner_text()
        assert "does not include" in refused
        assert "coffee_lovers" not in refused
    assert page.page.locator("#side a").count() == 0


def test_a_post_from_another_origin_signs_nobody_out(opening: Opening, console: Running) -> None:
    page = opening().open("/")
    page.goto("about:blank")
    page.set_content(f'<form method="post" action="{console.url}/sign-out"><button>go</button></form>')
    page.click("text=go")
    page.goto(f"{console.url}/audiences")
    page.wait_for_selector("h1:text-is('Audiences')")
