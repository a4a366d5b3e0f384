"""Every page in a real browser: light and dark, narrow and wide, by keyboard, and with data that is out to do harm."""

from __future__ import annotations

import pytest
from tests.console.browser.accessible import faults
from tests.console.browser.addresses import addresses
from tests.console.browser.conftest import Opening, Running
from tests.console.conftest import SCRIPT

from headwater.access.roles import Role
from headwater.console.people.questions import FIND, PERSON

pytestmark = [pytest.mark.slow, pytest.mark.server]

ADDRESSES = addresses("hostile", placement="hostile", destination="hostile")
NOT_THERE = "/privacy/requests/{request_id}"  # nobody asked for anything
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_every_page_is_whole_and_usable(opening: Opening, width: int, scheme: str) -> None:
    watched = opening(width=width, scheme=scheme)
    for declared, address in ADDRESSES.items():
        page = watched.open(address)
        page.wait_for_function("window.did_handshake")
        page.wait_for_selector("#main > * h1, .page h1")
        assert (page.locator(".page > .refusal").count() > 0) == (declared == NOT_THERE), address
        assert page.evaluate(OVERFLOW) <= 0, address
        assert faults(page) == [], address
    assert (watched.errors, watched.foreign) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_in_is_usable(opening: Opening, scheme: str) -> None:
    watched = opening(None, width=360, scheme=scheme)
    page = watched.open("/audiences")
    assert page.url.endswith("/sign-in?next=/audiences")
    assert page.evaluate(OVERFLOW) <= 0
    assert faults(page) == []
    assert (watched.errors, watched.foreign) == ([], [])


@pytest.mark.parametrize("path", ["/audiences", "/audiences/hostile"])
def test_a_script_in_what_people_wrote_is_text(opening: Opening, path: str) -> None:
    page = opening().open(path)
    assert SCRIPT in page.locator("#main").inner_text()
    page.wait_for_function("window.did_handshake")
    assert page.evaluate("window.hacked") is None


def test_pages_are_switched_without_loading_and_back_goes_back(opening: Opening) -> None:
    page = opening().open("/")
    page.evaluate("window.isTheSame = true")
    page.click("#side a[href='/audiences']")
    page.click("#main a[href='/audiences/coffee_lovers']")
    page.wait_for_selector("h1:text-is('coffee_lovers')")
    assert page.url.endswith("/audiences/coffee_lovers")
    assert page.title() == "coffee_lovers · shop"
    page.go_back()
    page.wait_for_selector("h1:text-is('Audiences')")
    page.go_forward()
    page.wait_for_selector("h1:text-is('coffee_lovers')")
    assert page.evaluate("window.isTheSame")
    assert page.locator("#side a[aria-current=page]").inner_text() == "Audiences"


def test_the_palette_leads_anywhere_by_keyboard(opening: Opening) -> None:
    page = opening().open("/")
    page.wait_for_function("window.did_handshake")
    page.keyboard.press("/")
    page.keyboard.type("coffee_lo", delay=15)
    page.wait_for_selector("#palette .palette-link[href='/audiences/coffee_lovers']")
    page.wait_for_function("document.querySelectorAll('#palette .palette-link').length === 1")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:text-is('coffee_lovers')")
    assert not page.locator("#palette").is_visible()
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette .palette-link[href='/']")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").startswith("Home")
    page.keyboard.press("Escape")
    assert not page.locator("#palette").is_visible()


def test_a_filter_stays_in_the_address(opening: Opening) -> None:
    page = opening().open("/audiences")
    page.wait_for_function("window.did_handshake")
    page.fill("input[type=search]", "thrice or more")
    page.wait_for_selector(".empty")
    page.fill("input[type=search]", "three times")
    page.wait_for_selector("#main a[href='/audiences/coffee_lovers']")
    assert page.locator("#main tbody tr").count() == 1
    page.wait_for_function("location.search === '?q=three%20times'")
    page.reload()
    page.wait_for_selector("#main a[href='/audiences/coffee_lovers']")
    assert page.locator("#main tbody tr").count() == 1
    assert page.input_value("input[type=search]") == "three times"


def test_colours_can_be_chosen_and_stay(opening: Opening) -> None:
    page = opening(scheme="light").open("/")
    for chosen in ("light", "dark"):
        page.click("button[data-does=theme]")
        assert page.evaluate("document.documentElement.dataset.theme") == chosen
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_why_somebody_is_in_an_audience(opening: Opening, console: Running) -> None:
    page = opening().open("/audiences/big_spenders")
    page.wait_for_function("window.did_handshake")
    page.get_by_label("Kind of identifier").select_option("user_id")
    page.get_by_label("Identifier", exact=True).fill("m1")
    page.click("button:text-is('Explain')")
    page.wait_for_selector(".reasons .tag")
    whom = page.inner_text(".explained a[href^='/profiles/']")
    page.get_by_label("Identifier", exact=True).fill("nobody-at-all")
    page.keyboard.press("Enter")
    page.wait_for_selector("#main .refusal:has-text('nobody has that user_id')")
    events = [each.event for each in console.asking.recorded()[:3]]
    assert [each.outcome.value for each in events] == ["failed", "done", "done"]
    page.get_by_label("Kind of identifier").select_option("profile")
    page.get_by_label("Identifier", exact=True).fill(whom.removeprefix("Profile "))
    page.keyboard.press("Enter")
    page.wait_for_selector(f".explained a:text-is('{whom}')")


def test_a_profile_leads_to_why_it_is_in_an_audience(opening: Opening, console: Running) -> None:
    number = console.asking.ask(FIND, "user_id=m1")
    (audience, *_) = (
        each.audience
        for each in console.asking.ask(PERSON, number).profile.audiences
        if each.audience != "hostile"
    )
    watched = opening()
    page = watched.open(f"/profiles/{number}")
    page.click(f"a[href='/audiences/{audience}?explain={number}']")
    page.wait_for_selector(f".explained a[href='/profiles/{number}']")
    assert page.inner_text(".explained").startswith("yes")
    page = watched.open(f"/audiences/{audience}?explain=999999")
    page.wait_for_selector(".refusal:has-text('there is no profile 999999')")
    assert page.locator(".rule-words").is_visible()
    watched = opening(Role.MARKETER)
    page = watched.open(f"/audiences/{audience}?explain={number}")
    page.wait_for_selector(".rule-words")
    assert page.locator(".explained").count() == 0
    assert watched.errors == []


def test_a_narrow_window_has_a_menu(opening: Opening) -> None:
    page = opening(width=360).open("/")
    assert not page.locator("#side").is_visible()
    page.click("button.menu")
    assert page.locator("#side").is_visible()
    page.click("#side a[href='/audiences']")
    page.wait_for_selector("h1:text-is('Audiences')")
    assert not page.locator("#side").is_visible()


def test_who_skips_to_the_content_is_there(opening: Opening) -> None:
    page = opening().open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_role_that_sees_no_people_is_not_shown_the_way_and_small_counts_are_not_told(
    opening: Opening,
) -> None:
    page = opening(Role.MARKETER).open("/audiences/nearly_nobody")
    told = page.locator("#main").inner_text()
    assert "fewer than 25" in told
    assert "Why is somebody in it" not in told
    assert page.locator(".sparkline").count() == 0
