"""Destinations, Personalise and Settings in a real browser: set up, look before it is written, preview, make a key."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from tests.console.browser.conftest import Opening, Running

from headwater.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.server]


def press(page: Page, said: str) -> None:
    page.click(f"button:text-is('{said}')")


def test_a_destination_is_set_up_seen_before_it_is_written_and_tried(
    opening: Opening, console: Running
) -> None:
    file = console.root / "destinations" / "agency.yaml"
    watched = opening(Role.ENGINEER)
    page = watched.open("/destinations")
    page.wait_for_function("window.did_handshake")
    try:
        page.click("main a[href='/destinations?new=csv_file']")
        page.fill("label:has-text('Name') input", "agency")
        page.fill("label:has-text('What it is for') input", "Files for the <b>agency</b>")
        page.select_option("label:has-text('email') >> nth=0 >> select", "sha256_hex")
        page.check("label.tick:has-text('coffee_lovers') input")
        press(page, "Look at the file")
        page.wait_for_selector(".diff-added:has-text('description: Files for the <b>agency</b>')")
        assert not file.exists()
        press(page, "Write it")
        page.click("main a[href='/destinations/agency']")
        page.wait_for_selector("h1:text-is('agency')")
        assert "identifiers:\n  email: sha256_hex\n" in file.read_text()
        press(page, "Dry run")
        page.wait_for_selector("th:text-is('To add')")
        assert page.locator("button:text-is('Deliver now …')").count() == 0  # an engineer does not send
    finally:
        file.unlink(missing_ok=True)
    assert watched.errors == []


def test_who_was_slower_sees_what_the_other_changed_and_keeps_what_was_typed(
    opening: Opening, console: Running
) -> None:
    file = console.root / "destinations" / "mailing.yaml"
    said = file.read_text()
    page = opening().open("/destinations/mailing")
    page.wait_for_function("window.did_handshake")
    try:
        press(page, "Change it")
        page.fill("label:has-text('What it is for') input", "mine")
        press(page, "Look at the file")
        page.wait_for_selector(".diff-added:has-text('description: mine')")
        file.write_text(said + "description: theirs\n")
        press(page, "Write it")
        page.wait_for_selector(".diff-added:has-text('description: theirs')")
        assert page.input_value("label:has-text('What it is for') input") == "mine"
        assert "mine" not in file.read_text()
    finally:
        file.write_text(said)


def test_delivering_asks_first_and_says_where_there_is_nothing_to_send(opening: Opening) -> None:
    page = opening(Role.MARKETER).open("/destinations/mailing")
    page.wait_for_function("window.did_handshake")
    press(page, "Deliver now …")
    page.wait_for_selector(".said:has-text('there is nothing to send')")


def test_a_placement_is_previewed_for_somebody_made_up(opening: Opening) -> None:
    page = opening(Role.MARKETER).open("/personalise/home_hero")
    page.wait_for_function("window.did_handshake")
    page.select_option("label:has-text('Somebody who') select", "denied")
    press(page, "Preview")
    page.wait_for_selector(".told:has-text('they refused its purpose')")
    page.select_option("label:has-text('Somebody who') select", "granted")
    page.check("label.tick:has-text('coffee_lovers') input")
    press(page, "Somebody else")
    page.wait_for_selector(".told:has-text('(rule 1)')")
    assert page.locator("input[placeholder^=email]").count() == 0  # a marketer sees nobody in particular


def test_a_key_is_made_shown_once_and_revoked(opening: Opening) -> None:
    page = opening().open("/settings")
    page.wait_for_function("window.did_handshake")
    page.click("summary:has-text('Make a key')")
    page.fill("label:has-text('Name') input", "browser_key")
    press(page, "Make the key")
    secret = page.locator(".once code").inner_text()
    assert secret.startswith("hw_")
    page.click("button[aria-label='Revoke browser_key']")
    page.wait_for_selector(".asking")
    assert secret not in page.locator("#main").inner_text()
    page.wait_for_function("document.activeElement.textContent === 'Leave it as it is'")
    page.click(".asking button.danger")
    page.wait_for_selector(".said:has-text('opens nothing any more')")
    page.reload()
    assert secret not in page.content()
